/* The cart outlives a reload in the tab's session storage, nowhere else. */
import { call, put, takeEvery } from 'typed-redux-saga';
import { cartClosed, cartOpened, type Cart } from '../state/cart';

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

export function* keepCart() {
  const before = yield* call(stored);
  if (before) yield* put(cartOpened(before));
  yield* takeEvery(cartOpened, (action) => store(action.payload));
  yield* takeEvery(cartClosed, () => store(null));
}
