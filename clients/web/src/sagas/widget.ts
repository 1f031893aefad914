/*
 * A page that a widget opened (clients/widget). The address's fragment says what for: "#choice=date/type:2" to hold
 * tickets at once, or "#hold=…" to go on with those that are held; in a frame also to whom to tell, "origin" and "nonce".
 * The fragment goes to no server, and is taken off the address at once. What is told goes to that origin alone; the
 * policy of the page (frame-ancestors) has the browser refuse frames of others. Nothing is heard from the host page.
 */
import { eventChannel } from 'redux-saga';
import { call, fork, put, select, take, takeEvery } from 'typed-redux-saga';
import { CheckoutPageDocument, EventPageDocument, OrderPageDocument } from '../graphql/generated/graphql';
import { checkoutVariables } from '../pages/checkout/route';
import { eventVariables } from '../pages/event/route';
import { orderVariables } from '../pages/order/route';
import { findRoute, type Found } from '../routes';
import { cartClosed, cartOpened } from '../state/cart';
import { offerChosen } from '../state/choice';
import { wishStarted } from '../state/embed';
import { formDone, formRefused, formSent, type Values } from '../state/form';
import { liveChanged } from '../state/live';
import { pageSettled, type PageState } from '../state/page';
import type { State } from '../state/store';
import { useContext, type Context } from './context';

type Tell = (type: string, rest?: Record<string, unknown>) => void;

interface Start {
  tell: Tell | null;
  hold: string | null;
  /* Offers to numbers. */
  choice: [string, number][];
}

const TOKEN = /^[\w.-]{1,200}$/;
const CHOICE = /^(?<offer>\w{1,64}\/\w{1,64}):(?<count>\d{1,3})$/;

function tellerOf(words: URLSearchParams): Tell | null {
  const origin = words.get('origin') ?? '';
  const nonce = words.get('nonce') ?? '';
  if (window.parent === window || !TOKEN.test(nonce) || URL.parse(origin)?.origin !== origin) return null;
  return (type, rest = {}) => window.parent.postMessage({ v: 1, nonce, type, ...rest }, origin);
}

/* Null: this page was not opened by a widget. */
function readStart(): Start | null {
  const words = new URLSearchParams(window.location.hash.slice(1));
  if (!words.has('nonce') && !words.has('choice')) return null;
  window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  const hold = words.get('hold') ?? '';
  const choice = (words.get('choice') ?? '').split(',').flatMap((text): [string, number][] => {
    const groups = CHOICE.exec(text)?.groups;
    return groups?.offer ? [[groups.offer, Number(groups.count)]] : [];
  });
  return { tell: tellerOf(words), hold: TOKEN.test(hold) ? hold : null, choice };
}

interface Sold {
  price: { amount: string; currency: string };
  ticketType: { id: string; name: string };
}

/* As GA4 has them, where numbers are binary; nobody computes with these. */
function itemsOf(positions: readonly Sold[]) {
  const items = new Map<string, { item_id: string; item_name: string; price: number; quantity: number }>();
  for (const { price, ticketType } of positions) {
    const key = `${ticketType.id} ${price.amount}`;
    const item = items.get(key) ?? { item_id: ticketType.id, item_name: ticketType.name, price: Number(price.amount), quantity: 0 };
    items.set(key, { ...item, quantity: item.quantity + 1 });
  }
  return [...items.values()];
}

function tellCheckout(tell: Tell, client: Context['client'], { visit }: Found): void {
  const hold = client.readQuery({ query: CheckoutPageDocument, variables: checkoutVariables(visit) })?.hold;
  if (!hold?.open) return tell('step', { step: 'tickets', hold: null });
  tell('step', {
    step: 'checkout',
    hold: { token: visit.params.token, expiresAt: hold.expiresAt, count: hold.positions.length },
    sale: { currency: hold.total.currency, value: Number(hold.total.amount), items: itemsOf(hold.positions) },
  });
}

