import { describe, expect, it } from 'vitest';
import { formatCountdown } from '../src/format/time';
import { isOver, markOf, quantities, shownDate, type ShownEvent } from '../src/pages/event/dates';
import type { DateStateFragment, OfferStateFragment } from '../src/graphql/generated/graphql';

const NOW = Date.parse('2030-06-01T12:00:00Z');

function offer(values: Partial<OfferStateFragment>): OfferStateFragment {
  const price = { __typename: 'Money' as const, amount: '5.00', currency: 'EUR' };
  const ticketType = { __typename: 'TicketType' as const, id: 't', name: 'Entry', description: null, group: null };
  const rest = { remaining: null, saleStartsAt: null, saleEndsAt: null, minPerOrder: 1, maxPerOrder: 10 };
  return { __typename: 'Offer', id: 'd/t', price, availability: 'AVAILABLE', ticketType, ...rest, ...values };
}

function date(id: string, startsAt: string, offers: OfferStateFragment[] = [], status: DateStateFragment['status'] = 'PUBLISHED') {
  return { __typename: 'EventDate' as const, id, startsAt, endsAt: null, doorsAt: null, status, offers, seatPlans: [] };
}

describe('the date that is shown', () => {
  const past = date('past', '2030-05-31T00:00:00Z');
  const tonight = date('tonight', '2030-06-01T18:00:00Z');
  const later = date('later', '2030-06-08T18:00:00Z');
  const event = { dates: { nodes: [past, tonight, later] } } as unknown as ShownEvent;

  it('is the next one', () => expect(shownDate(event, null, NOW)?.id).toBe('tonight'));
  it('is the one that the address names', () => expect(shownDate(event, 'later', NOW)?.id).toBe('later'));
  it('is not one that the event does not have', () => expect(shownDate(event, 'nobodys', NOW)?.id).toBe('tonight'));
  it('is the last when all are over', () => expect(shownDate(event, null, NOW + 90 * 86_400_000)?.id).toBe('later'));
  it('is over twelve hours after its start when it says no end', () => {
    expect(isOver({ startsAt: '2030-06-01T00:00:01Z' }, NOW)).toBe(false);
    expect(isOver({ startsAt: '2030-06-01T00:00:00Z' }, NOW)).toBe(true);
    expect(isOver({ startsAt: '2030-06-01T09:00:00Z', endsAt: '2030-06-01T11:00:00Z' }, NOW)).toBe(true);
  });
});

describe('what a date is marked with', () => {
  const marked = (...offers: OfferStateFragment[]) => markOf(date('d', '2030-06-08T18:00:00Z', offers));

  it('is a real number or nothing', () => {
    expect(marked(offer({ remaining: 11 }))).toBe('open');
    expect(marked(offer({ remaining: 10 }))).toBe('few');
    expect(marked(offer({ remaining: null }))).toBe('open');
    expect(marked(offer({ remaining: 3 }), offer({ remaining: null }))).toBe('open');
  });
  it('tells sold out from not on sale', () => {
    expect(marked(offer({ availability: 'SOLD_OUT' }))).toBe('sold-out');
    expect(marked(offer({ availability: 'NOT_YET' }))).toBe('closed');
    expect(markOf(date('d', '2030-06-08T18:00:00Z', [offer({})], 'CANCELLED'))).toBe('cancelled');
  });
});

it('offers the quantities that an order may have', () => {
  expect(quantities(offer({ maxPerOrder: 4, remaining: 3 }))).toEqual([0, 1, 2, 3]);
  expect(quantities(offer({ minPerOrder: 2, maxPerOrder: 4 }))).toEqual([0, 2, 3, 4]);
  expect(quantities(offer({ minPerOrder: 2, remaining: 1 }))).toEqual([0]);
});

it('counts down', () => {
  expect(formatCountdown(754.9, 'en-GB')).toBe('12:34');
  expect(formatCountdown(3601, 'en-GB')).toBe('1:00:01');
  expect(formatCountdown(90_000, 'en-GB')).toBe('1 day 01:00:00');
  expect(formatCountdown(-3, 'en-GB')).toBe('0:00');
});
