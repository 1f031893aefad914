import { CheckoutPageDocument, type CheckoutPageQueryVariables } from '../../graphql/generated/graphql';
import type { Route, Visit } from '../../routes';
import { all, call, put } from 'typed-redux-saga';
import { textHash } from '../../format/hash';
import { ask } from '../../sagas/ask';
import { cartClosed, cartOpened } from '../../state/cart';
import { textsShown } from '../../state/consent';
import { renewalOf } from '../../sagas/forms/renew';

export function checkoutVariables({ params }: Visit): CheckoutPageQueryVariables {
  return { token: params.token ?? '' };
}

function* showTexts({ terms, privacy }: { terms: string | null; privacy: string | null }) {
  const hashOf = (text: string | null) => (text ? textHash(text) : Promise.resolve(null));
  yield* put(textsShown(yield* all({ termsHash: call(hashOf, terms), privacyHash: call(hashOf, privacy) })));
}

export const checkoutRoute: Route = {
  name: 'checkout',
  path: '/checkout/:token',
  view: async () => (await import('./CheckoutPage')).CheckoutPage,
  sharedSeconds: 0,
  forms: ['checkout', 'renew', 'release'],
  *load(visit) {
    const { hold } = yield* ask(CheckoutPageDocument, checkoutVariables(visit));
    if (!hold) return { state: 'missing' };
    const token = visit.params.token ?? '';
    if (hold.open) yield* put(cartOpened({ token, expiresAt: hold.expiresAt, count: hold.positions.length }));
    else yield* put(cartClosed());
    yield* showTexts(hold.event.organizer);
    yield* renewalOf(visit.search.get('was'));
    return { state: 'ready' };
  },
};
