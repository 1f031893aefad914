/*
 * A hold that lives has more time. One that ended is made anew, as far as it is to be had: the page of the new one is told by its address of which it
 * follows, so what changed is shown there without a script too. Said again, it is the same new hold.
 */
import { t } from '@lingui/core/macro';
import { put, select, type SagaGenerator } from 'typed-redux-saga';
import { RenewHoldDocument } from '../../graphql/generated/graphql';
import { errorOf } from '../../format/refusal';
import { cartOpened } from '../../state/cart';
import type { Values } from '../../state/form';
import { holdRenewed, renewalForgotten } from '../../state/renewal';
import type { State } from '../../state/store';
import { change } from '../ask';
import { useContext } from '../context';
import type { Outcome } from '../form';

function tokenOf(url: string): string {
  return url.split(/[/?]/)[2] ?? '';
}

export function* renewHold(_values: Values, url: string): SagaGenerator<Outcome> {
  const token = tokenOf(url);
  const { renewHold: payload } = yield* change(RenewHoldDocument, { input: { token } });
  const { hold, changes } = payload;
  if (hold?.token) {
    if (hold.token === token) {
      yield* put(cartOpened({ token, expiresAt: hold.expiresAt, count: hold.positions.length }));
      return { answer: {} }; /* on the same page, with what was typed */
    }
    yield* put(holdRenewed({ was: token, changes }));
    return { next: `/checkout/${hold.token}?was=${encodeURIComponent(token)}` };
  }
  const [refused] = payload.userErrors;
  const i18n = yield* useContext('i18n');
  if (refused) return { errors: [errorOf(i18n, refused)] };
  return { errors: [{ field: null, code: 'SOLD_OUT', message: t(i18n)`Nothing of it is left. Everything that you had is sold or in other carts.` }] };
}

/* What changed since the hold `was`, into the state; null: this one follows none. */
export function* renewalOf(was: string | null) {
  const known = yield* select((state: State) => state.renewal);
  if (!was) {
    if (known) yield* put(renewalForgotten());
    return;
  }
  if (known?.was === was) return;
  const { renewHold: payload } = yield* change(RenewHoldDocument, { input: { token: was } });
  yield* put(holdRenewed({ was, changes: payload.changes }));
}
