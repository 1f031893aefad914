/* What the account's pages are made of. */
import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Field, useAlive } from '../../parts/Field';
import { Head } from '../../parts/Head';
import { useLocale } from '../../parts/locale';
import { formatTime, zoneName } from '../../format/time';
import type { FormName, Values } from '../../state/form';
import { useAppSelector } from '../../state/store';

/* One page: a column with a heading. None is for search engines. */
export function Sheet({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <section className="account">
      <Head title={`${title} – Tessera`} description={title} path={null} />
      <header className="account-head">
        <h1>{title}</h1>
        {lead && <p className="lead">{lead}</p>}
      </header>
      {children}
    </section>
  );
}

export function Submit({ form, quiet, children }: { form: FormName; quiet?: boolean; children: ReactNode }) {
  const sending = useAppSelector((state) => state.form.name === form && state.form.state === 'sending');
  return (
    <button className={`button button-wide${quiet ? ' button-quiet' : ''}`} type="submit" disabled={sending}>
      {sending ? <Trans>One moment…</Trans> : children}
    </button>
  );
}

/* What came of that form, to be shown; null: it was not sent, or refused. */
export function useAnswer(form: FormName): Values | null {
  return useAppSelector((state) => (state.form.name === form && state.form.state === 'answered' ? state.form.answer : null));
}

/* What a refused second form of a page was sent with: the first one's answer, as hidden inputs. */
export function useKept(form: FormName): Values | null {
  return useAppSelector((state) => (state.form.name === form && state.form.state !== 'done' ? state.form.values : null));
}

export function EmailField({ form, label, name = 'email', autoComplete = 'username' }: { form: FormName; label: string; name?: string; autoComplete?: string }) {
  return <Field form={form} name={name} label={label} type="email" autoComplete={autoComplete} required />;
}

/* One that is there already. */
export function PasswordField({ form, name = 'password', label }: { form: FormName; name?: string; label?: string }) {
  const { t } = useLingui();
  return <Field form={form} name={name} label={label ?? t`Password`} type="password" autoComplete="current-password" required />;
}

/* What says that it is he: of an account without a password its sign-in does, for some minutes. */
export function ConfirmField({ viewer, ...field }: { viewer: { hasPassword: boolean }; form: FormName; name?: string; label?: string }) {
  return viewer.hasPassword ? <PasswordField {...field} /> : null;
}

export function NewPasswordField({ form, name = 'password', label }: { form: FormName; name?: string; label?: string }) {
  const { t } = useLingui();
  return (
    <Field
      form={form}
      name={name}
      label={label ?? t`Choose a password`}
      type="password"
      autoComplete="new-password"
      required
      hint={t`At least 8 characters. A few words in a row are good, and easy to keep.`}
    />
  );
}

/* `ofApp`: no recovery code will do, for there are none yet. */
export function CodeField({ form, ofApp }: { form: FormName; ofApp?: boolean }) {
  const { t } = useLingui();
  const hint = ofApp ? t`The six digits that your app shows.` : t`From your authenticator app, or a recovery code.`;
  return <Field form={form} name="code" label={t`Code`} autoComplete="one-time-code" required hint={hint} />;
}

/* At the reader's clock, which only his browser knows. */
export function When({ at }: { at: string }) {
  const locale = useLocale();
  const alive = useAlive();
  const there = [formatTime(at, 'moment', locale, 'UTC'), zoneName(at, locale, 'UTC')].join(' ');
  return <time dateTime={at}>{alive ? formatTime(at, 'moment', locale) : there}</time>;
}

/* A provider's name, which is a part of its addresses, as people write it. */
export const titled = (provider: string) => provider.charAt(0).toUpperCase() + provider.slice(1);

/* After whatever sends a mail: the same words for every address. */
export function Sent({ to, children }: { to: string; children: ReactNode }) {
  return (
    <div className="notice notice-good" role="status">
      <p>
        <Trans>
          A mail is on its way to <strong dir="auto">{to}</strong>.
        </Trans>{' '}
        {children}
      </p>
    </div>
  );
}
