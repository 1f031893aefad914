/* Signing in: by password, by a mail's link, by a passkey, or by who vouches for one; then the second step, where the account has one. */
import { useApolloClient } from '@apollo/client/react';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { Link } from 'react-router';
import { SignInPageDocument, StartPasskeySignInDocument } from '../../graphql/account/generated/graphql';
import { Field, useAlive } from '../../parts/Field';
import { FormErrors } from '../../parts/FormErrors';
import { useConfig } from '../../parts/locale';
import { PostForm } from '../../parts/PostForm';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { formSent } from '../../state/form';
import { useAppDispatch } from '../../state/store';
import { signInVariables } from './load';
import { CodeField, PasswordField, Sent, Sheet, Submit, titled, useAnswer, useKept } from './parts';
import { pathOf } from './paths';
import { canOfferPasskeys, canUsePasskeys, usePasskey } from './webauthn';

/* The second step, after whichever first one. */
export function SecondStep({ challenge, next, action }: { challenge: string; next: string; action: string }) {
  const { t } = useLingui();
  return (
    <Sheet title={t`One more step`} lead={<Trans>Your account asks for a code, too.</Trans>}>
      <PostForm name="secondStep" action={action} className="account-form">
        <FormErrors form="secondStep" />
        <input type="hidden" name="challenge" value={challenge} />
        <input type="hidden" name="next" value={next} />
        <CodeField form="secondStep" />
        <Submit form="secondStep">
          <Trans>Sign in</Trans>
        </Submit>
      </PostForm>
      <p className="fine">
        <Trans>
          It took too long, or you have no code? <Link to="/account/sign-in">Begin anew</Link>.
        </Trans>
      </p>
    </Sheet>
  );
}

/* The challenge that the last form was answered with, or that a refused code belongs to. */
export function useChallenge(): { challenge: string; next: string } | null {
  const answers = [useAnswer('signIn'), useAnswer('signInByLink'), useAnswer('resetPassword'), useAnswer('undoEmail'), useKept('secondStep')];
  const { challenge, next } = answers.find((answer) => answer?.challenge) ?? {};
  return challenge ? { challenge, next: pathOf(next) } : null;
}

/* The browser offers passkeys where the address is typed, when it can. */
function usePasskeyOffer(action: string, next: string): void {
  const client = useApolloClient();
  const dispatch = useAppDispatch();
  useEffect(() => {
    let gone = false;
    const offer = async () => {
      if (!(await canOfferPasskeys()) || gone) return;
      const { data } = await client.mutate({ mutation: StartPasskeySignInDocument });
      const said = await usePasskey(data?.startPasskeySignIn.options ?? '', 'conditional');
      if (!gone) dispatch(formSent({ name: 'signInByPasskey', url: action, values: { ...said, next } }));
    };
    offer().catch((error: unknown) => console.info(`passkeys: ${String(error)}`)); /* the other ways are there */
    return () => {
      gone = true;
    };
  }, [action, client, dispatch, next]);
}

function PasskeyButton({ action, next }: { action: string; next: string }) {
  const alive = useAlive();
  if (!alive || !canUsePasskeys()) return null;
  return (
    <PostForm name="signInByPasskey" action={action} className="account-form">
      <FormErrors form="signInByPasskey" />
      <input type="hidden" name="next" value={next} />
      <Submit form="signInByPasskey" quiet>
        <Trans>Sign in with a passkey</Trans>
      </Submit>
    </PostForm>
  );
}

function Providers({ visit, next }: { visit: Visit; next: string }) {
  const { base } = useConfig();
  const data = useShown(SignInPageDocument, signInVariables(visit));
  const to = `${base}/account/welcome?next=${encodeURIComponent(next)}`;
  return data?.providers.map((provider) => {
    const name = titled(provider.name);
    return (
      <a key={provider.startUrl} className="button button-quiet button-wide" href={`${provider.startUrl}?returnTo=${encodeURIComponent(to)}`}>
        <Trans>
          Sign in with <bdi>{name}</bdi>
        </Trans>
      </a>
    );
  });
}

/* Browsers keep our cookies only where nobody listens. */
function Insecure() {
  const { origin } = useConfig();
  if (/^https:|^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/.test(origin)) return null;
  return (
    <p className="notice">
      <Trans>This site is open without encryption, so browsers will not stay signed in here.</Trans>
    </p>
  );
}

