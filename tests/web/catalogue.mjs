/* What the promoter puts on, for pages to show. Times are of the server's clock, which starts as ours. */
import { readFileSync } from 'node:fs';
import { mutate } from '../clients/shop.mjs';

const DAY_MS = 86_400_000;

const START_MS = Math.floor(Date.now() / 60_000) * 60_000;

/* The same all through a run, to the minute. */
export const inDays = (days) => new Date(START_MS + Math.round(days * 1440) * 60_000).toISOString();

export async function organizer(server, slug = 'fabrik', name = 'Die Fabrik') {
  const input = { slug, name, currency: 'EUR', timeZone: 'Europe/Berlin' };
  return (await mutate(server, 'createOrganizer', 'organizer { id }', input)).organizer.id;
}

/* A small hall: two rows of six, an aisle in the middle, the first seat of each step-free. */
export function hall(section = 'Stalls') {
  const seats = Array.from({ length: 6 }, (_, at) => ({ number: String(at + 1), accessible: at === 0, gapAfter: at === 2 }));
  return [{ name: section, rows: [{ name: 'A', seats }, { name: 'B', seats }] }];
}

/* tests/support/theatre.txt: 2,000 seats in three sections. A dot is a seat, w a step-free one, blanks are aisles. */
export function theatre() {
  const lines = readFileSync(new URL('../support/theatre.txt', import.meta.url), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
  const sections = new Map();
  for (const [at, line] of lines.entries()) {
    const [name, row] = line.split(/ +/, 2);
    const seats = [];
    for (const [column, letter] of [...line.slice(11)].entries()) {
      if (letter === ' ') seats.at(-1) && (seats.at(-1).gapAfter = true);
      else seats.push({ number: String(seats.length + 1), x: column * 50, y: at * 100, accessible: letter === 'w' });
    }
    sections.set(name, [...(sections.get(name) ?? []), { name: row, seats }]);
  }
  return [...sections].map(([name, rows]) => ({ name, rows }));
}

/* One ring of a stadium: `count` sections of 250 seats around the field, numbered from `first`. */
export function ring(count, first, radius) {
  return Array.from({ length: count }, (_, section) => ({
    name: String(first + section),
    rows: Array.from({ length: 10 }, (_, row) => ({
      name: String(row + 1),
      seats: Array.from({ length: 25 }, (_, seat) => {
        const angle = ((section + 0.04 + (seat / 24) * 0.92) / count) * 2 * Math.PI;
        const from = radius + row * 90;
        return { number: String(seat + 1), x: Math.round(1.4 * from * Math.cos(angle)), y: Math.round(from * Math.sin(angle)) };
      }),
    })),
  }));
}

/*
 * A published event. `types`: {name, price, size, …rest of a ticket type}; each has a quota of its own.
 * Return: {id, path, types: ids by name, quotas: ids by name}.
 */
export async function event(server, organizerId, slug, types, rest = {}, organizerSlug = 'fabrik') {
  const basics = { organizerId, slug, title: slug, startsAt: inDays(30), ...rest };
  const id = (await mutate(server, 'createEvent', 'event { id }', basics)).event.id;
  const made = { id, path: `/e/${organizerSlug}/${slug}`, types: {}, quotas: {} };
  for (const { size, ...type } of types) {
    const input = { eventId: id, ...type };
    const typeId = (await mutate(server, 'createTicketType', 'ticketType { id }', input)).ticketType.id;
    made.types[type.name] = typeId;
    const quota = { eventId: id, name: type.name, ticketTypeIds: [typeId], ...(size !== undefined && { size }) };
    made.quotas[type.name] = (await mutate(server, 'createQuota', 'quota { id }', quota)).quota.id;
  }
  await mutate(server, 'publishEvent', 'event { id }', { eventId: id });
  return made;
}
