import { OrderLiveDocument, OrderPageDocument, type OrderPageQueryVariables } from '../../graphql/generated/graphql';
import type { Route, Visit } from '../../routes';
import { ask } from '../../sagas/ask';

export function orderVariables({ params }: Visit): OrderPageQueryVariables {
  return { code: params.code ?? '', secret: params.secret ?? '' };
}

export const orderRoute: Route = {
  name: 'order',
  path: '/order/:code/:secret',
  view: async () => (await import('./OrderPage')).OrderPage,
  sharedSeconds: 0,
  forms: ['pay', 'cancel'],
  live: (visit) => ({ document: OrderLiveDocument, variables: { ...orderVariables(visit) }, moments: [] }),
  *load(visit) {
    const { order } = yield* ask(OrderPageDocument, orderVariables(visit));
    return { state: order ? 'ready' : 'missing' };
  },
};