function Done({ what }: { what: string | null }) {
  if (what !== 'out' && what !== 'everywhere') return null;
  return (
    <p className="notice notice-good" role="status">
      {what === 'out' ? <Trans>You are signed out.</Trans> : <Trans>You are signed out, here and everywhere else.</Trans>}
    </p>
  );
}

function ByLink({ action }: { action: string }) {
  const { t } = useLingui();
  const sent = useAnswer('requestLink')?.sent;
  const kept = useKept('requestLink');
  return (
    <details className="account-other" open={sent !== undefined || kept !== null}>
      <summary>
        <Trans>Have a link sent to you instead</Trans>
      </summary>
      {sent ? (
        <Sent to={sent}>
          <Trans>If there is an account with this address, its link signs you in: in this browser, for a quarter of an hour.</Trans>
        </Sent>
      ) : (
        <PostForm name="requestLink" action={action} className="account-form">
          <FormErrors form="requestLink" />
          <Field form="requestLink" name="email" label={t`E-mail`} type="email" autoComplete="email" required hint={t`Its link signs you in, in this browser alone.`} />
          <Submit form="requestLink" quiet>
            <Trans>Send me a link</Trans>
          </Submit>
        </PostForm>
      )}
    </details>
  );
}

/* From a mail: a button, for programs that look at links must not use them up. */
function FromMail({ token, action }: { token: string; action: string }) {
  const { t } = useLingui();
  return (
    <Sheet title={t`Sign in`} lead={<Trans>You asked for this link. One press, and you are in.</Trans>}>
      <PostForm name="signInByLink" action={action} className="account-form">
        <FormErrors form="signInByLink" />
        <input type="hidden" name="token" value={token} />
        <Submit form="signInByLink">
          <Trans>Sign in</Trans>
        </Submit>
      </PostForm>
      <p className="fine">
        <Trans>
          It works in the browser that asked for it. <Link to="/account/sign-in">Sign in another way</Link>.
        </Trans>
      </p>
    </Sheet>
  );
}

function FirstStep({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  const next = pathOf(visit.search.get('next'));
  const action = visit.url;
  usePasskeyOffer(action, next);
  return (
    <Sheet title={t`Sign in`}>
      <Done what={visit.search.get('done')} />
      <Insecure />
      <PostForm name="signIn" action={action} className="account-form">
        <FormErrors form="signIn" />
        <input type="hidden" name="next" value={next} />
        <Field form="signIn" name="email" label={t`E-mail`} type="email" autoComplete="username webauthn" required />
        <PasswordField form="signIn" />
        <Submit form="signIn">
          <Trans>Sign in</Trans>
        </Submit>
        <p>
          <Link to="/account/forgot-password">
            <Trans>I have forgotten my password</Trans>
          </Link>
        </p>
      </PostForm>
      <div className="account-ways">
        <PasskeyButton action={action} next={next} />
        <Providers visit={visit} next={next} />
        <ByLink action={action} />
      </div>
      <p>
        <Trans>
          You have no account yet? <Link to="/account/sign-up">Make one</Link>. To buy tickets none is needed.
        </Trans>
      </p>
    </Sheet>
  );
}

export function SignIn({ visit }: { visit: Visit }) {
  const second = useChallenge();
  const token = visit.search.get('token');
  if (second) return <SecondStep {...second} action={visit.url} />;
  return token ? <FromMail token={token} action={visit.url} /> : <FirstStep visit={visit} />;
}

/*
 * Back from a provider. A browser that another site sent here does not show our cookies yet; from this page on it does.
 */
export function Welcome({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  const { base } = useConfig();
  const kept = useKept('secondStep');
  const challenge = visit.search.get('challenge');
  const next = pathOf(visit.search.get('next'));
  if (challenge || kept) return <SecondStep challenge={challenge ?? ''} next={next} action={visit.url} />;
  return (
    <Sheet title={t`You are signed in`}>
      <meta httpEquiv="refresh" content={`0;url=${base}${next}`} />
      <p>
        <a className="button" href={base + next}>
          <Trans>Go on</Trans>
        </a>
      </p>
    </Sheet>
  );
}
