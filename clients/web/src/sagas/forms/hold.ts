/* From the chosen numbers of an event's page to a hold, and on to the checkout. */
import { t } from '@lingui/core/macro';
import { call, put, type SagaGenerator } from 'typed-redux-saga';
import { HoldTicketsDocument, type HoldLineInput, type HoldTicketsMutation } from '../../graphql/generated/graphql';
import { errorOf } from '../../format/refusal';
import { findRoute } from '../../routes';
import { cartOpened } from '../../state/cart';
import type { Values } from '../../state/form';
import { change } from '../ask';
import { useContext } from '../context';
import type { Outcome } from '../form';

const PREFIX = 'offer.';
const SEAT = 'seat.';

interface Line {
  field: string;
  input: HoldLineInput;
}

/* Seats that were chosen by hand: a line for each area of the hall, for the ticket type that was chosen for it. */
function seatLinesOf(values: Values): Line[] {
  const lines = new Map<string, Line>();
  for (const field of Object.keys(values)) {
    if (!field.startsWith(SEAT)) continue;
    const seatId = field.slice(SEAT.length);
    const [quotaId] = seatId.split('/');
    const ticketTypeId = values[`type.${quotaId}`] ?? '';
    const line = lines.get(ticketTypeId) ?? { field, input: { dateId: values.date, ticketTypeId, quantity: 0, seatIds: [] } };
    line.input.quantity++;
    line.input.seatIds = [...(line.input.seatIds ?? []), seatId];
    lines.set(ticketTypeId, line);
  }
  return [...lines.values()];
}

/* An offer's id is "date/type". */
function offerLinesOf(values: Values): Line[] {
  return Object.entries(values)
    .filter(([field, value]) => field.startsWith(PREFIX) && Number.parseInt(value, 10) > 0)
    .map(([field, value]) => {
      const [dateId, ticketTypeId] = field.slice(PREFIX.length).split('/');
      return { field, input: { dateId, ticketTypeId: ticketTypeId ?? '', quantity: Number.parseInt(value, 10) } };
    });
}

type Refused = HoldTicketsMutation['holdTickets']['userErrors'][number];

/* A refusal's path is "lines.0.quantity", or that as a list. */
function fieldOf(refused: Refused, lines: Line[]): string | null {
  const path = (refused.path ?? []).join('.').split('.');
  const line = path[0] === 'lines' ? lines[Number(path[1])] : undefined;
  return line?.field ?? null;
}

export function* holdTickets(values: Values, url: string): SagaGenerator<Outcome> {
  const newKey = yield* useContext('newKey');
  const i18n = yield* useContext('i18n');
  const found = findRoute(url);
  const lines = [...offerLinesOf(values), ...seatLinesOf(values)];
  if (lines.length === 0) {
    const message = values.date ? t(i18n)`Please choose at least one seat.` : t(i18n)`Please choose how many tickets you would like.`;
    return { errors: [{ field: null, code: 'NOTHING_CHOSEN', message }] };
  }
  const eventId = values.event ?? '';
  const input = { eventId, lines: lines.map((line) => line.input), idempotencyKey: newKey(), ...(values.pass && { pass: values.pass }) };
  const { holdTickets: payload } = yield* change(HoldTicketsDocument, { input });
  const { hold } = payload;
  if (!hold?.token) {
    if (found) yield* call(found.route.load, found.visit);
    return { errors: payload.userErrors.map((refused) => errorOf(i18n, refused, fieldOf(refused, lines))) };
  }
  yield* put(cartOpened({ token: hold.token, expiresAt: hold.expiresAt, count: hold.positions.length }));
  return { next: `/checkout/${hold.token}` };
}
