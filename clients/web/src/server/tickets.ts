/*
 * An order's tickets as a PDF, in the language of the address. What it says is found here; it is drawn on a thread of its own
 * (pdf/thread.ts), for pages must not wait for it.
 */
import type { I18n } from '@lingui/core';
import { t } from '@lingui/core/macro';
import { makeClient } from '../api/client';
import type { Server } from '../api/link';
import { formatTime, zoneName } from '../format/time';
import { OrderTicketsDocument, type OrderTicketsQuery } from '../graphql/generated/graphql';
import { I18NS } from '../language/all';
import { formatsOf } from '../language/i18n';
import { LANGUAGES, type Language } from '../language/languages';
import type { PrintedTicket } from './pdf/page';
import { Printer } from './pdf/printer';

export const TICKETS_PATH = /^\/order\/(?<code>[^/]+)\/(?<secret>[^/]+)\.pdf$/;

type Order = NonNullable<OrderTicketsQuery['order']>;
type Position = Order['positions'][number];

const printer = new Printer();

/* ---- what a ticket says */

interface Square {
  path: string;
  size: number;
}

/* The code as the server draws it: one path of black squares, with a margin around it. */
export function squareOf(svg: string): Square {
  const size = /viewBox="0 0 (\d+) \1"/.exec(svg)?.[1];
  const path = /<path d="([^"]+)"/.exec(svg)?.[1];
  if (!size || !path) throw new Error('the code is not drawn as it used to be');
  return { path, size: Number(size) };
}

async function readSquare(server: Server, qrUrl: string): Promise<Square> {
  const response = await fetch(new URL(qrUrl, server.url), { headers: server.headers?.() ?? {}, signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`the code was answered with ${response.status}`);
  return squareOf(await response.text());
}

function whenOf({ startsAt }: Position['date'], zone: string, locale: string): string {
  return `${formatTime(startsAt, 'full', locale, zone)}, ${formatTime(startsAt, 'clock', locale, zone)} ${zoneName(startsAt, locale, zone)}`;
}

function ticketOf(order: Order, position: Position, square: Square, at: { number: number; count: number }, i18n: I18n): PrintedTicket {
  const { event } = order;
  const { number, count } = at;
  const locale = formatsOf(i18n);
  const place = event.venue && [event.venue.name, event.venue.address, event.venue.city].filter(Boolean).join(', ');
  const doors = position.date.doorsAt && formatTime(position.date.doorsAt, 'clock', locale, event.timeZone);
  const code = t(i18n)`Order ${order.code}`;
  const which = count > 1 ? t(i18n)`ticket ${number} of ${count}` : null;
  return {
    organizer: event.organizer.name,
    title: event.title,
    when: whenOf(position.date, event.timeZone, locale),
    doors: doors ? t(i18n)`Doors ${doors}` : null,
    where: place,
    name: position.attendeeName ?? null,
    kind: [position.ticketType.name, position.seat].filter(Boolean).join(' · '),
    order: [code, which, order.testMode && t(i18n)`test mode`].filter(Boolean).join(' · '),
    note: t(i18n)`Show this code at the door, on paper or on a screen. It lets one person in, once; keep it to yourself.`,
    qr: { ...square, alt: t(i18n)`Code of this ticket, for the door` },
  };
}

/* Null: there is no such order. No tickets: it is not paid, or none of them is valid. */
export async function ticketsPdf(server: Server, language: Language, code: string, secret: string): Promise<{ bytes: Buffer | null; code: string } | null> {
  const i18n = I18NS[language];
  const client = makeClient(server, { ssr: true });
  try {
    const { data } = await client.query({ query: OrderTicketsDocument, variables: { code, secret }, fetchPolicy: 'no-cache' });
    const order = data?.order;
    if (!order) return null;
    const valid = order.positions.filter(({ ticket }) => ticket?.valid && ticket.qrUrl);
    if (valid.length === 0) return { bytes: null, code: order.code };
    const squares = await Promise.all(valid.map(({ ticket }) => readSquare(server, ticket?.qrUrl ?? '')));
    const tickets = valid.map((position, at) => ticketOf(order, position, squares[at] as Square, { number: at + 1, count: valid.length }, i18n));
    const title = `${order.event.title} – ${t(i18n)`Order ${order.code}`}`;
    return { bytes: await printer.print({ title, language: LANGUAGES[language].formats, direction: LANGUAGES[language].dir, tickets }), code: order.code };
  } finally {
    client.stop();
  }
}
