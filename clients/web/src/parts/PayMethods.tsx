import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import type { FormName } from '../state/form';
import { FieldErrors } from './FormErrors';
import { useTyped } from './typed';

interface Choice {
  value: string;
  name: MessageDescriptor;
  hint: MessageDescriptor;
}

const TRANSFER: Choice = { value: 'manual', name: msg`Transfer, or at the box office`, hint: msg`Your places wait for the money until the day that we name.` };

const SANDBOX: Choice[] = [
  { value: 'sandbox:success', name: msg`Test card`, hint: msg`Is accepted. No money moves.` },
  { value: 'sandbox:decline', name: msg`Test card that is declined`, hint: msg`To see what then happens.` },
  { value: 'sandbox:pending', name: msg`Test payment that takes its time`, hint: msg`Stays pending until the organizer confirms it.` },
];

/* How to pay. One is chosen already, so nobody is stopped by it. */
export function PayMethods({ form, sandbox }: { form: FormName; sandbox: boolean }) {
  const { t } = useLingui();
  const kept = useTyped(form, 'method');
  const choices = sandbox ? [...SANDBOX, TRANSFER] : [TRANSFER];
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
