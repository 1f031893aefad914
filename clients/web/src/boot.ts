/*
 * What a browser gets first: the styles, and so much script as it takes to wait. Pages work without more, so the rest
 * comes when nothing else is to be done, or when somebody begins to use the page.
 */
import { loadShop } from './language/load';
import './style/index.css';

const INTENTS = ['pointerdown', 'pointerover', 'keydown', 'focusin', 'touchstart', 'scroll'] as const;
const IDLE_MS = 2000;

/* A form is posted by the browser while there is no script; any other button that was pressed meanwhile is pressed once there is. */
let pressed: HTMLElement | null = null;

function note({ target }: Event): void {
  pressed = (target as Element).closest<HTMLElement>('button[type=button]');
}

function takePressed(): HTMLElement | null {
  removeEventListener('click', note, true);
  return pressed;
}

addEventListener('click', note, true);

/* Once: a page that somebody uses has yet to load, or to be idle. */
let begun = false;

function start(): void {
  if (begun) return;
  begun = true;
  void import('./hydrate'); /* these two by themselves: what is run in pieces leaves room for the reader */
  void import('./api/client');
  void Promise.all([import('./browser'), loadShop()]).then(([{ begin }, messages]) => begin(messages, takePressed));
}

/* What one came to see is painted before: a picture that has come is drawn in the next frame. */
function whenIdle(): void {
  requestAnimationFrame(() => {
    if ('requestIdleCallback' in window) requestIdleCallback(start, { timeout: IDLE_MS });
    else setTimeout(start, 200); /* Safari */
  });
}

for (const intent of INTENTS) addEventListener(intent, start, { once: true, passive: true });
/* What a widget opened (sagas/widget.ts) somebody waits for. */
if (/[#&](nonce|choice)=/.test(location.hash)) start();
else if (document.readyState === 'complete') whenIdle();
else addEventListener('load', whenIdle, { once: true });
