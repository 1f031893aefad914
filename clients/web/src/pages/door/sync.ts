/*
 * Tells the server of scans that happened without it, oldest first, each as a fact (force, with its own time) under the
 * nonce of the scan; and finds out when the server answers again. A nonce that was used means that the scan had reached
 * the server although its answer was lost: what it then answered counts, and a refusal after which we had let
 * somebody in is told under a nonce of its own.
 */
import { call, delay, getContext, put, race, select, take } from 'typed-redux-saga';
import { CheckInDocument, DoorCountsDocument, type CheckInInput, type CheckInMutation, type ErrorCode } from '../../graphql/door/generated/graphql';
import { ask, change } from '../../sagas/ask';
import { renewed } from './account';
import { failureOf } from './api';
import type { Waiting } from './shelf';
import { countsRead, networkChanged, synced, syncWanted, waitingCounted, type Door, type DoorContext } from './state';

const AGAIN_MS = 3000;

export function* countWaiting() {
  const shelf = yield* getContext<DoorContext['shelf']>('shelf');
  const waiting = yield* call(shelf.waiting);
  const refused = waiting.filter(({ problem }) => problem !== null).length;
  yield* put(waitingCounted({ count: waiting.length - refused, refused }));
  return waiting.filter(({ problem }) => problem === null);
}

type Answer = CheckInMutation['checkIn'];

function isRefused({ userErrors }: Answer, code: ErrorCode): boolean {
  return userErrors[0]?.code === code;
}

function* send(input: CheckInInput) {
  const { checkIn } = yield* change(CheckInDocument, { input });
  return checkIn;
}

export function* tell(scan: Waiting) {
  const { listId, qr, ticketId, nonce, direction, gate, atMs } = scan;
  const live: CheckInInput = { listId, ...(ticketId ? { ticketId } : { qr }), nonce, direction, ...(gate && { gate }) };
  const fact: CheckInInput = { ...live, at: new Date(atMs).toISOString(), force: true };
  const told = yield* send(fact);
  if (isRefused(told, 'INVALID_INPUT')) return yield* send({ ...live, force: true }); /* this device's clock is ahead of the server's */
  if (!isRefused(told, 'IDEMPOTENCY_KEY_REUSED')) return told;
  const before = yield* send(live);
  return before.result === 'OK' ? before : yield* send({ ...fact, nonce: `${nonce}.alone` });
}

function* tellAll(waiting: Waiting[]) {
  const shelf = yield* getContext<DoorContext['shelf']>('shelf');
  let conflicts = 0;
  for (const scan of waiting) {
    const { checkIn, result, userErrors } = yield* tell(scan);
    if (checkIn) yield* call(shelf.told, scan.nonce);
    else yield* call(shelf.refused, scan.nonce, userErrors[0]?.message ?? 'The server did not say why.');
    if (checkIn && result !== 'OK') conflicts++;
  }
  if (waiting.length > 0) yield* put(synced({ atMs: Date.now(), conflicts }));
  yield* countWaiting();
}

export function* readCounts() {
  const list = yield* select((state: Door) => state.list);
  if (!list) return;
  const { checkInList } = yield* ask(DoorCountsDocument, { listId: list.id });
  if (checkInList) yield* put(countsRead({ expected: checkInList.expected, inside: checkInList.inside }));
}

function* sync() {
  const network = yield* select((state: Door) => state.network);
  const session = yield* getContext<DoorContext['session']>('session');
  if (network === 'locked' || !session.tokens()) return;
  const waiting = yield* countWaiting();
  if (network === 'here' && waiting.length === 0) return;
  try {
    yield* renewed();
    yield* call(readCounts); /* somebody answers */
    yield* call(tellAll, waiting);
    yield* put(networkChanged('here'));
  } catch (error) {
    yield* countWaiting();
    yield* put(networkChanged(failureOf(error) === 'signedOut' ? 'locked' : 'away'));
  }
}

export function* keepSynced() {
  for (;;) {
    yield* call(sync);
    yield* race({ wanted: take(syncWanted), again: delay(AGAIN_MS) });
  }
}
