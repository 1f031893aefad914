/*
 * From a hold to an order, and on to its payment. Both are said again without harm: a hold becomes one order only, and a
 * payment has the key that its page was rendered with. When the money does not come at once the order's page goes on.
 */
import type { I18n } from '@lingui/core';
import { t } from '@lingui/core/macro';
import { call, put, type SagaGenerator } from 'typed-redux-saga';
import { PayOrderDocument, PlaceOrderDocument, type ConsentInput, type PlaceOrderMutation } from '../../graphql/generated/graphql';
import { isEmail } from '../../format/email';
import { errorOf } from '../../format/refusal';
import { findRoute } from '../../routes';
import { cartClosed } from '../../state/cart';
import type { FormError, Values } from '../../state/form';
import { change } from '../ask';
import { useContext } from '../context';
import type { Outcome } from '../form';

/* "sandbox:success", "manual" or "stripe". */
export interface Method {
  provider: string;
  method?: string;
}

export function methodOf(value: string | undefined): Method | null {
  const match = /^(?<provider>sandbox|manual|stripe)(:(?<method>[a-z]+))?$/.exec(value ?? '');
  return match?.groups?.provider ? { provider: match.groups.provider, method: match.groups.method } : null;
}

function check(values: Values, i18n: I18n): FormError[] {
  const errors: FormError[] = [];
  const want = (field: string, message: string) => errors.push({ field, code: 'INVALID_INPUT', message });
  if (!(values.name ?? '').trim()) want('name', t(i18n)`Please tell us your name.`);
  if (!(values.email ?? '').trim()) want('email', t(i18n)`Please tell us where to send the tickets.`);
  else if (!isEmail(values.email ?? '')) want('email', t(i18n)`This does not look like an e-mail address, such as name@example.org.`);
  if (values.paid === 'yes' && !methodOf(values.method)) want('method', t(i18n)`Please choose how you would like to pay.`);
  return errors;
}

const FIELDS = new Set(['email', 'name']);

type Refused = PlaceOrderMutation['placeOrder']['userErrors'][number];

function refusalOf(i18n: I18n, refused: Refused): FormError {
  const [field = ''] = (refused.path ?? []).join('.').split('.');
  if (field === 'consent') return { field: null, code: refused.code, message: t(i18n)`The organizer has just changed the terms or the privacy notice. Please look at them again below.` };
  return errorOf(i18n, refused, FIELDS.has(field) ? field : null);
}

/* What the page showed, by the fields that it was rendered with. */
function consentOf(values: Values, language: string): ConsentInput {
  return { termsHash: values.termsHash || null, privacyHash: values.privacyHash || null, language, marketing: values.marketing === 'yes' };
}

/* Names in the order of the hold's positions; an empty one is the buyer's own. */
function attendees(values: Values) {
  const result = [];
  for (let at = 0; values[`attendee.${at}`] !== undefined; at++)
    result.push({ holdPositionId: values[`position.${at}`] || undefined, name: values[`attendee.${at}`]?.trim() || values.name?.trim() });
  return result;
}

export function* checkout(values: Values, url: string): SagaGenerator<Outcome> {
  const i18n = yield* useContext('i18n');
  const errors = check(values, i18n);
  if (errors.length > 0) return { errors };
  const { language } = yield* useContext('config');
  const holdToken = url.split(/[/?]/)[2] ?? '';
  const input = { holdToken, email: (values.email ?? '').trim(), name: (values.name ?? '').trim(), attendees: attendees(values), consent: consentOf(values, language) };
  const { placeOrder: placed } = yield* change(PlaceOrderDocument, { input });
  const { order } = placed;
  if (!order?.secret) {
    const found = findRoute(url);
    if (found) yield* call(found.route.load, found.visit);
    return { errors: placed.userErrors.map((refused) => refusalOf(i18n, refused)) };
  }
  yield* put(cartClosed());
  const next = `/order/${order.code}/${order.secret}`;
  const method = methodOf(values.method);
  if (order.status === 'PENDING' && method) {
    const newKey = yield* useContext('newKey');
    const payment = { orderId: order.id, secret: order.secret, ...method, idempotencyKey: values.key || newKey() };
    try {
      const { payOrder: paid } = yield* change(PayOrderDocument, { input: payment }); /* declined or pending: the order's page tells */
      return { next, away: paid.payment?.redirectUrl };
    } catch (error) {
      console.error(`paying: ${String(error)}`); /* so it does when nobody knows */
    }
  }
  return { next };
}
