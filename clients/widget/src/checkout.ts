/*
 * The checkout: our pages in a frame within a modal dialog. What the frame tells is believed when it comes from our
 * origin, from that very window, and names the nonce that was made for this opening; everything else is not ours.
 * Where frames cannot work the same pages open in a tab.
 */
import { prefixOf, type Language } from '../../web/src/language/languages';
import { make, tell } from './dom';
import { keep, type Kept } from './kept';
import { SHOP } from './shop';
import type { Words } from './say';

const READY_MS = 8000;
const HEIGHT_MAX = 20_000;

export interface Wish {
  host: HTMLElement;
  /* Where the dialog is put. */
  place: HTMLElement;
  event: string;
  title: string;
  language: Language;
  say: (name: keyof Words) => string;
  /* Offers to numbers. */
  choice: [string, number][];
  hold: string | null;
  /* On whose pages the organizer allows it; null: not known yet. */
  origins: readonly string[] | null;
  onClosed: () => void;
}

export interface Checkout {
  close: () => void;
}

type Message = { v: unknown; nonce: unknown; type: unknown } & Record<string, unknown>;

function mayFrame({ origins }: Wish): boolean {
  return isSecureContext && !crossOriginIsolated && (!origins || origins.includes(location.origin));
}

function choiceOf({ choice }: Wish): string {
  return choice.map(([offer, count]) => `${offer}:${count}`).join(',');
}

/* Of the page that the frame would show, for a tab of its own. */
export function tabAddress(wish: Wish): string {
  if (wish.hold) return `${SHOP}${prefixOf(wish.language)}/checkout/${wish.hold}`;
  const choice = choiceOf(wish);
  return `${SHOP}${prefixOf(wish.language)}/e/${wish.event}${choice && `#${new URLSearchParams({ choice })}`}`;
}

export function tabLink(address: string, text: string): HTMLAnchorElement {
  return make('a', { href: address, target: '_blank', rel: 'noopener', class: 'button', part: 'button' }, text);
}

function frameAddress(wish: Wish, nonce: string): string {
  const words = new URLSearchParams({ nonce, origin: location.origin });
  if (wish.hold) words.set('hold', wish.hold);
  else if (wish.choice.length > 0) words.set('choice', choiceOf(wish));
  return `${SHOP}/embed${prefixOf(wish.language)}/e/${wish.event}#${words}`;
}

function newNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function open(wish: Wish): Checkout {
  const { host, event, say } = wish;
  const nonce = newNonce();
  const told = new Set<string>();
  const frame = make('iframe', {
    src: frameAddress(wish, nonce),
    title: `${say('checkout')}: ${wish.title}`,
    allow: 'payment; publickey-credentials-get; clipboard-write',
    referrerpolicy: 'origin',
    class: 'frame',
    part: 'frame',
  });
  const status = make('div', { class: 'wait', role: 'status' }, make('p', {}, say('loading')));
  const out = make('button', { type: 'button', class: 'close', part: 'close', 'aria-label': say('close') }, '×');
  const head = make('header', { class: 'head' }, make('p', { class: 'head-title' }, wish.title), out);
  const dialog = make('dialog', { class: 'dialog', part: 'dialog', 'aria-label': `${say('checkout')}: ${wish.title}` }, head, status, frame);

  const tellOnce = (key: string, type: string, detail: unknown) => {
    if (told.has(key) || typeof detail !== 'object' || !detail) return;
    told.add(key);
    tell(host, type, { event, ...detail });
  };
  const show = () => {
    status.remove();
    frame.classList.add('frame-shown');
  };
  const timer = setTimeout(() => {
    frame.remove();
    status.replaceChildren(make('p', {}, say('noFrame')), tabLink(tabAddress(wish), say('newTab')));
    tell(host, 'error', { event, code: 'NO_FRAME' });
  }, READY_MS);

  const onStep = ({ step, hold, sale }: Message) => {
    show();
    if (hold !== undefined) keep(SHOP, event, hold as Kept | null);
    if (step === 'checkout') tellOnce(`checkout ${(hold as Kept).token}`, 'checkout', sale);
  };
  const handlers: Record<string, (message: Message) => void> = {
    ready: () => clearTimeout(timer),
    step: onStep,
    resize: ({ height }) => {
      if (typeof height === 'number' && height > 0) frame.style.setProperty('height', `${Math.min(height, HEIGHT_MAX)}px`);
    },
    purchase: ({ sale }) => {
      show();
      keep(SHOP, event, null);
      tellOnce(`purchase ${(sale as { transaction_id?: string } | undefined)?.transaction_id}`, 'purchase', sale);
    },
    error: ({ code }) => {
      show();
      if (code === 'MISSING') keep(SHOP, event, null);
      tell(host, 'error', { event, code });
    },
    close: () => dialog.close(),
  };
  const onMessage = (heard: MessageEvent) => {
    const message = heard.data as Message | null;
    if (heard.origin !== SHOP || heard.source !== frame.contentWindow || !heard.source) return;
    if (typeof message !== 'object' || message?.v !== 1 || message.nonce !== nonce) return;
    if (Object.hasOwn(handlers, String(message.type))) handlers[String(message.type)]?.(message);
  };

  window.addEventListener('message', onMessage);
  out.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    clearTimeout(timer);
    window.removeEventListener('message', onMessage);
    dialog.remove();
    tell(host, 'close', { event });
    wish.onClosed();
  });
  wish.place.append(dialog);
  dialog.showModal();
  return { close: () => dialog.open && dialog.close() };
}

/* By a press of the buyer, for a tab is opened by nothing else. Null: it went to a tab. */
export function openCheckout(wish: Wish): Checkout | null {
  if (mayFrame(wish)) return open(wish);
  tabLink(tabAddress(wish), '').click();
  return null;
}
