import type { ApolloClient } from '@apollo/client';
import { SeatsLiveDocument, SeatsOpenedDocument, SeatsPageDocument, type SeatsPageQueryVariables } from '../../graphql/generated/graphql';
import type { Route, Visit } from '../../routes';
import { ask } from '../../sagas/ask';
import { eventTags } from '../event/tags';
import { isOpen, openedOf, openedVariables } from './opened';
import type { SeatDate } from './plan';

export function seatsVariables({ search }: Visit): SeatsPageQueryVariables {
  return { date: search.get('date') ?? '' };
}

function cached(client: ApolloClient, visit: Visit): SeatDate | null {
  const node = client.readQuery({ query: SeatsPageDocument, variables: seatsVariables(visit) })?.node;
  return node?.__typename === 'EventDate' ? node : null;
}

export const seatsRoute: Route = {
  name: 'seats',
  path: '/e/:organizer/:event/seats',
  view: async () => (await import('./SeatsPage')).SeatsPage,
  aside: true,
  sharedSeconds: 1,
  forms: ['hold'],
  tags: eventTags,
  live: (visit, client) => {
    const date = cached(client, visit);
    if (!date) return null;
    const opened = openedOf(date, visit.search);
    const { section } = openedVariables(date, opened);
    return { document: SeatsLiveDocument, variables: { eventId: date.event.id, from: date.startsAt, section, opened: isOpen(opened) }, moments: [] };
  },
  *load(visit) {
    const { params } = visit;
    const { node } = yield* ask(SeatsPageDocument, seatsVariables(visit));
    if (node?.__typename !== 'EventDate' || node.seatPlans.length === 0) return { state: 'missing' };
    const isIts = node.event.slug === params.event && node.event.organizer.slug === params.organizer;
    if (!isIts) return { state: 'missing' };
    const opened = openedOf(node, visit.search);
    if (isOpen(opened)) yield* ask(SeatsOpenedDocument, openedVariables(node, opened));
    return { state: 'ready' };
  },
};
