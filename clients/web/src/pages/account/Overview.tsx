/* The account at a glance: what signs in, and where somebody is signed in. */
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { AccountQuery } from '../../graphql/account/generated/graphql';
import { FormErrors } from '../../parts/FormErrors';
import { PostForm } from '../../parts/PostForm';
import type { Visit } from '../../routes';
import { useAppSelector } from '../../state/store';
import { Sheet, Submit, titled, When } from './parts';

export type Viewer = NonNullable<AccountQuery['viewer']>;

export interface OwnProps {
  visit: Visit;
  viewer: Viewer;
  /* With whom one may sign in here. */
  providers: AccountQuery['providers'];
}

/* What was done just now, named by the address that it led to; said when the page shows it, too. */
function Done({ visit }: { visit: Visit }) {
  const what = visit.search.get('done');
  const isRead = useAppSelector(({ page }) => page.url === visit.url && page.state === 'ready');
  const words: Record<string, ReactNode> = {
    account: <Trans>Your account is made. Welcome!</Trans>,
    password: <Trans>Your password is changed. You are signed out everywhere else.</Trans>,
    email: <Trans>Your e-mail address is changed.</Trans>,
    undone: <Trans>Your account has its address back, and the new password.</Trans>,
    session: <Trans>The session has ended.</Trans>,
    passkey: <Trans>The passkey is added. It signs you in from now on.</Trans>,
    renamed: <Trans>The passkey has its new name.</Trans>,
    removed: <Trans>The passkey is removed.</Trans>,
    linked: <Trans>It is linked, and signs you in from now on.</Trans>,
    unlinked: <Trans>It is removed, and does not sign you in any more.</Trans>,
    'factor-off': <Trans>The second step is off. Your password alone signs you in.</Trans>,
    team: <Trans>You are on the team.</Trans>,
  };
  const said = isRead && what !== null && Object.hasOwn(words, what) ? words[what] : null;
  return said ? (
    <p className="notice notice-good" role="status">
      {said}
    </p>
  ) : null;
}

function Row({ name, to, change, children }: { name: ReactNode; to: string; change: ReactNode; children: ReactNode }) {
  return (
    <div className="account-row">
      <dt>{name}</dt>
      <dd>{children}</dd>
      <dd className="account-row-change">
        <Link to={to}>{change}</Link>
      </dd>
    </div>
  );
}

function WaysIn({ viewer }: { viewer: Viewer }) {
  const left = viewer.secondFactor?.recoveryCodesLeft ?? 0;
  return (
    <section className="account-part" aria-labelledby="ways-in">
      <h2 id="ways-in">
        <Trans>Signing in</Trans>
      </h2>
      <dl className="account-rows">
        <Row name={<Trans>E-mail</Trans>} to="/account/email" change={<Trans>Use another address</Trans>}>
          <span dir="auto">{viewer.email}</span>
        </Row>
        <Row name={<Trans>Password</Trans>} to="/account/password" change={viewer.hasPassword ? <Trans>Choose another password</Trans> : <Trans>Choose a password</Trans>}>
          {viewer.hasPassword ? '••••••••' : <Trans>None yet.</Trans>}
        </Row>
        <Row
          name={<Trans>Second step</Trans>}
          to="/account/second-factor"
          change={viewer.secondFactor ? <Trans>Look at the second step</Trans> : <Trans>Set up a second step</Trans>}
        >
          {viewer.secondFactor ? (
            <>
              <Trans>A code of your app.</Trans> <Plural value={left} one="# recovery code is left." other="# recovery codes are left." />
            </>
          ) : (
            <Trans>None: your password alone signs you in.</Trans>
          )}
        </Row>
      </dl>
    </section>
  );
}

/* Without an address: an organizer's own provider brought him. */
function OfOrganizer() {
  return (
    <p>
      <Trans>This account is your organizer’s: you sign in to it as you do at work, and no other way.</Trans>
    </p>
  );
}

