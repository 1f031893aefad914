/* Making an account, and what mails lead to. A link does nothing by itself: what it is for takes a press. */
import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Field } from '../../parts/Field';
import { FormErrors } from '../../parts/FormErrors';
import { PostForm } from '../../parts/PostForm';
import type { Visit } from '../../routes';
import type { FormName } from '../../state/form';
import { EmailField, NewPasswordField, Sent, Sheet, Submit, useAnswer } from './parts';
import { SecondStep, useChallenge } from './SignIn';

export function SignUp({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  const sent = useAnswer('signUp')?.sent;
  return (
    <Sheet title={t`Make an account`} lead={<Trans>It keeps your tickets together. To buy some, none is needed.</Trans>}>
      {sent ? (
        <Sent to={sent}>
          <Trans>It says how to go on; its link is good for a day.</Trans>
        </Sent>
      ) : (
        <PostForm name="signUp" action={visit.url} className="account-form">
          <FormErrors form="signUp" />
          <Field form="signUp" name="name" label={t`Name`} autoComplete="name" required />
          <EmailField form="signUp" label={t`E-mail`} autoComplete="email" />
          <Submit form="signUp">
            <Trans>Go on</Trans>
          </Submit>
          <p className="fine">
            <Trans>We send a mail to this address. You choose a password there.</Trans>
          </p>
        </PostForm>
      )}
      <p>
        <Trans>
          You have one already? <Link to="/account/sign-in">Sign in</Link>.
        </Trans>
      </p>
    </Sheet>
  );
}

export function ForgotPassword({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  const sent = useAnswer('requestReset')?.sent;
  return (
    <Sheet title={t`Choose another password`} lead={<Trans>We send you a link for it.</Trans>}>
      {sent ? (
        <Sent to={sent}>
          <Trans>If there is an account with this address, its link is good for an hour.</Trans>
        </Sent>
      ) : (
        <PostForm name="requestReset" action={visit.url} className="account-form">
          <FormErrors form="requestReset" />
          <EmailField form="requestReset" label={t`E-mail`} />
          <Submit form="requestReset">
            <Trans>Send me a link</Trans>
          </Submit>
        </PostForm>
      )}
      <p>
        <Link to="/account/sign-in">
          <Trans>Back to signing in</Trans>
        </Link>
      </p>
    </Sheet>
  );
}

interface TokenProps {
  form: FormName;
  visit: Visit;
  title: string;
  lead: ReactNode;
  button: ReactNode;
  /* Where to ask for another link. */
  again: ReactNode;
  withPassword?: boolean;
}

/* A mail's token, with a new password or a press alone. */
function TokenPage({ form, visit, title, lead, button, again, withPassword }: TokenProps) {
  const second = useChallenge();
  const token = visit.search.get('token') ?? '';
  if (second) return <SecondStep {...second} action={visit.url} />;
  return (
    <Sheet title={title} lead={lead}>
      <PostForm name={form} action={visit.url} className="account-form">
        <FormErrors form={form} />
        <input type="hidden" name="token" value={token} />
        {withPassword && <NewPasswordField form={form} />}
        <Submit form={form}>{button}</Submit>
      </PostForm>
      <p className="fine">{again}</p>
    </Sheet>
  );
}

export function VerifyEmail({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  return (
    <TokenPage
      form="verifyEmail"
      visit={visit}
      title={t`Your account is almost there`}
      lead={<Trans>Choose its password, and you are signed in.</Trans>}
      button={<Trans>Make my account</Trans>}
      again={
        <Trans>
          The link does not work? <Link to="/account/sign-up">Ask for another one</Link>.
        </Trans>
      }
      withPassword
    />
  );
}

export function ResetPassword({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  return (
    <TokenPage
      form="resetPassword"
      visit={visit}
      title={t`Choose another password`}
      lead={<Trans>You are signed out everywhere else by it.</Trans>}
      button={<Trans>Use this password</Trans>}
      again={
        <Trans>
          The link does not work? <Link to="/account/forgot-password">Ask for another one</Link>.
        </Trans>
      }
      withPassword
    />
  );
}

export function UndoEmail({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  return (
    <TokenPage
      form="undoEmail"
      visit={visit}
      title={t`Get your address back`}
      lead={<Trans>Your account has this address again, with another password. Whoever is signed in is signed out, and a second factor that was set up since goes.</Trans>}
      button={<Trans>Undo the change</Trans>}
      again={<Trans>The link is good for a week after the change.</Trans>}
      withPassword
    />
  );
}

export function ConfirmEmail({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  return (
    <TokenPage
      form="confirmEmail"
      visit={visit}
      title={t`Use this address`}
      lead={<Trans>From now on you sign in with the address that this mail went to.</Trans>}
      button={<Trans>Use this address</Trans>}
      again={
        <Trans>
          The link does not work? <Link to="/account/email">Ask for another one</Link>.
        </Trans>
      }
    />
  );
}

export function AcceptInvitation({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  return (
    <TokenPage
      form="acceptInvitation"
      visit={visit}
      title={t`Join the team`}
      lead={<Trans>You were invited to work together with others who sell tickets here.</Trans>}
      button={<Trans>Join the team</Trans>}
      again={<Trans>The link does not work? Who invited you can send another one.</Trans>}
    />
  );
}
