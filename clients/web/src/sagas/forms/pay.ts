/* On an order's page: pay once more, or give it up. */
import { t } from '@lingui/core/macro';
import { call, type SagaGenerator } from 'typed-redux-saga';
import { CancelOrderDocument, PayOrderDocument } from '../../graphql/generated/graphql';
import { errorOf } from '../../format/refusal';
import { findRoute } from '../../routes';
import type { Values } from '../../state/form';
import { change } from '../ask';
import { useContext } from '../context';
import type { Outcome } from '../form';
import { methodOf } from './checkout';

/* "/order/CODE/SECRET" */
function secretOf(url: string): string {
  return url.split(/[/?]/)[3] ?? '';
}

function* readAgain(url: string) {
  const found = findRoute(url);
  if (found) yield* call(found.route.load, found.visit);
}

export function* payOrder(values: Values, url: string): SagaGenerator<Outcome> {
  const method = methodOf(values.method);
  if (!method) return { errors: [{ field: 'method', code: 'INVALID_INPUT', message: t(yield* useContext('i18n'))`Please choose how you would like to pay.` }] };
  const newKey = yield* useContext('newKey');
  const input = { orderId: values.order ?? '', secret: secretOf(url), ...method, idempotencyKey: newKey() };
  const { payOrder: payload } = yield* change(PayOrderDocument, { input });
  yield* readAgain(url);
  const [refused] = payload.userErrors;
  if (refused) return { errors: [errorOf(yield* useContext('i18n'), refused)] };
  return { next: url, away: payload.payment?.redirectUrl };
}

export function* cancelOrder(values: Values, url: string): SagaGenerator<Outcome> {
  const { cancelOrder: payload } = yield* change(CancelOrderDocument, { input: { orderId: values.order ?? '', secret: secretOf(url) } });
  yield* readAgain(url);
  const [refused] = payload.userErrors;
  if (refused) return { errors: [errorOf(yield* useContext('i18n'), refused)] };
  return { next: url };
}
