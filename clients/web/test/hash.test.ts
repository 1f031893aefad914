import { afterEach, expect, test, vi } from 'vitest';
import { textHash } from '../src/format/hash';

afterEach(() => vi.unstubAllGlobals());

test('a text is known by its SHA-256 in UTF-8', async () => {
  expect(await textHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(await textHash('100 €')).toBe('1cdbc1b7ac4eedf9c4418cfe3eaf35f5b676e728eeee3ddec54fe8ec6365dea3');
});

test('where a browser has no means to tell, nothing is told', async () => {
  vi.stubGlobal('crypto', {});
  expect(await textHash('abc')).toBeNull();
});