function Passkeys({ viewer }: { viewer: Viewer }) {
  return (
    <section className="account-part" aria-labelledby="passkeys">
      <h2 id="passkeys">
        <Trans>Passkeys</Trans>
      </h2>
      <p className="fine">
        <Trans>A passkey is kept by your device, and signs you in by your finger, your face or its code.</Trans>
      </p>
      {viewer.passkeys.length > 0 && (
        <ul className="account-list">
          {viewer.passkeys.map(({ id, name, createdAt, lastUsedAt }) => (
            <li key={id}>
              <p>
                <strong dir="auto">{name}</strong>
                <span className="account-when">
                  {lastUsedAt ? (
                    <Trans>
                      used <When at={lastUsedAt} />
                    </Trans>
                  ) : (
                    <Trans>
                      added <When at={createdAt} />
                    </Trans>
                  )}
                </span>
              </p>
              <Link className="button button-quiet button-small" to={`/account/passkey?id=${encodeURIComponent(id)}`}>
                <Trans>
                  Change<span className="for-ears"> {name}</span>
                </Trans>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <p>
        <Link className="button button-quiet" to="/account/passkey">
          <Trans>Add a passkey</Trans>
        </Link>
      </p>
    </section>
  );
}

function Linked({ id, provider, linkedAt }: Viewer['providerIdentities'][number]) {
  const name = titled(provider);
  return (
    <li>
      <p>
        <strong dir="auto">{name}</strong>
        <span className="account-when">
          <Trans>
            linked <When at={linkedAt} />
          </Trans>
        </span>
      </p>
      <Link className="button button-quiet button-small" to={`/account/provider?id=${encodeURIComponent(id)}`}>
        <Trans>
          Remove<span className="for-ears"> {name}</span>
        </Trans>
      </Link>
    </li>
  );
}

function Unlinked({ provider }: { provider: string }) {
  const name = titled(provider);
  return (
    <p>
      <Link className="button button-quiet" to={`/account/provider?name=${encodeURIComponent(provider)}`}>
        <Trans>
          Link <bdi>{name}</bdi>
        </Trans>
      </Link>
    </p>
  );
}

function Providers({ viewer, providers }: Omit<OwnProps, 'visit'>) {
  const linked = viewer.providerIdentities;
  const others = providers.filter(({ name }) => !linked.some(({ provider }) => provider === name));
  if (linked.length + others.length === 0) return null;
  return (
    <section className="account-part" aria-labelledby="providers">
      <h2 id="providers">
        <Trans>Other ways to sign in</Trans>
      </h2>
      <p className="fine">
        <Trans>Who knows you elsewhere signs you in here, without your password.</Trans>
      </p>
      {linked.length > 0 && (
        <ul className="account-list">
          {linked.map((identity) => (
            <Linked key={identity.id} {...identity} />
          ))}
        </ul>
      )}
      {others.map(({ name }) => (
        <Unlinked key={name} provider={name} />
      ))}
    </section>
  );
}

function Sessions({ viewer }: { viewer: Viewer }) {
  return (
    <section className="account-part" aria-labelledby="sessions">
      <h2 id="sessions">
        <Trans>Where you are signed in</Trans>
      </h2>
      <FormErrors form="endSession" all />
      <ul className="account-list">
        {viewer.sessions.map(({ id, createdAt, lastUsedAt, current }) => (
          <li key={id}>
            <p>
              <strong>{current ? <Trans>This browser</Trans> : <Trans>Another browser or app</Trans>}</strong>
              <span className="account-when" id={`since-${id}`}>
                <Trans>
                  since <When at={createdAt} />, last active <When at={lastUsedAt} />
                </Trans>
              </span>
            </p>
            {!current && (
              <PostForm name="endSession" action="/account">
                <input type="hidden" name="sessionId" value={id} />
                <button className="button button-quiet button-small" type="submit" aria-describedby={`since-${id}`}>
                  <Trans>End it</Trans>
                </button>
              </PostForm>
            )}
          </li>
        ))}
      </ul>
      <div className="account-out">
        <FormErrors form="signOut" />
        <FormErrors form="signOutEverywhere" />
        <PostForm name="signOut" action="/account">
          <Submit form="signOut">
            <Trans>Sign out</Trans>
          </Submit>
        </PostForm>
        <PostForm name="signOutEverywhere" action="/account">
          <Submit form="signOutEverywhere" quiet>
            <Trans>Sign out everywhere</Trans>
          </Submit>
        </PostForm>
      </div>
    </section>
  );
}

export function Overview({ visit, viewer, providers }: OwnProps) {
  const { t } = useLingui();
  return (
    <Sheet
      title={t`My account`}
      lead={
        <Trans>
          Hello, <span dir="auto">{viewer.name}</span>.
        </Trans>
      }
    >
      <Done visit={visit} />
      <p>
        <Link className="button" to="/tickets">
          <Trans>My tickets</Trans>
        </Link>
      </p>
      {viewer.email === null ? (
        <OfOrganizer />
      ) : (
        <>
          <WaysIn viewer={viewer} />
          <Passkeys viewer={viewer} />
          <Providers viewer={viewer} providers={providers} />
        </>
      )}
      <Sessions viewer={viewer} />
    </Sheet>
  );
}
