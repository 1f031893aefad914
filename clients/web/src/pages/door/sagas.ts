/* What runs while the door is open. */
import { msg } from '@lingui/core/macro';
import { eventChannel, type EventChannel } from 'redux-saga';
import { call, delay, fork, getContext, put, select, take, takeEvery, takeLatest, takeLeading, throttle } from 'typed-redux-saga';
import { DoorListDocument, DoorLiveDocument, type DoorListQuery, type DoorLiveSubscription } from '../../graphql/door/generated/graphql';
import { ask } from '../../sagas/ask';
import { readLists, renewed, signIn, signOut } from './account';
import { failureOf } from './api';
import { bare, type DoorList } from './rules';
import { watchGuests } from './guests';
import { watchScans } from './scan';
import {
  countsRead,
  failed,
  gateNamed,
  listOpened,
  listPicked,
  listsWanted,
  networkChanged,
  signInSent,
  signInWanted,
  signOutSent,
  syncWanted,
  type Door,
  type DoorContext,
} from './state';
import { keepSynced, readCounts } from './sync';

/* ---- opening a list */

const GATE = 'tessera.door.gate';
const LIST = 'tessera.door.list';

type Read = NonNullable<DoorListQuery['checkInList']>;

function ms(instant: string | null | undefined): number | null {
  return instant ? Date.parse(instant) : null;
}

function doorListOf(read: Read, dateIds: string[], ticketKey: string): DoorList {
  return {
    id: read.id,
    name: read.name,
    title: read.event.title,
    timeZone: read.event.timeZone,
    dateIds,
    typeIds: read.ticketTypes.map(({ id }) => id),
    typeNames: Object.fromEntries(read.event.ticketTypes.map(({ id, name }) => [id, name])),
    opensAtMs: ms(read.opensAt),
    closesAtMs: ms(read.closesAt),
    allowReentry: read.allowReentry,
    ticketKey,
  };
}

/* With every date of the event, for a list of all of them. Return: null when there is no such list for who asks. */
function* readList(listId: string) {
  const dateIds: string[] = [];
  for (let after: string | null | undefined; ; ) {
    const data: DoorListQuery = yield* ask(DoorListDocument, { listId, after });
    const { checkInList } = data;
    if (!checkInList) return null;
    dateIds.push(...checkInList.event.dates.nodes.map(({ id }) => id));
    const { hasNextPage, endCursor } = checkInList.event.dates.pageInfo;
    if (!hasNextPage || checkInList.date) return { read: checkInList, list: doorListOf(checkInList, checkInList.date ? [checkInList.date.id] : dateIds, data.ticketKey) };
    after = endCursor;
  }
}

/* From the server; without it as the shelf has it. */
function* openList({ payload }: { payload: { listId: string } }) {
  const shelf = yield* getContext<DoorContext['shelf']>('shelf');
  const kept = yield* call(shelf.list, payload.listId);
  try {
    yield* renewed();
    const found = yield* readList(payload.listId);
    if (!found) {
      yield* put(failed(msg`There is no such list any more.`));
      return;
    }
    yield* call(shelf.keepList, found.list);
    yield* put(listOpened(found.list));
    yield* put(countsRead({ expected: found.read.expected, inside: found.read.inside }));
    sessionStorage.setItem(LIST, found.list.id);
  } catch (error) {
    const failure = failureOf(error);
    if (kept) yield* put(listOpened(kept));
    else yield* put(failed(msg`The server does not answer, and this device has not had that list before.`));
    yield* put(networkChanged(failure === 'signedOut' ? 'locked' : 'away'));
  }
}

/* ---- what other gates do */

type Told = DoorLiveSubscription['checkInRecorded'] | 'lost';

function listen(client: DoorContext['client'], listId: string): EventChannel<Told> {
  return eventChannel((emit) => {
    const subscription = client.subscribe({ query: DoorLiveDocument, variables: { listId } }).subscribe({
      next: ({ data }) => data && emit(data.checkInRecorded),
      error: () => emit('lost'),
      complete: () => emit('lost'),
    });
    return () => subscription.unsubscribe();
  });
}

const COUNTS = 'door/countsWanted';
const AGAIN_MS = 3000;

function* noteScan(listId: string, told: Exclude<Told, 'lost'>) {
  const shelf = yield* getContext<DoorContext['shelf']>('shelf');
  yield* put({ type: COUNTS });
  if (told.undoes && told.ticket && told.direction === 'EXIT') {
    yield* call(shelf.forgetPass, listId, bare(told.ticket.id), bare(told.undoes));
    return;
  }
  if (!told.ticket || (told.result !== 'OK' && !told.forced)) return;
  const pass = { listId, ticket: bare(told.ticket.id), direction: told.direction, atMs: Date.parse(told.at), gate: told.gate ?? null, issue: null, scan: bare(told.id) };
  yield* call(shelf.notePass, pass);
}

/* As long as the server answers. A stream that ends is begun again, and the counts are read for what it missed. */
function* follow() {
  const client = yield* getContext<DoorContext['client']>('client');
  for (;;) {
    const { network, list } = yield* select((state: Door) => state);
    if (network !== 'here' || !list) return;
    const channel = yield* call(listen, client, list.id);
    yield* put({ type: COUNTS });
    try {
      for (let told = yield* take(channel); told !== 'lost'; told = yield* take(channel)) yield* noteScan(list.id, told);
    } finally {
      channel.close();
    }
    yield* delay(AGAIN_MS);
  }
}

function* readCountsOrNot() {
  try {
    yield* call(readCounts);
  } catch (error) {
    console.warn(`counts: ${String(error)}`);
  }
}

/* ---- the browser's own word about its network */

function browserNetwork(): EventChannel<'online' | 'offline'> {
  return eventChannel((emit) => {
    const tell = (event: Event) => emit(event.type as 'online' | 'offline');
    addEventListener('online', tell);
    addEventListener('offline', tell);
    return () => {
      removeEventListener('online', tell);
      removeEventListener('offline', tell);
    };
  });
}

function* watchNetwork() {
  const channel = yield* call(browserNetwork);
  yield* takeEvery(channel, function* (told) {
    if (told === 'online') yield* put(syncWanted());
    else if ((yield* select((state: Door) => state.network)) === 'here') yield* put(networkChanged('away'));
  });
}

/* ---- all of it */

/* After a reload it goes on where it was. */
function* begin() {
  const session = yield* getContext<DoorContext['session']>('session');
  yield* put(gateNamed(localStorage.getItem(GATE) ?? ''));
  const listId = sessionStorage.getItem(LIST);
  if (!session.tokens()) yield* put(signInWanted());
  else if (listId) yield* put(listPicked({ listId }));
  else yield* put(listsWanted());
}

export function* doorSaga() {
  yield* fork(watchScans);
  yield* fork(watchGuests);
  yield* fork(watchNetwork);
  yield* takeLeading(signInSent, signIn);
  yield* takeLeading(signOutSent, signOut);
  yield* takeLatest(listsWanted, readLists);
  yield* takeLatest(listPicked, openList);
  yield* takeLatest([listOpened, networkChanged], follow);
  yield* throttle(1000, COUNTS, readCountsOrNot);
  yield* takeLatest(gateNamed, ({ payload }) => localStorage.setItem(GATE, payload));
  yield* fork(begin);
  yield* fork(keepSynced);
}
