import { QueueLiveDocument, QueuePageDocument, type QueuePageQueryVariables } from '../../graphql/generated/graphql';
import type { Route, Visit } from '../../routes';
import { ask } from '../../sagas/ask';

export function queueVariables({ params }: Visit): QueuePageQueryVariables {
  return { token: params.token ?? '' };
}

export const queueRoute: Route = {
  name: 'queue',
  path: '/queue/:token',
  view: async () => (await import('./QueuePage')).QueuePage,
  aside: true,
  sharedSeconds: 0,
  forms: ['hold', 'leave'],
  /* To be told is to have asked: it keeps the place, too. */
  live: (visit) => ({ document: QueueLiveDocument, variables: { ...queueVariables(visit) }, moments: [] }),
  *load(visit) {
    const { waitingPlace } = yield* ask(QueuePageDocument, queueVariables(visit));
    return { state: waitingPlace ? 'ready' : 'gone' };
  },
};
