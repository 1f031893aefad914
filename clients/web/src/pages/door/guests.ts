/*
 * Who has no code with him: looked up by name or order number, at the server while it answers, else among the guests that
 * this device read when the list was opened. And the way back, for who was let in by mistake.
 */
import { call, delay, getContext, put, race, select, takeEvery, takeLatest } from 'typed-redux-saga';
import { DoorGuestsDocument, UndoCheckInDocument, type DoorGuestsQuery } from '../../graphql/door/generated/graphql';
import { ask, change } from '../../sagas/ask';
import { renewed } from './account';
import { failureOf } from './api';
import { isMeant, type Guest } from './rules';
import { signal } from './signal';
import { guestsFound, guestsWanted, listOpened, networkChanged, undone, undoWanted, verdictGiven, type Door, type DoorContext, type Verdict } from './state';
import { hintOf, moodOf } from './verdict';

const TYPING_MS = 250;
const ANSWER_MS = 3000;
const SHOWN_MAX = 20;
const PAGE = 100;
const KEPT_MAX = 50_000; /* what a telephone's browser searches at once */

type Node = NonNullable<NonNullable<DoorGuestsQuery['checkInList']>['guests']>['nodes'][number];

function guestOf(listId: string, { orderCode, name, ticket }: Node): Guest {
  const { id, valid, seat, date, ticketType } = ticket;
  return { listId, ticketId: id, dateId: date.id, typeId: ticketType.id, orderCode, name: name ?? null, seat: seat ?? null, valid };
}

function* readPage(listId: string, query: string | null, after: string | null) {
  yield* renewed();
  const { checkInList } = yield* ask(DoorGuestsDocument, { listId, query, first: query === null ? PAGE : SHOWN_MAX, after });
  return checkInList?.guests ?? null;
}

/* Whoever may scan but sees no names has none to keep. */
function* keepGuests({ payload: list }: ReturnType<typeof listOpened>) {
  const shelf = yield* getContext<DoorContext['shelf']>('shelf');
  const guests: Guest[] = [];
  try {
    for (let after: string | null = null; guests.length < KEPT_MAX; ) {
      const page: { pageInfo: { hasNextPage: boolean; endCursor?: string | null }; nodes: Node[] } | null = yield* readPage(list.id, null, after);
      if (!page) return;
      guests.push(...page.nodes.map((node) => guestOf(list.id, node)));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor ?? null;
    }
    yield* call(shelf.keepGuests, list.id, guests);
  } catch (error) {
    console.info(`guests: ${String(error)}`); /* those of the last time stay */
  }
}

function* findAlone(listId: string, query: string) {
  const shelf = yield* getContext<DoorContext['shelf']>('shelf');
  const guests = yield* call(shelf.guests, listId);
  return guests.filter((guest) => isMeant(guest, query)).slice(0, SHOWN_MAX);
}

function* findGuests({ payload }: ReturnType<typeof guestsWanted>) {
  const query = payload.trim();
  const { list, network } = yield* select((state: Door) => state);
  if (!query || !list) return;
  yield* delay(TYPING_MS);
  if (network === 'here') {
    try {
      const { page } = yield* race({ page: call(readPage, list.id, query, null), late: delay(ANSWER_MS) });
      if (page) {
        yield* put(guestsFound({ query, guests: page.nodes.slice(0, SHOWN_MAX).map((node) => guestOf(list.id, node)), offline: false }));
        return;
      }
    } catch (error) {
      yield* put(networkChanged(failureOf(error) === 'signedOut' ? 'locked' : 'away'));
    }
  }
  yield* put(guestsFound({ query, guests: yield* call(findAlone, list.id, query), offline: true }));
}

/* On the screen like any verdict, and heard. */
function* undo({ payload: verdict }: ReturnType<typeof undoWanted>) {
  const shelf = yield* getContext<DoorContext['shelf']>('shelf');
  const newKey = yield* getContext<DoorContext['newKey']>('newKey');
  const i18n = yield* getContext<DoorContext['i18n']>('i18n');
  const list = yield* select((state: Door) => state.list);
  if (!verdict.passed || !list) return;
  const { checkInId, ticket } = verdict.passed;
  const say = (result: Verdict['result'], detail: string | null): Verdict => ({ ...verdict, id: newKey(), result, detail, passed: null, offline: false, atMs: Date.now() });
  try {
    yield* renewed();
    const { undoCheckIn } = yield* change(UndoCheckInDocument, { input: { checkInId } });
    const answer = undoCheckIn.checkIn ? say('UNDONE', hintOf('UNDONE', i18n)) : say('REFUSED', undoCheckIn.userErrors[0]?.message ?? null);
    if (undoCheckIn.checkIn?.direction === 'EXIT') yield* call(shelf.forgetPass, list.id, ticket, checkInId.slice(checkInId.indexOf('_') + 1));
    yield* put(undone(verdict.id));
    yield* call(signal, moodOf(answer.result));
    yield* put(verdictGiven(answer));
  } catch (error) {
    yield* put(networkChanged(failureOf(error) === 'signedOut' ? 'locked' : 'away'));
  }
}

export function* watchGuests() {
  yield* takeLatest(listOpened, keepGuests);
  yield* takeLatest(guestsWanted, findGuests);
  yield* takeEvery(undoWanted, undo);
}
