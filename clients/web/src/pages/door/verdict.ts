/* What a result means at the door: a colour, a shape, a word, a sound. */
import type { I18n, MessageDescriptor } from '@lingui/core';
import { msg, t } from '@lingui/core/macro';
import type { CheckInDirection, CheckInResult, CheckInMutation } from '../../graphql/door/generated/graphql';
import { formatTime } from '../../format/time';
import { formatsOf } from '../../language/i18n';
import { bare, type Claim, type DoorList, type Guest, type Pass, type Result } from './rules';
import type { Verdict } from './state';

/* good: passes. wait: not like this, but staff can help. bad: does not pass. */
export type Mood = 'good' | 'wait' | 'bad';

const MOODS: Record<Result, { mood: Mood; word: MessageDescriptor; hint: MessageDescriptor | null }> = {
  OK: { mood: 'good', word: msg`Admitted`, hint: null },
  INVALID: { mood: 'bad', word: msg`Not a ticket`, hint: msg`This code is not one of ours.` },
  UNPAID: { mood: 'wait', word: msg`Not paid`, hint: msg`The order has not been paid.` },
  CANCELLED: { mood: 'bad', word: msg`Cancelled`, hint: msg`The order was cancelled.` },
  REVOKED: { mood: 'bad', word: msg`Replaced`, hint: msg`This ticket was revoked, or a newer one was made.` },
  ALREADY_REDEEMED: { mood: 'bad', word: msg`Already used`, hint: null },
  WRONG_EVENT: { mood: 'bad', word: msg`Other event`, hint: msg`A ticket of another event or another day.` },
  WRONG_PRODUCT: { mood: 'wait', word: msg`Other door`, hint: msg`This list does not admit this kind of ticket.` },
  TOO_EARLY: { mood: 'wait', word: msg`Too early`, hint: null },
  TOO_LATE: { mood: 'wait', word: msg`Too late`, hint: null },
  BLOCKED: { mood: 'bad', word: msg`Blocked`, hint: msg`Ask the organizer about this ticket.` },
  UNCHECKED: { mood: 'wait', word: msg`Cannot check`, hint: msg`There is no network, and this browser cannot verify codes itself.` },
  REFUSED: { mood: 'wait', word: msg`Not recorded`, hint: null },
  UNDONE: { mood: 'wait', word: msg`Undone`, hint: msg`As if this passing had not been.` },
};

export function moodOf(result: Result): Mood {
  return MOODS[result].mood;
}

export function wordOf({ result, direction }: { result: Result; direction: CheckInDirection }): MessageDescriptor {
  return result === 'OK' && direction === 'EXIT' ? msg`Left` : MOODS[result].word;
}

function used(atMs: number, gate: string | null, list: DoorList, i18n: I18n): string {
  const at = formatTime(new Date(atMs).toISOString(), 'clock', formatsOf(i18n), list.timeZone);
  return gate ? t(i18n)`Used ${at} at gate ${gate}` : t(i18n)`Used ${at}`;
}

export function hintOf(result: Result, i18n: I18n): string | null {
  const { hint } = MOODS[result];
  return hint && i18n._(hint);
}

function opening(result: Result, list: DoorList, i18n: I18n): string | null {
  const atMs = result === 'TOO_EARLY' ? list.opensAtMs : result === 'TOO_LATE' ? list.closesAtMs : null;
  if (atMs === null) return hintOf(result, i18n);
  const at = formatTime(new Date(atMs).toISOString(), 'moment', formatsOf(i18n), list.timeZone);
  return result === 'TOO_EARLY' ? t(i18n)`Entry begins ${at}` : t(i18n)`Entry ended ${at}`;
}

export interface Scan {
  id: string;
  direction: CheckInDirection;
  atMs: number;
}

type Answer = CheckInMutation['checkIn'];

/* The server's answer. */
export function verdictOfAnswer(scan: Scan, answer: Answer, list: DoorList, i18n: I18n): Verdict {
  const ticket = answer.checkIn?.ticket;
  const result: Result = answer.checkIn ? (answer.result ?? 'REFUSED') : 'REFUSED';
  const undone = new Set(ticket?.checkIns.map(({ undoes }) => undoes));
  const entries = (ticket?.checkIns ?? [])
    .filter((entry) => !entry.undoes && !undone.has(entry.id) && entry.id !== answer.checkIn?.id && entry.direction === 'ENTRY' && (entry.result === 'OK' || entry.forced))
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const [last] = entries;
  let detail = opening(result, list, i18n);
  if (result === 'ALREADY_REDEEMED' && last) detail = used(Date.parse(last.at), last.gate ?? null, list, i18n);
  if (result === 'REFUSED') detail = answer.userErrors[0]?.message ?? null;
  return {
    ...scan,
    result,
    offline: false,
    name: ticket?.attendeeName ?? null,
    type: ticket?.ticketType.name ?? null,
    seat: ticket?.seat ?? null,
    detail,
    passed: result === 'OK' && answer.checkIn && ticket ? { checkInId: answer.checkIn.id, ticket: bare(ticket.id) } : null,
  };
}

/* What this device found out alone. A name is not in the code; who was looked up has one. */
export function verdictAlone(scan: Scan, result: CheckInResult | 'UNCHECKED', claim: Claim | null, last: Pass | undefined, list: DoorList, i18n: I18n, guest: Guest | null): Verdict {
  const type = Object.entries(list.typeNames).find(([id]) => bare(id) === claim?.type)?.[1];
  let detail = opening(result, list, i18n);
  if (result === 'ALREADY_REDEEMED' && last) detail = used(last.atMs, last.gate, list, i18n);
  return { ...scan, result, offline: true, name: guest?.name ?? null, type: type ?? null, seat: guest?.seat ?? null, detail, passed: null };
}
