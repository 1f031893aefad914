/*
 * npm eventsource, the browsers' EventSource for Node, against a real server, through a wire that is cut again and
 * again: it comes back by itself with the last id that it saw.
 */
import assert from 'node:assert';
import { once } from 'node:events';
import { EventSource } from 'eventsource';
import { runCases, within } from './report.mjs';
import { OWNER_TOKEN, startServer } from './server.mjs';
import { hold, openShop, scan } from './shop.mjs';
import { openWire } from './wire.mjs';

const program = process.argv[2];
const server = await startServer(program, '--sandbox');
const shop = await openShop(server, 'fabrik', 100);

/* Subscribe over a wire as the owner. `next()` waits for an event's data; `opened()` for the next connection. */
function subscribe(wire, query, variables) {
  const sent = [];
  const url = `${wire.url}?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`;
  const source = new EventSource(url, {
    fetch: (address, init) => {
      sent.push(init.headers['Last-Event-ID']);
      return fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${OWNER_TOKEN}` } });
    },
  });
  const events = [];
  let heard = () => {};
  source.addEventListener('next', (event) => {
    events.push(JSON.parse(event.data).data);
    heard();
  });
  return {
    sent,
    events,
    close: () => source.close(),
    opened: () => within(10, once(source, 'open')),
    async next() {
      while (!events.length) await within(10, new Promise((resolve) => (heard = resolve)));
      return events.shift();
    },
  };
}

const scans = 'subscription($id: ID!) { checkInRecorded(listId: $id) { gate } }';
const availability = 'subscription($id: ID!) { eventAvailability(eventId: $id) { ticketTypes { remaining } } }';
const wire = await openWire(server);

await runCases([
  [
    'no_scan_is_lost_or_told_twice_over_a_wire_that_is_cut',
    async () => {
      const door = subscribe(wire, scans, { id: shop.door });
      await door.opened();
      const told = [];
      for (let i = 0; i < 3; i++) {
        for (const gate of ['a', 'b', 'c']) await scan(server, shop, gate + i);
        for (let j = 0; j <= i; j++) told.push((await door.next()).checkInRecorded.gate);
        wire.cut();
        await scan(server, shop, `while away ${i}`);
        await door.opened();
      }
      while (told.length < 12) told.push((await door.next()).checkInRecorded.gate);
      const all = [0, 1, 2].flatMap((i) => [`a${i}`, `b${i}`, `c${i}`, `while away ${i}`]);
      assert.deepEqual(told, all);
      assert.equal(door.sent.length, 4);
      assert.equal(new Set(door.sent).size, 4);
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.deepEqual(door.events, []);
      door.close();
    },
  ],
  [
    'a_state_is_told_again_when_it_has_changed',
    async () => {
      const left = (event) => event.eventAvailability.ticketTypes[0].remaining;
      const watched = subscribe(wire, availability, { id: shop.event });
      const before = left(await watched.next());
      wire.cut();
      await watched.opened();
      await hold(server, shop, 2);
      assert.equal(left(await watched.next()), before - 2);
      wire.cut();
      await hold(server, shop, 1);
      assert.equal(left(await watched.next()), before - 3);
      assert.deepEqual(watched.events, []);
      watched.close();
    },
  ],
]);
wire.cut();
wire.close();
await server.stop();
process.exit(); /* a failed case may leave a client that comes back for ever */
