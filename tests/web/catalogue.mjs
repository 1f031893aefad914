/* What the promoter puts on, for pages to show. Times are of the server's clock, which starts as ours. */
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
