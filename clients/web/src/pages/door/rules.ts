/*
 * May this ticket pass, as far as this device can know without a network? The same rules in the same order as the
 * server's (modules/door/rules.c); what only the server knows (orders, blocked tickets, other gates) it tells when the
 * scan is uploaded.
 */
import type { CheckInDirection, CheckInResult } from '../../graphql/door/generated/graphql';
import type { TicketCode } from './code';

/* UNCHECKED: this device cannot tell at all. REFUSED: the server says why in words. UNDONE: a passing that does not count any more. */
export type Result = CheckInResult | 'UNCHECKED' | 'REFUSED' | 'UNDONE';

/* A check-in list with all that is needed to go on without a network. */
export interface DoorList {
  id: string;
  name: string;
  title: string;
  timeZone: string;
  /* Of the event, or the list's only one; ids. */
  dateIds: string[];
  /* Admitted; none: all. */
  typeIds: string[];
  /* Names by id, of all types of the event. */
  typeNames: Record<string, string>;
  opensAtMs: number | null;
  closesAtMs: number | null;
  allowReentry: boolean;
  /* Ed25519, base64url. */
  ticketKey: string;
}

/* What this device knows of one ticket on one list: its last passing, here or told by the server. */
export interface Pass {
  listId: string;
  /* Without prefix. */
  ticket: string;
  direction: CheckInDirection;
  atMs: number;
  gate: string | null;
  /* Of the code that passed; null when another device read it. */
  issue: number | null;
  /* The scan, without prefix. */
  scan: string;
}

/* Somebody whose ticket the list admits, as he is looked up. */
export interface Guest {
  listId: string;
  ticketId: string;
  dateId: string;
  typeId: string;
  orderCode: string;
  name: string | null;
  seat: string | null;
  /* When the list was read. */
  valid: boolean;
}

export function bare(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}

/* What the rules look at, of a code or of a guest. */
export type Claim = Pick<TicketCode, 'date' | 'type' | 'issue'>;

/* Who is looked up has the newest code, whichever that is. */
export function claimOf({ dateId, typeId }: Guest): Claim {
  return { date: bare(dateId), type: bare(typeId), issue: Number.MAX_SAFE_INTEGER };
}

/* Part of a name, or of an order's code. */
export function isMeant({ name, orderCode }: Guest, query: string): boolean {
  const part = query.trim().toLocaleLowerCase();
  return part !== '' && [name, orderCode].some((text) => text?.toLocaleLowerCase().includes(part));
}

/* `code` is one whose signature is good; `pass` is the last on this list. */
export function decide(list: DoorList, code: Claim, pass: Pass | undefined, direction: CheckInDirection, nowMs: number): CheckInResult {
  const names = (ids: string[], letters: string) => ids.some((id) => bare(id) === letters);
  if (!names(list.dateIds, code.date)) return 'WRONG_EVENT';
  if (pass && pass.issue !== null && pass.issue > code.issue) return 'REVOKED';
  if (list.typeIds.length > 0 && !names(list.typeIds, code.type)) return 'WRONG_PRODUCT';
  if (direction === 'EXIT') return 'OK';
  if (list.opensAtMs !== null && nowMs < list.opensAtMs) return 'TOO_EARLY';
  if (list.closesAtMs !== null && nowMs >= list.closesAtMs) return 'TOO_LATE';
  if (!pass || (list.allowReentry && pass.direction === 'EXIT')) return 'OK';
  return 'ALREADY_REDEEMED';
}
