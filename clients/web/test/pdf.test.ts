import { expect, test } from 'vitest';
import { wrap, type Direction, type Fonts } from '../src/server/pdf/text';

/* Two fonts whose every letter is ten wide. */
const fonts: Fonts = {
  names: ['latin', 'arabic'],
  has: (name, codePoint) => (name === 'arabic' ? codePoint >= 0x600 || codePoint === 0x20 || codePoint === 0x28 || codePoint === 0x29 : codePoint < 0x600),
  width: (_name, text) => [...text].length * 10,
};

const lines = (text: string, width: number, most = 9, direction: Direction = 'ltr') => wrap(text, width, 10, most, direction, fonts);
const seen = (text: string, direction: Direction) => lines(text, 1000, 1, direction)[0]?.pieces.map(({ font, text: said }) => [font, said]);

test('a line ends where Unicode allows it, and within a word that is wider than it', () => {
  expect(lines('one two three', 80).map(({ text }) => text)).toEqual(['one two', 'three']);
  expect(lines('  spaces\n are   one ', 1000).map(({ text }) => text)).toEqual(['spaces are one']);
  expect(lines('abcdefghij', 40).map(({ text }) => text)).toEqual(['abcd', 'efgh', 'ij']);
  expect(lines('', 40)).toEqual([]);
});

test('what does not go in ends with an ellipsis', () => {
  expect(lines('one two three four', 80, 2).map(({ text }) => text)).toEqual(['one two', 'three…']);
  expect(lines('abcdefghij', 40, 1).map(({ text }) => text)).toEqual(['abc…']);
});

test('pieces stand from left to right as they are seen, each in a font that has its letters', () => {
  expect(seen('in حفل now', 'ltr')).toEqual([['latin', 'in '], ['arabic', 'حفل'], ['arabic', ' '], ['latin', 'now']]);
  expect(seen('حفل in قاعة', 'rtl')).toEqual([['arabic', 'قاعة'], ['latin', ' '], ['latin', 'in'], ['arabic', 'حفل ']]);
  expect(seen('حفل 12', 'rtl')).toEqual([['latin', '12'], ['arabic', 'حفل ']]);
});

test('brackets are turned where text runs from right to left', () => {
  expect(seen('حفل (قاعة)', 'rtl')).toEqual([['arabic', 'حفل )قاعة(']]);
  expect(seen('(x)', 'ltr')).toEqual([['latin', '(x)']]);
});
