/*
 * Keeps the shown page true: an event's offers and an order are told by the server as they change. What comes is written
 * into Apollo's cache, which the page reads. When a sale's time comes it is read again at once.
 */
import type { DocumentNode } from 'graphql';
import { eventChannel, type EventChannel } from 'redux-saga';
import { call, cancelled, delay, fork, put, take, takeLatest } from 'typed-redux-saga';
import { findRoute, type Found, type Live } from '../routes';
import { liveChanged } from '../state/live';
import { pageSettled } from '../state/page';
import { useContext, type Context } from './context';

const AGAIN_MS = 5000;

type Told = 'told' | 'lost';

function listen(client: Context['client'], query: DocumentNode, variables: Record<string, unknown>): EventChannel<Told> {
  return eventChannel((emit) => {
    const subscription = client.subscribe({ query, variables }).subscribe({
      next: () => emit('told'),
      error: () => emit('lost'),
      complete: () => emit('lost'),
    });
    return () => subscription.unsubscribe();
  });
}

/* What came may name what was never loaded, such as another plan of the hall. It failed: the next that comes is another chance. */
function* complete({ route, visit }: Found) {
  const client = yield* useContext('client');
  if (route.live?.(visit, client)) return;
  try {
    yield* call(route.load, visit);
  } catch (error) {
    console.error(`page ${route.name}: ${String(error)}`);
  }
}

function* follow(live: Live, found: Found) {
  const client = yield* useContext('client');
  for (;;) {
    const channel = yield* call(listen, client, live.document, live.variables);
    try {
      for (let told: Told = 'told'; told === 'told'; ) {
        told = yield* take(channel);
        yield* put(liveChanged(told === 'told' ? 'on' : 'lost'));
        yield* call(complete, found);
      }
    } finally {
      channel.close();
      if (yield* cancelled()) yield* put(liveChanged('off'));
    }
    yield* delay(AGAIN_MS);
  }
}

/* Half a second past the moment, for clocks differ; past 20 days a timer cannot wait, nor does anybody. */
function* readAt(momentMs: number, read: () => unknown) {
  const waitMs = momentMs + 500 - Date.now();
  if (waitMs <= 0 || waitMs > 20 * 86_400_000) return;
  yield* delay(waitMs);
  yield* call(read as () => Generator);
}

function* onPage(action: ReturnType<typeof pageSettled>) {
  const found = findRoute(action.payload.url);
  if (action.payload.state !== 'ready' || !found?.route.live) {
    yield* put(liveChanged('off'));
    return;
  }
  const client = yield* useContext('client');
  const live = found.route.live(found.visit, client);
  if (!live) return;
  for (const moment of live.moments) yield* fork(readAt, moment, () => found.route.load(found.visit));
  yield* call(follow, live, found);
}

export function* watchLive() {
  yield* takeLatest(pageSettled, onPage);
}
