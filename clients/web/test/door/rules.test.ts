import { expect, it } from 'vitest';
import { decide, type DoorList, type Pass } from '../../src/pages/door/rules';
import type { TicketCode } from '../../src/pages/door/code';

const LIST: DoorList = {
  id: 'lst_a', name: 'Door', title: 'Opening', timeZone: 'Europe/Berlin', dateIds: ['dat_d1', 'dat_d2'], typeIds: ['typ_t1'], typeNames: {},
  opensAtMs: 1000, closesAtMs: 2000, allowReentry: false, ticketKey: '',
};

const code = (rest: Partial<TicketCode> = {}): TicketCode => ({ ticket: 'k', date: 'd1', type: 't1', issue: 0, payload: new Uint8Array(), signature: new Uint8Array(), ...rest });
const pass = (rest: Partial<Pass> = {}): Pass => ({ listId: 'lst_a', ticket: 'k', direction: 'ENTRY', atMs: 1100, gate: null, issue: 0, scan: 's', ...rest });

it('admits a ticket of the list once', () => {
  expect(decide(LIST, code(), undefined, 'ENTRY', 1500)).toBe('OK');
  expect(decide(LIST, code({ date: 'd2' }), undefined, 'ENTRY', 1500)).toBe('OK');
  expect(decide(LIST, code(), pass(), 'ENTRY', 1500)).toBe('ALREADY_REDEEMED');
  expect(decide({ ...LIST, typeIds: [] }, code({ type: 't9' }), undefined, 'ENTRY', 1500)).toBe('OK');
});

it('says why a ticket is not for this door', () => {
  expect(decide(LIST, code({ date: 'd9' }), undefined, 'ENTRY', 1500)).toBe('WRONG_EVENT');
  expect(decide(LIST, code({ date: 'd9', type: 't9' }), pass(), 'EXIT', 1500)).toBe('WRONG_EVENT');
  expect(decide(LIST, code({ type: 't9' }), undefined, 'ENTRY', 1500)).toBe('WRONG_PRODUCT');
});

it('keeps the hours of entries, and holds nobody inside', () => {
  expect(decide(LIST, code(), undefined, 'ENTRY', 999)).toBe('TOO_EARLY');
  expect(decide(LIST, code(), undefined, 'ENTRY', 1000)).toBe('OK');
  expect(decide(LIST, code(), undefined, 'ENTRY', 2000)).toBe('TOO_LATE');
  expect(decide(LIST, code(), pass(), 'EXIT', 2001)).toBe('OK');
});

it('admits again who went out, where the list says so', () => {
  const again = { ...LIST, allowReentry: true };
  expect(decide(again, code(), pass(), 'ENTRY', 1500)).toBe('ALREADY_REDEEMED');
  expect(decide(again, code(), pass({ direction: 'EXIT' }), 'ENTRY', 1500)).toBe('OK');
  expect(decide(LIST, code(), pass({ direction: 'EXIT' }), 'ENTRY', 1500)).toBe('ALREADY_REDEEMED');
});

it('knows a code as replaced once it has seen a newer one', () => {
  expect(decide(LIST, code({ issue: 1 }), pass({ issue: 2 }), 'ENTRY', 1500)).toBe('REVOKED');
  expect(decide(LIST, code({ issue: 2 }), pass({ issue: 1 }), 'ENTRY', 1500)).toBe('ALREADY_REDEEMED');
  expect(decide(LIST, code({ issue: 0 }), pass({ issue: null }), 'EXIT', 1500)).toBe('OK');
});
