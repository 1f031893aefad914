/*
 * The event in schema.org's words, for search engines, and for `tessera import`, which reads the same event back out of it.
 */
import type { DateStateFragment, OfferStateFragment } from '../../graphql/generated/graphql';
import { contentIn } from '../../format/content';
import { pathIn, type Language } from '../../language/languages';
import { eventPath } from '../../parts/EventCard';
import type { ShownEvent } from './dates';

const AVAILABILITY = {
  AVAILABLE: 'InStock',
  RESERVED: 'LimitedAvailability',
  SOLD_OUT: 'SoldOut',
  NOT_YET: 'PreOrder',
  ENDED: 'SoldOut',
} as const;

const STATUS = {
  DRAFT: 'EventScheduled',
  PUBLISHED: 'EventScheduled',
  POSTPONED: 'EventPostponed',
  CANCELLED: 'EventCancelled',
  ARCHIVED: 'EventScheduled',
} as const;

function offerOf(offer: OfferStateFragment, url: string) {
  return {
    '@type': 'Offer',
    name: offer.ticketType.name,
    price: offer.price.amount,
    priceCurrency: offer.price.currency,
    availability: `https://schema.org/${AVAILABILITY[offer.availability]}`,
    url,
    ...(offer.saleStartsAt && { validFrom: offer.saleStartsAt }),
    ...(offer.saleEndsAt && { validThrough: offer.saleEndsAt }),
  };
}

function timesOf(date: { startsAt: string; endsAt?: string | null; doorsAt?: string | null }) {
  return {
    startDate: date.startsAt,
    ...(date.endsAt && { endDate: date.endsAt }),
    ...(date.doorsAt && { doorTime: date.doorsAt }),
  };
}

function placeOf(venue: NonNullable<ShownEvent['venue']>) {
  return {
    '@type': 'Place',
    name: venue.name,
    address: {
      '@type': 'PostalAddress',
      ...(venue.address && { streetAddress: venue.address }),
      ...(venue.city && { addressLocality: venue.city }),
      ...(venue.country && { addressCountry: venue.country }),
    },
    ...(venue.latitude != null &&
      venue.longitude != null && {
        geo: { '@type': 'GeoCoordinates', latitude: venue.latitude, longitude: venue.longitude },
      }),
  };
}

function dateOf(name: string, date: DateStateFragment, url: string) {
  return {
    '@type': 'Event',
    name,
    ...timesOf(date),
    eventStatus: `https://schema.org/${STATUS[date.status]}`,
    offers: date.offers.map((offer) => offerOf(offer, `${url}?date=${date.id}`)),
  };
}

/* In the language of the page, if the event is there in it. */
export function jsonLd(event: ShownEvent, origin: string, language: Language): Record<string, unknown> {
  const url = origin + eventPath(event);
  const { title, description, language: written } = contentIn(language, event);
  const [first] = event.dates.nodes;
  const isSeries = event.dates.nodes.length > 1;
  return {
    '@context': 'https://schema.org',
    '@type': 'Event',
    '@id': url,
    url: origin + pathIn(language, eventPath(event)),
    name: title,
    ...(description && { description }),
    ...(written && { inLanguage: written }),
    ...timesOf(isSeries || !first ? event : first),
    eventStatus: `https://schema.org/${STATUS[event.status]}`,
    eventAttendanceMode: 'https://schema.org/OfflineEventAttendanceMode',
    ...(event.venue && { location: placeOf(event.venue) }),
    ...(event.imageUrl && { image: event.imageUrl }),
    organizer: { '@type': 'Organization', name: event.organizer.name, url: `${origin}/o/${event.organizer.slug}` },
    offers: first ? first.offers.map((offer) => offerOf(offer, url)) : [],
    ...(isSeries && { subEvent: event.dates.nodes.map((date) => dateOf(title, date, url)) }),
  };
}

/* As text of a script element: nothing in it can end that element. */
export function scriptText(value: unknown): string {
  return JSON.stringify(value).replace(/[<\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
