import { Trans, useLingui } from '@lingui/react/macro';
import { useRef, useState } from 'react';
import { isZero } from '../../format/money';
import { probablyMeant } from '../../format/email';
import { Field, useAlive } from '../../parts/Field';
import { FormErrors } from '../../parts/FormErrors';
import { Money } from '../../parts/Money';
import { PayMethods } from '../../parts/PayMethods';
import { PostForm } from '../../parts/PostForm';
import { useAppSelector } from '../../state/store';
import { Consent } from './Consent';
import type { ShownHold } from './Summary';

/* A hint after a slip of the keys; taken by one press, or ignored. */
function EmailField() {
  const { t } = useLingui();
  const [meant, setMeant] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);

  function take() {
    const input = box.current?.querySelector<HTMLInputElement>('input[name=email]');
    if (!input || !meant) return;
    input.value = meant;
    setMeant(null);
    input.focus();
  }

  return (
    <div ref={box} className="email">
      <Field
        form="checkout"
        name="email"
        label={t`E-mail`}
        type="email"
        autoComplete="email"
        required
        hint={t`The organizer writes to it if something changes.`}
        onText={(text) => setMeant(probablyMeant(text))}
      />
      <p className="meant" role="status">
        {meant && (
          <Trans>
            Did you mean{' '}
            <button type="button" className="meant-take" onClick={take}>
              {meant}
            </button>
            ?
          </Trans>
        )}
      </p>
    </div>
  );
}

/* Names on the tickets: left empty, each has the buyer's. */
function Attendees({ hold }: { hold: ShownHold }) {
  const { t } = useLingui();
  const alive = useAlive();
  const box = useRef<HTMLFieldSetElement>(null);

  function copyFromBuyer() {
    const form = box.current?.form;
    const name = form?.querySelector<HTMLInputElement>('input[name=name]')?.value ?? '';
    for (const input of box.current?.querySelectorAll<HTMLInputElement>('input[name^="attendee."]') ?? []) if (!input.value) input.value = name;
  }

  return (
    <fieldset className="attendees" ref={box}>
      <legend className="step-title">
        <Trans>Names on the tickets</Trans>
      </legend>
      <p className="field-hint">
        <Trans>Leave a name empty to have yours on it.</Trans>
      </p>
      {hold.positions.map((position, index) => (
        <div key={position.id}>
          <input type="hidden" name={`position.${index}`} value={position.id} />
          <Field
            form="checkout"
            name={`attendee.${index}`}
            label={t`Ticket ${index + 1}: ${[position.ticketType.name, position.seat].filter(Boolean).join(', ')}`}
            autoComplete={index === 0 ? 'off' : `section-guest${index} name`}
          />
        </div>
      ))}
      {alive && hold.positions.length > 1 && (
        <p>
          <button type="button" className="button button-quiet button-small" onClick={copyFromBuyer}>
            <Trans>Fill empty ones with my name</Trans>
          </button>
        </p>
      )}
    </fieldset>
  );
}

/* What was typed stays; the same form asks for the places again. */
function OverWhileTyping() {
  return (
    <div className="notice" role="alert">
      <h2 className="panel-title">
        <Trans>Your time is over</Trans>
      </h2>
      <p>
        <Trans>Your places went back on sale. What you typed is kept.</Trans>
      </p>
      <FormErrors form="renew" />
      <p>
        <button className="button" type="submit" name="form" value="renew">
          <Trans>Get them again</Trans>
        </button>
      </p>
    </div>
  );
}

/* Without a script nothing can appear when it is time: it is there from the start, below what Enter sends. */
function MoreTime() {
  return (
    <noscript>
      <button className="button button-quiet button-wide" type="submit" name="form" value="renew">
        <Trans>Keep my places longer</Trans>
      </button>
    </noscript>
  );
}

/* Everything that it takes, on one page. */
export function Details({ hold, action, attempt, isOver }: { hold: ShownHold; action: string; attempt: string; isOver: boolean }) {
  const { t } = useLingui();
  const isFree = isZero(hold.total);
  const sending = useAppSelector((state) => state.form.name === 'checkout' && state.form.state === 'sending');
  return (
    <PostForm name="checkout" action={action} className="details">
      <FormErrors form="checkout" />
      {!isOver && <FormErrors form="renew" />}
      <input type="hidden" name="paid" value={isFree ? 'no' : 'yes'} />
      <input type="hidden" name="key" value={attempt} />
      <fieldset className="buyer">
        <legend className="step-title">
          <Trans>Your details</Trans>
        </legend>
        <Field form="checkout" name="name" label={t`Name`} autoComplete="name" required />
        <EmailField />
      </fieldset>
      <Attendees hold={hold} />
      {!isFree && <PayMethods form="checkout" testMode={hold.event.testMode} />}
      <Consent organizer={hold.event.organizer} />
      {isOver && <OverWhileTyping />}
      <button className="button button-wide" type="submit" disabled={sending || isOver}>
        {sending ? (
          <Trans>One moment…</Trans>
        ) : isFree ? (
          <Trans>Get my tickets</Trans>
        ) : (
          <Trans>
            Order and pay <Money money={hold.total} />
          </Trans>
        )}
      </button>
      {!isOver && hold.extendableUntil && <MoreTime />}
      <p className="fine">
        <Trans>No account is needed.</Trans>
      </p>
    </PostForm>
  );
}
