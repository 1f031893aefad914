import type { Route } from '../../routes';

export const doorRoute: Route = {
  name: 'door',
  path: '/door',
  view: async () => (await import('./DoorPage')).DoorPage,
  sharedSeconds: 0,
  uses: 'camera',
  *load() {
    return { state: 'ready' };
  },
};
