/* An event's dates for people's calendars: iCalendar (RFC 5545), in UTC. */
import { makeClient } from '../api/client';
import type { Server } from '../api/link';
import { EventPageDocument } from '../graphql/generated/graphql';
import type { ShownEvent } from '../pages/event/dates';
import { eventPath } from '../parts/EventCard';

const LINE_OCTETS = 75;

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');
}

/* "2030-06-01T18:00:00.000Z" is 20300601T180000Z. */
function stamp(instant: string): string {
  return new Date(instant).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/* Longer lines go on behind a blank; no letter is cut in two. */
export function folded(line: string): string {
  const pieces: string[] = [];
  let piece = '';
  let size = 0;
  for (const letter of line) {
    const octets = Buffer.byteLength(letter);
    if (size + octets > LINE_OCTETS) {
      pieces.push(piece);
      [piece, size] = [' ', 1];
    }
    piece += letter;
    size += octets;
  }
  return [...pieces, piece].join('\r\n');
}

/* `dateId`: that date alone. Cancelled ones say so, and vanish from calendars that had them. */
export function calendarOf(event: ShownEvent, origin: string, dateId: string | null, nowMs: number): string {
  const place = event.venue && [event.venue.name, event.venue.address, event.venue.city].filter(Boolean).join(', ');
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Tessera//shop//EN'];
  for (const date of event.dates.nodes) {
    if (dateId && date.id !== dateId) continue;
    const isCancelled = event.status === 'CANCELLED' || date.status === 'CANCELLED';
    lines.push('BEGIN:VEVENT', `UID:${date.id}@tessera`, `DTSTAMP:${stamp(new Date(nowMs).toISOString())}`, `DTSTART:${stamp(date.startsAt)}`);
    if (date.endsAt) lines.push(`DTEND:${stamp(date.endsAt)}`);
    lines.push(`SUMMARY:${escaped(event.title)}`, `STATUS:${isCancelled ? 'CANCELLED' : 'CONFIRMED'}`, `URL:${origin}${eventPath(event)}?date=${date.id}`);
    if (place) lines.push(`LOCATION:${escaped(place)}`);
    lines.push('END:VEVENT');
  }
  lines.push('END:VCALENDAR', '');
  return lines.map(folded).join('\r\n');
}

/* Null: there is no such event. */
export async function calendar(server: Server, origin: string, organizer: string, slug: string, dateId: string | null): Promise<string | null> {
  const client = makeClient(server, { ssr: true });
  try {
    const { data } = await client.query({ query: EventPageDocument, variables: { organizer, slug }, fetchPolicy: 'no-cache' });
    return data?.event ? calendarOf(data.event, origin, dateId, Date.now()) : null;
  } finally {
    client.stop();
  }
}