/* Nothing of who bought it, and nothing that opens the order. */
function tellOrder(tell: Tell, client: Context['client'], { visit }: Found): void {
  const order = client.readQuery({ query: OrderPageDocument, variables: orderVariables(visit) })?.order;
  if (!order) return;
  const sale = { transaction_id: order.code, currency: order.total.currency, value: Number(order.total.amount), tax: Number(order.tax.amount), items: itemsOf(order.positions) };
  if (order.status === 'PAID') tell('purchase', { sale });
  else tell('step', { step: 'order', hold: null });
}

function* tellPage(tell: Tell, { url, state }: Shown) {
  const client = yield* useContext('client');
  const found = findRoute(url);
  if (state !== 'ready' || !found) return tell('error', { code: state.toUpperCase() });
  if (found.route.name === 'checkout') tellCheckout(tell, client, found);
  else if (found.route.name === 'order') tellOrder(tell, client, found);
  else tell('step', { step: 'tickets' });
}

/* How tall the page would be, and that the buyer wants out: the keys that he presses here the host page does not hear. */
function watchWindow() {
  return eventChannel<{ height: number } | 'close'>((emit) => {
    const main = document.getElementById('main');
    const observer = new ResizeObserver(() => emit({ height: Math.ceil(main?.getBoundingClientRect().height ?? 0) }));
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && !event.defaultPrevented && emit('close');
    if (main) observer.observe(main);
    window.addEventListener('keydown', onKey);
    return () => {
      observer.disconnect();
      window.removeEventListener('keydown', onKey);
    };
  });
}

function* tellWindow(tell: Tell) {
  const channel = yield* call(watchWindow);
  for (;;) {
    const told = yield* take(channel);
    if (told === 'close') tell('close');
    else tell('resize', told);
  }
}

interface Shown {
  url: string;
  state: PageState;
}

function* goOn(url: string, hold: string) {
  yield* put(pageSettled({ url, state: 'ready', redirect: `/checkout/${hold}` }));
  const settled = yield* take(pageSettled);
  return settled.payload;
}

/* Hold what was chosen on the host's page: as if it were chosen here, so what is refused is shown here. */
function* holdChoice(url: string, choice: Start['choice']) {
  const client = yield* useContext('client');
  const found = findRoute(url);
  const event = found?.route.name === 'event' ? client.readQuery({ query: EventPageDocument, variables: eventVariables(found.visit) })?.event : null;
  if (!event) return null;
  const values: Values = { event: event.id };
  for (const [offerId, quantity] of choice) {
    values[`offer.${offerId}`] = String(quantity);
    yield* put(offerChosen({ offerId, quantity }));
  }
  yield* put(formSent({ name: 'hold', url, values }));
  const outcome = yield* take([formDone.type, formRefused.type]);
  if (outcome.type === formRefused.type) return null;
  const settled = yield* take(pageSettled);
  return settled.payload;
}

/* Do what the widget was opened for. Return: what is shown then; null: the page that was there already. */
function* doWish({ hold, choice }: Start, url: string) {
  if (!hold && choice.length === 0) return null;
  yield* put(wishStarted(true));
  const shown = hold ? yield* call(goOn, url, hold) : yield* call(holdChoice, url, choice);
  yield* put(wishStarted(false));
  return shown;
}

export function* beginWidget() {
  const start = yield* call(readStart);
  if (!start) return;
  const { tell } = start;
  tell?.('ready');
  const first = yield* select((state: State) => state.page);
  if (tell) yield* fork(tellWindow, tell);
  let shown: Shown = (yield* call(doWish, start, first.url)) ?? first;
  if (!tell) return;
  yield* call(tellPage, tell, shown);
  yield* takeEvery(pageSettled, function* (action) {
    shown = action.payload;
    yield* call(tellPage, tell, shown);
  });
  yield* takeEvery(cartClosed, () => tell('step', { step: 'released', hold: null }));
  yield* takeEvery(cartOpened, function* () {
    if (findRoute(shown.url)?.route.name === 'checkout') yield* call(tellPage, tell, shown); /* it has more time */
  });
  yield* takeEvery(liveChanged, function* () {
    if (findRoute(shown.url)?.route.name === 'order') yield* call(tellPage, tell, shown);
  });
}
