/* The buyer gives his places back. */
import { put, type SagaGenerator } from 'typed-redux-saga';
import { ReleaseHoldDocument } from '../../graphql/generated/graphql';
import { errorOf } from '../../format/refusal';
import { cartClosed } from '../../state/cart';
import type { Values } from '../../state/form';
import { change } from '../ask';
import { useContext } from '../context';
import type { Outcome } from '../form';

export function* releaseHold(values: Values, url: string): SagaGenerator<Outcome> {
  const token = url.split(/[/?]/)[2] ?? '';
  const { releaseHold: payload } = yield* change(ReleaseHoldDocument, { input: { token } });
  const [refused] = payload.userErrors;
  if (refused) return { errors: [errorOf(yield* useContext('i18n'), refused)] };
  yield* put(cartClosed());
  return { next: /^\/e\/[\w-]+\/[\w-]+$/.test(values.back ?? '') ? (values.back ?? '/') : '/' };
}
