/* Loads what a page shows before it is rendered: the route's own saga says what that is, and what became of it. */
import { all, call, put } from 'typed-redux-saga';
import { findRoute, loadView } from '../routes';
import { useContext } from './context';
import { pageSettled, type pageRequested } from '../state/page';

export function* loadPage(action: ReturnType<typeof pageRequested>) {
  const { url } = action.payload;
  const found = findRoute(url);
  if (!found) {
    yield* put(pageSettled({ url, state: 'missing' }));
    return;
  }
  const i18n = yield* useContext('i18n');
  try {
    const { settled } = yield* all({ settled: call(found.route.load, found.visit), view: call(loadView, found.route, i18n) });
    const newKey = yield* useContext('newKey');
    const attempt = found.route.sharedSeconds === 0 ? newKey() : undefined;
    yield* put(pageSettled({ url, ...settled, attempt }));
  } catch (error) {
    console.error(`page ${found.route.name}: ${String(error)}`);
    yield* put(pageSettled({ url, state: 'failed' }));
  }
}
