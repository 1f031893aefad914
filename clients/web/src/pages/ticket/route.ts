import { TicketPageDocument, type TicketPageQueryVariables } from '../../graphql/generated/graphql';
import type { Route, Visit } from '../../routes';
import { ask } from '../../sagas/ask';

export function ticketVariables({ params }: Visit): TicketPageQueryVariables {
  return { secret: params.secret ?? '' };
}

export const ticketRoute: Route = {
  name: 'ticket',
  path: '/ticket/:secret',
  view: async () => (await import('./TicketPage')).TicketPage,
  aside: true,
  sharedSeconds: 0,
  *load(visit) {
    const { ticket } = yield* ask(TicketPageDocument, ticketVariables(visit));
    return { state: ticket ? 'ready' : 'missing' };
  },
};
