/*
 * Pages that are wanted where there is no network: their worker (offline/worker.ts) is begun, and told of what they are made of. And
 * orders that were looked at are remembered in this browser, so that the way back to them is not the address alone.
 */
import { call, takeEvery } from 'typed-redux-saga';
import { OrderPageDocument } from '../graphql/generated/graphql';
import { orderVariables } from '../pages/order/route';
import { findRoute, type Found } from '../routes';
import { pageSettled } from '../state/page';
import { useContext, type Context } from './context';
import { remember } from './remembered';

const KEPT = new Set(['order', 'ticket', 'tickets', 'door']);

/* Browsers without workers, or that refuse them here, go on as ever. */
async function keepOffline(base: string): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('/sw.js');
    const { active } = await navigator.serviceWorker.ready;
    const resources = performance.getEntriesByType('resource').map(({ name }) => name);
    active?.postMessage({ keep: [window.location.href.split('#')[0], `${base}/tickets`, ...resources] });
  } catch (error) {
    console.info(`offline: ${String(error)}`);
  }
}

function rememberOrder(client: Context['client'], { visit }: Found): void {
  const order = client.readQuery({ query: OrderPageDocument, variables: orderVariables(visit) })?.order;
  if (!order) return;
  const [first] = order.positions;
  remember({
    path: visit.path,
    code: order.code,
    title: order.event.title,
    organizer: order.event.organizer.name,
    startsAt: first?.date.startsAt ?? null,
    timeZone: order.event.timeZone,
    count: order.positions.length,
  });
}

export function* beginOffline() {
  const client = yield* useContext('client');
  const { base, embedded } = yield* useContext('config');
  if (embedded) return;
  yield* takeEvery(pageSettled, function* ({ payload }) {
    const found = findRoute(payload.url);
    if (payload.state !== 'ready' || !found || !KEPT.has(found.route.name)) return;
    if (found.route.name === 'order') yield* call(rememberOrder, client, found);
    yield* call(keepOffline, base);
  });
}
