/*
 * The widget's sheet. `all: initial` on the first element inside keeps the host page's inherited styles out; what it may
 * change are the variables --tessera-… and the parts. Text has a contrast of 4.5 or more on its ground, light and dark.
 */
const DARK = `--paper:#172428;--ink:#e7efee;--soft:#a8babc;--line:#2d4046;--edge:#6f868b;--accent-usual:#7ad3c6;--on-usual:#05282a;
--bad:#ffa48d;--good:#173226;--warn:#362a14;--focus:#ffb59f;color-scheme:dark;`;

export const STYLE = `
:host{display:block}
:host(tessera-button){display:inline-block}
:host([hidden]){display:none}
.root{all:initial;display:block;
--paper:#fff;--ink:#10252b;--soft:#4a5f66;--line:#cfd8d8;--edge:#7b8e92;--accent-usual:#0f5c63;--on-usual:#fff;
--bad:#a93a22;--good:#e1f2e8;--warn:#fbf0d9;--focus:#c9553d;color-scheme:light;
font:400 16px/1.5 var(--tessera-font,system-ui,sans-serif)}
@media(prefers-color-scheme:dark){.root[data-theme=auto]{${DARK}}}
.root[data-theme=dark]{${DARK}}
.content,.dialog{
--p:var(--tessera-paper,var(--paper));--i:var(--tessera-ink,var(--ink));--s:var(--tessera-ink-soft,var(--soft));
--l:var(--tessera-line,var(--line));--a:var(--tessera-accent,var(--accent-usual));--o:var(--tessera-on-accent,var(--on-usual));
--r:var(--tessera-radius,6px);color:var(--i)}
:host(tessera-tickets) .content{display:block;background:var(--p);border:1px solid var(--l);border-radius:var(--r) var(--r) calc(var(--r)*5) var(--r);padding:20px}
*,::before,::after{box-sizing:border-box}
h2,h3,p,ul{margin:0;padding:0;overflow-wrap:anywhere}
ul{list-style:none}
button,select{font:inherit}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.title{font-size:1.375em;font-weight:750;line-height:1.2;letter-spacing:-.02em}
.when{margin-block-start:4px;color:var(--s)}
.date{display:grid;gap:4px;margin-block-start:12px;font-weight:650;font-size:.875em}
.list{margin-block-start:12px;border-block-start:1px solid var(--l)}
.offer{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:12px;align-items:center;padding-block:14px;border-block-end:1px solid var(--l)}
.name{font-size:1.0625em;font-weight:650;line-height:1.3}
.price{font-weight:650}
.offer-closed .name,.offer-closed .price{color:var(--s)}
.few,.state,.fine{color:var(--s);font-weight:400}
.fine,.state{font-size:.875em}
.select{min-height:44px;min-width:76px;padding:6px 10px;background:var(--p);color:var(--i);border:1.5px solid var(--edge);border-radius:var(--r)}
.date .select{width:100%;font-weight:400}
.error{color:var(--bad);font-weight:600}
.error:not(:empty),.form>.fine{margin-block-start:12px}
.total{display:flex;justify-content:space-between;gap:12px}
.total:not(:empty){margin-block-start:14px}
.button{display:inline-flex;align-items:center;justify-content:center;min-height:46px;padding:8px 22px;border:0;border-radius:var(--r) var(--r) calc(var(--r)*3) var(--r);
background:var(--a);color:var(--o);font-weight:700;text-align:center;text-decoration:none;cursor:pointer}
.button:hover{filter:brightness(.92)}
.button:active{transform:translateY(1px)}
.button-wide{width:100%;margin-block-start:14px}
.button-small{padding-inline:14px;font-size:.875em}
.notice{display:flex;flex-wrap:wrap;gap:10px;align-items:center;justify-content:space-between;margin-block-start:12px;padding:10px 14px;border-radius:var(--r);background:var(--warn)}
.notice-good{background:var(--good)}
.wait{display:grid;gap:14px;justify-items:start;padding-block:4px;color:var(--s)}
.dialog{width:min(736px,100vw);max-width:none;max-height:none;margin:auto;padding:0;border:0;border-radius:calc(var(--r)*1.5);overflow:hidden;background:var(--p);box-shadow:0 12px 48px rgb(0 0 0/35%)}
.dialog[open]{display:flex;flex-direction:column;max-height:min(100dvh,100vh)}
.dialog::backdrop{background:rgb(8 20 24/55%)}
.head{display:flex;align-items:center;justify-content:space-between;gap:12px;padding:4px 6px 4px 20px;border-block-end:1px solid var(--l)}
[dir=rtl] .head{padding:4px 20px 4px 6px}
.head-title{font-weight:650;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.close{flex:none;width:44px;height:44px;border:0;border-radius:var(--r);background:none;color:inherit;font-size:1.75em;line-height:1;cursor:pointer}
.close:hover{background:var(--l)}
.dialog .wait{min-height:200px;align-content:center;justify-items:center;padding:24px;text-align:center}
.frame{display:block;width:100%;height:0;min-height:0;border:0;visibility:hidden;flex:0 1 auto}
.frame-shown{visibility:visible;min-height:min(320px,70dvh)}
@media(max-width:736px){
.dialog{width:100vw;height:100dvh;border-radius:0}
.frame-shown{flex:1 1 auto;height:auto!important}
}
@media(min-width:736.1px){.dialog[open]{max-height:calc(100dvh - 32px)}}
`;
