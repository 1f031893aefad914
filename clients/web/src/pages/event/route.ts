import type { ApolloClient } from '@apollo/client';
import {
  EventLiveDocument,
  EventPageDocument,
  type EventPageQuery,
  type EventPageQueryVariables,
} from '../../graphql/generated/graphql';
import type { Route, Visit } from '../../routes';
import { ask } from '../../sagas/ask';
import { eventTags } from './tags';

export function eventVariables({ params }: Visit): EventPageQueryVariables {
  return { organizer: params.organizer ?? '', slug: params.event ?? '' };
}

function cached(client: ApolloClient, visit: Visit): EventPageQuery['event'] | null {
  return client.readQuery({ query: EventPageDocument, variables: eventVariables(visit) })?.event ?? null;
}

/* The moments at which a sale of it opens or ends. */
function moments(event: NonNullable<EventPageQuery['event']>): number[] {
  const offers = event.dates.nodes.flatMap((date) => date.offers);
  const times = offers.flatMap((offer) => [offer.saleStartsAt, offer.saleEndsAt]);
  const unique = new Set(times.filter((time) => time != null).map((time) => Date.parse(time)));
  return [...unique].filter((time) => time > Date.now()).sort((left, right) => left - right).slice(0, 8);
}

export const eventRoute: Route = {
  name: 'event',
  path: '/e/:organizer/:event',
  view: async () => (await import('./EventPage')).EventPage,
  sharedSeconds: 2,
  forms: ['hold', 'join'],
  tags: eventTags,
  live: (visit, client) => {
    const event = cached(client, visit);
    if (!event) return null;
    return { document: EventLiveDocument, variables: { eventId: event.id }, moments: moments(event) };
  },
  *load(visit) {
    const data = yield* ask(EventPageDocument, eventVariables(visit));
    return { state: data.event ? 'ready' : 'missing' };
  },
};
