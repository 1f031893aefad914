/* The cart outlives a reload in the tab's session storage, nowhere else. Other tabs that have the same one hear of more time. */
import { eventChannel } from 'redux-saga';
import { call, put, select, takeEvery } from 'typed-redux-saga';
import { findRoute } from '../routes';
import { cartClosed, cartOpened, type Cart } from '../state/cart';
import type { State } from '../state/store';

const NAME = 'tessera.cart';

function stored(): Cart | null {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? 'null') as Cart | null;
  } catch {
    return null;
  }
}

function store(cart: Cart | null): void {
  try {
    if (cart) sessionStorage.setItem(NAME, JSON.stringify(cart));
    else sessionStorage.removeItem(NAME);
  } catch {
    /* A browser that keeps nothing: the address still has the way back. */
  }
}

const heard = (tabs: BroadcastChannel) =>
  eventChannel<Cart>((emit) => {
    tabs.onmessage = ({ data }) => emit(data as Cart);
    return () => tabs.close();
  });

function* hearOther(told: Cart) {
  const { cart, page } = yield* select((state: State) => state);
  if (cart?.token !== told.token || cart.expiresAt >= told.expiresAt) return;
  yield* put(cartOpened(told));
  const found = findRoute(page.url);
  if (found?.route.name === 'checkout') yield* call(found.route.load, found.visit);
}

export function* keepCart() {
  const tabs = new BroadcastChannel(NAME);
  const before = yield* call(stored);
  if (before) yield* put(cartOpened(before));
  yield* takeEvery(yield* call(heard, tabs), hearOther);
  yield* takeEvery(cartOpened, (action) => {
    store(action.payload);
    tabs.postMessage(action.payload);
  });
  yield* takeEvery(cartClosed, () => store(null));
}
