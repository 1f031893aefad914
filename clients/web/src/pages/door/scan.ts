/*
 * One scan after the other. While the server answers it decides; when nobody answers in time this device does, by the
 * code's signature and what it saw before, and puts the scan on the shelf until it can be told (sync.ts).
 */
import type { I18n } from '@lingui/core';
import { actionChannel, call, delay, fork, getContext, put, race, select, take, takeLatest } from 'typed-redux-saga';
import { CheckInDocument, type CheckInInput } from '../../graphql/door/generated/graphql';
import { change } from '../../sagas/ask';
import { renewed } from './account';
import { failureOf } from './api';
import { importKey, isSigned, readCode, scanLetters, type TicketCode } from './code';
import { bare, claimOf, decide, type DoorList, type Guest, type Pass } from './rules';
import { signal } from './signal';
import { codeScanned, guestPicked, listOpened, networkChanged, syncWanted, verdictClosed, verdictGiven, verifierFound, type Door, type DoorContext, type Verdict } from './state';
import { countWaiting } from './sync';
import { moodOf, verdictAlone, verdictOfAnswer, type Scan } from './verdict';

const ANSWER_MS = 3000; /* nobody waits longer at a door */
const SHOWN_MS = 1500;

interface Asked extends Scan {
  /* Empty when somebody was looked up. */
  qr: string;
  guest: Guest | null;
  list: DoorList;
  gate: string | null;
}

function* newScan(what: string | Guest) {
  const { list, direction, gate } = yield* select((state: Door) => state);
  const newKey = yield* getContext<DoorContext['newKey']>('newKey');
  if (!list) return null;
  const named = typeof what === 'string' ? { qr: what, guest: null } : { qr: '', guest: what };
  const asked: Asked = { id: newKey(), ...named, list, direction, gate: gate || null, atMs: Date.now() };
  return asked;
}

function scanOf({ id, direction, atMs }: Asked): Scan {
  return { id, direction, atMs };
}

function passOf(asked: Asked, ticket: string, issue: number | null, scan: string): Pass {
  return { listId: asked.list.id, ticket, direction: asked.direction, atMs: asked.atMs, gate: asked.gate, issue, scan };
}

function* askServer(input: CheckInInput) {
  yield* renewed();
  const { checkIn } = yield* change(CheckInDocument, { input });
  return checkIn;
}

/* Return: null when nobody answered in time; the server may have recorded it all the same. */
function* byServer(asked: Asked) {
  const { qr, guest, gate, direction } = asked;
  const input: CheckInInput = { listId: asked.list.id, ...(guest ? { ticketId: guest.ticketId } : { qr }), nonce: asked.id, direction, ...(gate && { gate }) };
  try {
    const { answer } = yield* race({ answer: call(askServer, input), late: delay(ANSWER_MS) });
    if (!answer) yield* put(networkChanged('away'));
    return answer ?? null;
  } catch (error) {
    yield* put(networkChanged(failureOf(error) === 'signedOut' ? 'locked' : 'away'));
    return null;
  }
}

/* Who was looked up: his name is on the list that this device has kept, so there is no signature to verify. */
async function checkGuest(shelf: DoorContext['shelf'], i18n: I18n, asked: Asked, guest: Guest): Promise<Verdict> {
  const { list, direction, atMs } = asked;
  const claim = claimOf(guest);
  const waiting = { nonce: asked.id, listId: list.id, qr: '', ticketId: guest.ticketId, direction, gate: asked.gate, atMs, problem: null };
  const scan = await scanLetters(list.id, asked.id);
  const judge = (pass: Pass | undefined) => {
    if (pass?.scan === scan) return 'OK';
    return guest.valid ? decide(list, claim, pass, direction, atMs) : 'BLOCKED';
  };
  const { result, last } = await shelf.admit(passOf(asked, bare(guest.ticketId), null, scan), waiting, judge);
  return verdictAlone(scanOf(asked), result, claim, last, list, i18n, guest);
}

async function checkAlone(shelf: DoorContext['shelf'], i18n: I18n, asked: Asked, code: TicketCode | null): Promise<Verdict> {
  const { list, direction, atMs } = asked;
  const answer = (result: Parameters<typeof verdictAlone>[1], last?: Pass) => verdictAlone(scanOf(asked), result, code, last, list, i18n, null);
  if (!code) return answer('INVALID');
  const key = await importKey(list.ticketKey);
  if (!key) return answer('UNCHECKED');
  if (!(await isSigned(code, key))) return verdictAlone(scanOf(asked), 'INVALID', null, undefined, list, i18n, null);
  const waiting = { nonce: asked.id, listId: list.id, qr: asked.qr, direction, gate: asked.gate, atMs, problem: null };
  const scan = await scanLetters(list.id, asked.id);
  /* When only the answer was lost, the server may have told of this very scan already. */
  const judge = (pass: Pass | undefined) => (pass?.scan === scan ? 'OK' : decide(list, code, pass, direction, atMs));
  const { result, last } = await shelf.admit(passOf(asked, code.ticket, code.issue, scan), waiting, judge);
  return answer(result, last);
}

function* judge(what: string | Guest) {
  const asked = yield* newScan(what);
  if (!asked) return null;
  const shelf = yield* getContext<DoorContext['shelf']>('shelf');
  const i18n = yield* getContext<DoorContext['i18n']>('i18n');
  const network = yield* select((state: Door) => state.network);
  const code = readCode(asked.qr);
  const answer = network === 'here' ? yield* byServer(asked) : null;
  if (!answer) {
    const { guest } = asked;
    const verdict = guest ? yield* call(checkGuest, shelf, i18n, asked, guest) : yield* call(checkAlone, shelf, i18n, asked, code);
    yield* countWaiting();
    return verdict;
  }
  const { checkIn, result } = answer;
  if (result === 'OK' && checkIn?.ticket) yield* call(shelf.notePass, passOf(asked, bare(checkIn.ticket.id), code?.issue ?? null, bare(checkIn.id)));
  return verdictOfAnswer(scanOf(asked), answer, asked.list, i18n);
}

function* readScans() {
  const scans = yield* actionChannel<ReturnType<typeof codeScanned> | ReturnType<typeof guestPicked>>([codeScanned.type, guestPicked.type]);
  for (;;) {
    const { payload } = yield* take(scans);
    try {
      const verdict = yield* judge(payload);
      if (!verdict) continue;
      yield* call(signal, moodOf(verdict.result));
      yield* put(verdictGiven(verdict));
      if (verdict.offline) yield* put(syncWanted());
    } catch (error) {
      /* The shelf failed: nobody is let in by a scan that would be forgotten. */
      console.error(`scan: ${String(error)}`);
      yield* call(signal, 'bad' as const);
    }
  }
}

function* closeVerdict() {
  yield* delay(SHOWN_MS);
  yield* put(verdictClosed());
}

function* findVerifier({ payload }: ReturnType<typeof listOpened>) {
  const key = yield* call(importKey, payload.ticketKey);
  yield* put(verifierFound(key !== null));
}

export function* watchScans() {
  yield* fork(readScans);
  yield* takeLatest([verdictGiven, verdictClosed], function* (action: { type: string }) {
    if (action.type === verdictGiven.type) yield* closeVerdict();
  });
  yield* takeLatest(listOpened, findVerifier);
}
