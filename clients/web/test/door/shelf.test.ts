import { IDBFactory } from 'fake-indexeddb';
import { expect, it } from 'vitest';
import type { Pass } from '../../src/pages/door/rules';
import { openShelf, type Waiting } from '../../src/pages/door/shelf';

const pass = (rest: Partial<Pass> = {}): Pass => ({ listId: 'a', ticket: 'k', direction: 'ENTRY', atMs: 100, gate: 'B', issue: 0, scan: 's', ...rest });
const waiting = (nonce: string, rest: Partial<Waiting> = {}): Waiting => ({ nonce, listId: 'a', qr: 'T1', direction: 'ENTRY', gate: 'B', atMs: 100, problem: null, ...rest });
const once = (last: Pass | undefined) => (last ? 'ALREADY_REDEEMED' : 'OK');

it('writes a passing and its scan together, and only for who is let in', async () => {
  const shelf = await openShelf(new IDBFactory());
  expect(await shelf.admit(pass(), waiting('n1'), once)).toEqual({ result: 'OK', last: undefined });
  expect(await shelf.admit(pass({ atMs: 200 }), waiting('n2', { atMs: 200 }), once)).toEqual({ result: 'ALREADY_REDEEMED', last: pass() });
  expect(await shelf.waiting()).toEqual([waiting('n1')]);
  expect(await shelf.pass('a', 'k')).toEqual(pass());
});

it('lets one of two tabs admit a ticket', async () => {
  const factory = new IDBFactory();
  const [left, right] = await Promise.all([openShelf(factory), openShelf(factory)]);
  const both = await Promise.all([left.admit(pass(), waiting('n1'), once), right.admit(pass(), waiting('n2'), once)]);
  expect(both.map(({ result }) => result).sort()).toEqual(['ALREADY_REDEEMED', 'OK']);
  expect(await left.waiting()).toHaveLength(1);
});

it('writes neither when a nonce was used', async () => {
  const shelf = await openShelf(new IDBFactory());
  await shelf.admit(pass(), waiting('n1'), once);
  await expect(shelf.admit(pass({ ticket: 'other' }), waiting('n1'), once)).rejects.toThrow();
  expect(await shelf.pass('a', 'other')).toBeUndefined();
});

it('keeps what waits, oldest first, until it was told', async () => {
  const factory = new IDBFactory();
  const shelf = await openShelf(factory);
  await shelf.admit(pass({ ticket: 'late' }), waiting('n1', { atMs: 300 }), once);
  await shelf.admit(pass({ ticket: 'soon' }), waiting('n2', { atMs: 200 }), once);
  const reopened = await openShelf(factory);
  expect((await reopened.waiting()).map(({ nonce }) => nonce)).toEqual(['n2', 'n1']);
  await reopened.told('n2');
  await reopened.refused('n1', 'No such list.');
  await reopened.refused('gone', 'Never was.');
  expect(await shelf.waiting()).toEqual([waiting('n1', { atMs: 300, problem: 'No such list.' })]);
});

it('believes the newest it hears of a ticket, and each list for itself', async () => {
  const shelf = await openShelf(new IDBFactory());
  await shelf.notePass(pass({ atMs: 200, issue: 2 }));
  await shelf.notePass(pass({ atMs: 100, direction: 'EXIT' }));
  expect(await shelf.pass('a', 'k')).toEqual(pass({ atMs: 200, issue: 2 }));
  await shelf.notePass(pass({ atMs: 300, direction: 'EXIT', issue: null }));
  expect(await shelf.pass('a', 'k')).toEqual(pass({ atMs: 300, direction: 'EXIT', issue: 2 }));
  expect(await shelf.pass('b', 'k')).toBeUndefined();
});
