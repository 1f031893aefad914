/* A second step of signing in: an app that shows codes, and recovery codes for who has lost it. */
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { encode } from 'uqr';
import { FormErrors } from '../../parts/FormErrors';
import { PostForm } from '../../parts/PostForm';
import type { Values } from '../../state/form';
import { Back } from './Change';
import type { OwnProps, Viewer } from './Overview';
import { CodeField, ConfirmField, Sheet, Submit, useAnswer, useKept, When } from './parts';

/* Dark on white whatever the page's colours are: cameras want it so. */
function QrCode({ text, label }: { text: string; label: string }) {
  const { size, data } = encode(text, { ecc: 'M', border: 3 });
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  return (
    <svg className="account-qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <path d={path} />
    </svg>
  );
}

/* Shown once: they are nowhere to be had again. */
function RecoveryCodes({ codes }: { codes: string[] }) {
  const { t } = useLingui();
  return (
    <Sheet title={t`Your recovery codes`} lead={<Trans>Each signs you in once when you have no app at hand. Keep them where nobody else looks: they are shown only now.</Trans>}>
      <ul className="account-codes" dir="ltr">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <p>
        <Link className="button" to="/account">
          <Trans>I have kept them</Trans>
        </Link>
      </p>
    </Sheet>
  );
}

function Start({ viewer, action }: { viewer: Viewer; action: string }) {
  const { t } = useLingui();
  return (
    <Sheet title={t`Set up a second step`} lead={<Trans>Whoever learns your password is then not in yet: signing in asks for a code that an app on your telephone shows, too.</Trans>}>
      <PostForm name="startTotp" action={action} className="account-form">
        <FormErrors form="startTotp" />
        <ConfirmField viewer={viewer} form="startTotp" />
        <Submit form="startTotp">
          <Trans>Go on</Trans>
        </Submit>
      </PostForm>
      <Back />
    </Sheet>
  );
}

function Confirm({ begun, action }: { begun: Values; action: string }) {
  const { t } = useLingui();
  const { token = '', secret = '', uri = '' } = begun;
  return (
    <Sheet title={t`Show this to your app`} lead={<Trans>Read the picture with your authenticator app, or type the key into it. Then write here the code that it shows.</Trans>}>
      {uri && <QrCode text={uri} label={t`The key of your second step, for your app`} />}
      <p>
        <Trans>
          The key: <code className="account-key" dir="ltr">{secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
        </Trans>
      </p>
      <PostForm name="confirmTotp" action={action} className="account-form">
        <FormErrors form="confirmTotp" />
        <input type="hidden" name="token" value={token} />
        <input type="hidden" name="secret" value={secret} />
        <input type="hidden" name="uri" value={uri} />
        <CodeField form="confirmTotp" ofApp />
        <Submit form="confirmTotp">
          <Trans>Turn it on</Trans>
        </Submit>
      </PostForm>
      <Back />
    </Sheet>
  );
}

function Manage({ viewer, factor, action }: { viewer: Viewer; factor: NonNullable<Viewer['secondFactor']>; action: string }) {
  const { t } = useLingui();
  return (
    <Sheet
      title={t`Your second step`}
      lead={
        <Trans>
          Signing in asks for a code of your app, since <When at={factor.since} />.
        </Trans>
      }
    >
      <section className="account-part" aria-labelledby="codes">
        <h2 id="codes">
          <Trans>Recovery codes</Trans>
        </h2>
        <p>
          <Plural value={factor.recoveryCodesLeft} one="# is left." other="# are left." /> <Trans>New ones take the place of all before.</Trans>
        </p>
        <PostForm name="renewCodes" action={action} className="account-form">
          <FormErrors form="renewCodes" />
          <ConfirmField viewer={viewer} form="renewCodes" />
          <CodeField form="renewCodes" />
          <Submit form="renewCodes">
            <Trans>Make new recovery codes</Trans>
          </Submit>
        </PostForm>
      </section>
      <section className="account-part" aria-labelledby="off">
        <h2 id="off">
          <Trans>Turn it off</Trans>
        </h2>
        <PostForm name="removeTotp" action={action} className="account-form">
          <FormErrors form="removeTotp" />
          <ConfirmField viewer={viewer} form="removeTotp" />
          <CodeField form="removeTotp" />
          <Submit form="removeTotp" quiet>
            <Trans>Turn the second step off</Trans>
          </Submit>
        </PostForm>
      </section>
      <Back />
    </Sheet>
  );
}

export function SecondFactor({ visit, viewer }: OwnProps) {
  const made = [useAnswer('confirmTotp'), useAnswer('renewCodes')].find((answer) => answer?.codes);
  const begun = [useAnswer('startTotp'), useKept('confirmTotp')].find((answer) => answer?.token);
  const { url } = visit;
  if (made?.codes) return <RecoveryCodes codes={made.codes.split(' ')} />;
  if (viewer.secondFactor) return <Manage viewer={viewer} factor={viewer.secondFactor} action={url} />;
  return begun ? <Confirm begun={begun} action={url} /> : <Start viewer={viewer} action={url} />;
}
