/*
 * Who may sign one in from elsewhere: linked, and unlinked. One consents, signs in there, comes back with a token in the address's
 * fragment, which no server sees, and consents to what it stands for.
 */
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { useAlive } from '../../parts/Field';
import { FormErrors } from '../../parts/FormErrors';
import { PostForm } from '../../parts/PostForm';
import type { Visit } from '../../routes';
import { Back } from './Change';
import type { OwnProps, Viewer } from './Overview';
import { ConfirmField, Sheet, Submit, titled, useAnswer } from './parts';
import { tokenOf } from './paths';

function NoScript() {
  return (
    <noscript>
      <p className="notice">
        <Trans>Linking takes a script, and none runs in this browser.</Trans>
      </p>
    </noscript>
  );
}

/* Off our pages. Not as a form's redirect: the policy lets forms lead to no other site. */
function Leaving({ name, url }: { name: string; url: string }) {
  const { t } = useLingui();
  useEffect(() => window.location.assign(url), [url]);
  return (
    <Sheet title={t`Link ${name}`}>
      <p>
        <a className="button" href={url}>
          <Trans>
            Go on to <bdi>{name}</bdi>
          </Trans>
        </a>
      </p>
    </Sheet>
  );
}

function BeginLink({ viewer, provider, action }: { viewer: Viewer; provider: string; action: string }) {
  const { t } = useLingui();
  const name = titled(provider);
  return (
    <Sheet title={t`Link ${name}`} lead={<Trans>You sign in there, and come back here. Nothing is linked before you say so once more.</Trans>}>
      <NoScript />
      <PostForm name="startLink" action={action} className="account-form">
        <FormErrors form="startLink" />
        <input type="hidden" name="provider" value={provider} />
        <ConfirmField viewer={viewer} form="startLink" />
        <Submit form="startLink">
          <Trans>
            Go on to <bdi>{name}</bdi>
          </Trans>
        </Submit>
      </PostForm>
      <Back />
    </Sheet>
  );
}

function FinishLink({ email, name, token, action }: { email: string | null; name: string; token: string; action: string }) {
  const { t } = useLingui();
  return (
    <Sheet
      title={t`Link ${name}`}
      lead={
        <Trans>
          Whoever signed in to <bdi>{name}</bdi> just now can sign in to your account with it from now on: to that of <bdi>{email}</bdi>.
        </Trans>
      }
    >
      <PostForm name="linkProvider" action={action} className="account-form">
        <FormErrors form="linkProvider" />
        <input type="hidden" name="token" value={token} />
        <Submit form="linkProvider">
          <Trans>Link it</Trans>
        </Submit>
      </PostForm>
      <p className="fine">
        <Trans>
          It took too long? <Link to={action}>Begin anew</Link>.
        </Trans>
      </p>
      <Back />
    </Sheet>
  );
}

function OneProvider({ viewer, provider, action }: { viewer: Viewer; provider: string; action: string }) {
  const alive = useAlive();
  const { state } = useLocation() as { state: { token?: string } | null };
  const url = useAnswer('startLink')?.url;
  if (url) return <Leaving name={titled(provider)} url={url} />;
  const token = alive ? state?.token : undefined; /* which the server did not know of */
  return token ? <FinishLink email={viewer.email} name={titled(provider)} token={token} action={action} /> : <BeginLink viewer={viewer} provider={provider} action={action} />;
}

function OneIdentity({ viewer, identity, action }: { viewer: Viewer; identity: Viewer['providerIdentities'][number]; action: string }) {
  const { t } = useLingui();
  const name = titled(identity.provider);
  return (
    <Sheet title={t`Remove ${name}`} lead={<Trans>It does not sign you in here any more. What you have there stays as it is.</Trans>}>
      <PostForm name="unlinkProvider" action={action} className="account-form">
        <FormErrors form="unlinkProvider" />
        <input type="hidden" name="providerIdentityId" value={identity.id} />
        <ConfirmField viewer={viewer} form="unlinkProvider" />
        <Submit form="unlinkProvider">
          <Trans>
            Remove <bdi>{name}</bdi>
          </Trans>
        </Submit>
      </PostForm>
      <Back />
    </Sheet>
  );
}

export function Provider({ visit, viewer, providers }: OwnProps) {
  const { t } = useLingui();
  const identity = viewer.providerIdentities.find(({ id }) => id === visit.search.get('id'));
  const provider = providers.find(({ name }) => name === visit.search.get('name'));
  if (identity) return <OneIdentity viewer={viewer} identity={identity} action={visit.url} />;
  if (provider) return <OneProvider viewer={viewer} provider={provider.name} action={visit.url} />;
  return (
    <Sheet title={t`Other ways to sign in`} lead={<Trans>There is no such provider here.</Trans>}>
      <Back />
    </Sheet>
  );
}

/*
 * Back from there. A browser that another site sent here does not show our cookies yet, so this page is nobody's: it takes the token out of
 * the address, and goes on to the page of who is signed in with it.
 */
export function Arrived({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [isEmpty, setEmpty] = useState(false);
  const provider = visit.search.get('name') ?? '';
  const name = titled(provider);
  useEffect(() => {
    const token = tokenOf(window.location.hash);
    if (token) void navigate(`/account/provider?name=${encodeURIComponent(provider)}`, { replace: true, state: { token } });
    else setEmpty(true);
  }, [provider, navigate]);
  return (
    <Sheet title={name ? t`Link ${name}` : t`Other ways to sign in`} lead={isEmpty ? <Trans>Nothing came back from there. Please begin anew.</Trans> : <Trans>One moment…</Trans>}>
      <NoScript />
      <Back />
    </Sheet>
  );
}
