import type { Route } from '../../routes';

export const ticketsRoute: Route = {
  name: 'tickets',
  path: '/tickets',
  view: async () => (await import('./TicketsPage')).TicketsPage,
  aside: true,
  sharedSeconds: 300,
  *load() {
    return { state: 'ready' };
  },
};
