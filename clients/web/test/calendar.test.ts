import { expect, it } from 'vitest';
import type { ShownEvent } from '../src/pages/event/dates';
import { calendarOf, folded } from '../src/server/calendar';

const date = (id: string, startsAt: string, status = 'PUBLISHED') => ({ id, startsAt, endsAt: null, status });
const event = {
  title: 'Bread, wine; and\nsong',
  status: 'PUBLISHED',
  slug: 'night',
  organizer: { slug: 'fabrik' },
  venue: { name: 'Halle', address: null, city: 'Köln' },
  dates: { nodes: [date('one', '2030-06-01T18:00:00.000Z'), date('two', '2030-06-08T18:00:00.000Z', 'CANCELLED')] },
} as unknown as ShownEvent;

it('has an entry for each date, in UTC', () => {
  const lines = calendarOf(event, 'https://x.example', null, 0).split('\r\n');
  expect(lines.filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(2);
  expect(lines).toContain('DTSTART:20300601T180000Z');
  expect(lines).toContain('SUMMARY:Bread\\, wine\\; and\\nsong');
  expect(lines).toContain('LOCATION:Halle\\, Köln');
  expect(lines).toContain('STATUS:CANCELLED');
  expect(lines).toContain('URL:https://x.example/e/fabrik/night?date=one');
  expect(lines.at(-1)).toBe('');
});

it('has one entry when a date is named', () => {
  expect(calendarOf(event, 'https://x.example', 'two', 0).match(/BEGIN:VEVENT/g)).toHaveLength(1);
});

it('folds long lines between letters', () => {
  const long = `SUMMARY:${'ü'.repeat(100)}`;
  const pieces = folded(long).split('\r\n');
  for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(75);
  expect(pieces.map((piece, at) => (at ? piece.slice(1) : piece)).join('')).toBe(long);
});
