/* Which of an event's dates is shown, and what can be said of each. */
import type { DateStateFragment, OfferStateFragment, ShownEventFragment } from '../../graphql/generated/graphql';

export type ShownEvent = ShownEventFragment;

const HOURS_12_MS = 12 * 3600 * 1000;

/* A date without an end is over twelve hours after its start, as for holds. */
export function isOver(date: { startsAt: string; endsAt?: string | null }, nowMs: number): boolean {
  const end = date.endsAt ? Date.parse(date.endsAt) : Date.parse(date.startsAt) + HOURS_12_MS;
  return end <= nowMs;
}

export function upcoming(event: ShownEvent, nowMs: number): DateStateFragment[] {
  return event.dates.nodes.filter((date) => !isOver(date, nowMs));
}

/* The one that the address names, else the first that is not over, else the last. */
export function shownDate(event: ShownEvent, named: string | null, nowMs: number): DateStateFragment | undefined {
  const all = event.dates.nodes;
  return all.find((date) => date.id === named) ?? upcoming(event, nowMs)[0] ?? all[all.length - 1];
}

export type DateMark = 'open' | 'few' | 'sold-out' | 'cancelled' | 'closed';

const FEW = 10;

export function markOf(date: DateStateFragment): DateMark {
  if (date.status === 'CANCELLED') return 'cancelled';
  const open = date.offers.filter((offer) => offer.availability === 'AVAILABLE');
  if (open.length > 0) return open.every((offer) => (offer.remaining ?? Infinity) <= FEW) ? 'few' : 'open';
  return date.offers.some((offer) => offer.availability === 'SOLD_OUT') ? 'sold-out' : 'closed';
}

/* A real number, and only where it matters. */
export function fewLeft(offer: OfferStateFragment): number | null {
  return offer.remaining != null && offer.remaining > 0 && offer.remaining <= FEW ? offer.remaining : null;
}

/* What may be chosen of an offer; 0 is always among it. */
export function quantities(offer: OfferStateFragment): number[] {
  const most = Math.min(offer.maxPerOrder, offer.remaining ?? Infinity, 100);
  const result = [0];
  for (let count = Math.max(1, offer.minPerOrder); count <= most; count++) result.push(count);
  return result;
}
