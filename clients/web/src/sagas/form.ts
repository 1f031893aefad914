/* Sends a form: which saga does it is the form's name. What it answers is where to go, what is wrong, or what is to be shown. */
import { t } from '@lingui/core/macro';
import { call, put, type SagaGenerator } from 'typed-redux-saga';
import { findRoute } from '../routes';
import { formAnswered, formDone, formRefused, type AccountForm, type FormError, type FormName, type formSent, type ShopForm, type Values } from '../state/form';
import { useContext } from './context';
import { checkout } from './forms/checkout';
import { holdTickets } from './forms/hold';
import { cancelOrder, payOrder } from './forms/pay';
import { joinQueue, leaveQueue } from './forms/queue';
import { releaseHold } from './forms/release';
import { renewHold } from './forms/renew';

export type Outcome = { next: string; away?: string | null } | { errors: FormError[] } | { answer: Values };

export type FormSaga = (values: Values, url: string) => SagaGenerator<Outcome>;

/* Of a page whose forms come with it. */
export type OwnForms = Record<AccountForm, FormSaga>;

const FORMS: Record<ShopForm, FormSaga> = {
  hold: holdTickets,
  join: joinQueue,
  leave: leaveQueue,
  checkout,
  renew: renewHold,
  release: releaseHold,
  pay: payOrder,
  cancel: cancelOrder,
};

export function* sendForm(action: ReturnType<typeof formSent>) {
  const { name, url, values } = action.payload;
  try {
    const ownForms = findRoute(url)?.route.ownForms;
    const forms: Partial<Record<FormName, FormSaga>> = ownForms ? yield* call(ownForms) : FORMS;
    const send = forms[name];
    if (!send) throw new Error('there is no such form here');
    const outcome = yield* call(send, values, url);
    if ('next' in outcome) yield* put(formDone(outcome));
    else if ('answer' in outcome) yield* put(formAnswered(outcome.answer));
    else yield* put(formRefused(outcome.errors));
  } catch (error) {
    console.error(`form ${name}: ${String(error)}`);
    const message = t(yield* useContext('i18n'))`The box office did not answer. Please try again: doing it twice has one effect.`;
    yield* put(formRefused([{ field: null, code: 'UNAVAILABLE', message }]));
  }
}
