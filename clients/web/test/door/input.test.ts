import { expect, it } from 'vitest';
import { readEvents } from '../../src/pages/door/api';
import { makeWedge } from '../../src/pages/door/wedge';

async function eventsOf(...pieces: string[]) {
  const encoder = new TextEncoder();
  async function* chunks() {
    for (const piece of pieces) yield encoder.encode(piece);
  }
  const events = [];
  for await (const event of readEvents(chunks())) events.push(event);
  return events;
}

it('reads a stream of events however it is cut', async () => {
  const text = ':\n\nevent: next\nid: 7\ndata: {"a":1}\n\nevent: complete\ndata:\n\n';
  const whole = [{ name: 'next', data: '{"a":1}' }, { name: 'complete', data: '' }];
  expect(await eventsOf(text)).toEqual(whole);
  expect(await eventsOf(...text)).toEqual(whole);
  expect(await eventsOf('event: next\ndata: cut off')).toEqual([]);
});

function typed(text: string, everyMs: number): (string | null)[] {
  const feed = makeWedge();
  return [...text, 'Enter'].map((key, index) => feed({ key, timeMs: 1000 + index * everyMs })).filter((code) => code !== null);
}

it('takes for a scanner what types like one', () => {
  expect(typed('T1.abc.def', 8)).toEqual(['T1.abc.def']);
  expect(typed('T1.abc.def', 300)).toEqual(['T1.abc.def']);
  expect(typed('T1.abc.def', 600)).toEqual([]);
  expect(typed('abc', 8)).toEqual([]);
});

it('leaves keys that are no text out of the code', () => {
  const feed = makeWedge();
  const keys = ['T', 'Shift', '1', '.', 'x', 'Tab', 'y', 'Enter'];
  expect(keys.map((key, index) => feed({ key, timeMs: 1000 + index })).at(-1)).toBe('T1.xy');
  expect(feed({ key: 'Enter', timeMs: 1010 })).toBeNull();
});
