/* What runs: on the server until the page's data is there, in the browser as long as the page is open. */
import { call, fork, put, select, takeLatest } from 'typed-redux-saga';
import { formSent, type FormName, type Values } from '../state/form';
import { pageRequested } from '../state/page';
import type { State } from '../state/store';
import { tickClock } from './clock';
import { sendForm } from './form';
import { keepCart } from './cart';
import { watchLive } from './live';
import { beginOffline } from './offline';
import { loadPage } from './page';

/*
 * A form first, then the page as it is after it: a page that is read meanwhile could show what was never meant to be seen,
 * such as a payment that is not decided. Who is sent elsewhere by the form gets that page instead.
 */
export function* serverSaga(url: string, post?: { name: FormName; values: Values }) {
  if (post) {
    const sent = formSent({ ...post, url });
    yield* put(sent);
    yield* call(sendForm, sent);
    const isDone = yield* select((state: State) => state.form.state === 'done');
    if (isDone) return;
  }
  const requested = pageRequested({ url });
  yield* put(requested);
  yield* call(loadPage, requested);
}

/* For pages that a widget opened; others never load it. */
function* beginWidget() {
  if (!/[#&](nonce|choice)=/.test(window.location.hash)) return;
  const widget = yield* call(() => import('./widget'));
  yield* call(widget.beginWidget);
}

export function* browserSaga() {
  yield* takeLatest(formSent, sendForm);
  yield* takeLatest(pageRequested, loadPage);
  yield* fork(tickClock);
  yield* fork(keepCart);
  yield* fork(watchLive);
  yield* fork(beginWidget);
  yield* fork(beginOffline);
}
