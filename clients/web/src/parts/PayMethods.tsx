import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import type { FormName } from '../state/form';
import type { Config } from '../sagas/context';
import { FieldErrors } from './FormErrors';
import { useConfig } from './locale';
import { useTyped } from './typed';

interface Choice {
  value: string;
  name: MessageDescriptor;
  hint: MessageDescriptor;
}

const TRANSFER: Choice = { value: 'manual', name: msg`Transfer, or at the box office`, hint: msg`Your places wait for the money until the day that we name.` };

const STRIPE: Choice = { value: 'stripe', name: msg`Card, wallet and more`, hint: msg`You go on to Stripe’s page to pay, and come back here.` };

const SANDBOX: Choice[] = [
  { value: 'sandbox:success', name: msg`Test card`, hint: msg`Is accepted. No money moves.` },
  { value: 'sandbox:decline', name: msg`Test card that is declined`, hint: msg`To see what then happens.` },
  { value: 'sandbox:pending', name: msg`Test payment that takes its time`, hint: msg`Stays pending until the organizer confirms it.` },
];

/* A test key of Stripe's moves no money: it is for what the sandbox is for. */
function choicesOf({ sandbox, stripe }: Config, testMode: boolean): Choice[] {
  const isForTests = sandbox || testMode;
  const byStripe = stripe === 'test' ? isForTests : stripe === 'live' && !testMode;
  return [...(byStripe ? [STRIPE] : []), ...(isForTests ? SANDBOX : []), TRANSFER];
}

/* How to pay. One is chosen already, so nobody is stopped by it. */
export function PayMethods({ form, testMode }: { form: FormName; testMode: boolean }) {
  const { t } = useLingui();
  const kept = useTyped(form, 'method');
  const choices = choicesOf(useConfig(), testMode);
  return (
    <fieldset className="methods">
      <legend className="step-title">
        <Trans>Payment</Trans>
      </legend>
      {choices.map((choice, index) => (
        <label className="method" key={choice.value}>
          <input type="radio" name="method" value={choice.value} defaultChecked={kept ? kept === choice.value : index === 0} />
          <span>
            <span className="method-name">{t(choice.name)}</span>
            <span className="field-hint">{t(choice.hint)}</span>
          </span>
        </label>
      ))}
      <FieldErrors form={form} field="method" />
    </fieldset>
  );
}
