/* One thing of the account at a time: its password, its address, its passkeys. Each asks for the password again, where there is one. */
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { Field, useAlive } from '../../parts/Field';
import { FormErrors } from '../../parts/FormErrors';
import { PostForm } from '../../parts/PostForm';
import { ConfirmField, EmailField, NewPasswordField, Sent, Sheet, Submit, useAnswer } from './parts';
import type { OwnProps, Viewer } from './Overview';
import { canUsePasskeys } from './webauthn';

export function Back() {
  return (
    <p>
      <Link to="/account">
        <Trans>Back to my account</Trans>
      </Link>
    </p>
  );
}

export function ChangePassword({ visit, viewer }: OwnProps) {
  const { t } = useLingui();
  return (
    <Sheet title={viewer.hasPassword ? t`Choose another password` : t`Choose a password`} lead={<Trans>You are signed out everywhere else by it.</Trans>}>
      <PostForm name="changePassword" action={visit.url} className="account-form">
        <FormErrors form="changePassword" />
        {/* For what keeps passwords: whose it is. */}
        <input type="text" name="email" autoComplete="username" defaultValue={viewer.email ?? ''} readOnly hidden />
        <ConfirmField viewer={viewer} form="changePassword" name="currentPassword" label={t`Your password now`} />
        <NewPasswordField form="changePassword" name="newPassword" label={t`The new password`} />
        <Submit form="changePassword">
          <Trans>Use this password</Trans>
        </Submit>
      </PostForm>
      <Back />
    </Sheet>
  );
}

export function ChangeEmail({ visit, viewer }: OwnProps) {
  const { t } = useLingui();
  const sent = useAnswer('requestEmail')?.sent;
  return (
    <Sheet
      title={t`Use another address`}
      lead={
        <Trans>
          Now it is <span dir="auto">{viewer.email}</span>.
        </Trans>
      }
    >
      {sent ? (
        <Sent to={sent}>
          <Trans>Nothing changes before you follow its link, within an hour. The old address is told, and can undo it for a week.</Trans>
        </Sent>
      ) : (
        <PostForm name="requestEmail" action={visit.url} className="account-form">
          <FormErrors form="requestEmail" />
          <EmailField form="requestEmail" name="newEmail" label={t`The new address`} autoComplete="email" />
          <ConfirmField viewer={viewer} form="requestEmail" />
          <Submit form="requestEmail">
            <Trans>Send a mail there</Trans>
          </Submit>
        </PostForm>
      )}
      <Back />
    </Sheet>
  );
}

function AddPasskey({ viewer, action }: { viewer: Viewer; action: string }) {
  const { t } = useLingui();
  const alive = useAlive();
  return (
    <Sheet title={t`Add a passkey`} lead={<Trans>Your device keeps it, and asks for your finger, your face or its code when it signs you in.</Trans>}>
      <noscript>
        <p className="notice">
          <Trans>Passkeys are made by a script. Without one, your password and a second step are as good.</Trans>
        </p>
      </noscript>
      {alive && !canUsePasskeys() && (
        <p className="notice">
          <Trans>This browser has no passkeys that this site can use.</Trans>
        </p>
      )}
      {alive && canUsePasskeys() && (
        <PostForm name="addPasskey" action={action} className="account-form">
          <FormErrors form="addPasskey" />
          <Field form="addPasskey" name="name" label={t`Name`} autoComplete="off" required hint={t`By which you know the device again, such as “Telephone”.`} />
          <ConfirmField viewer={viewer} form="addPasskey" />
          <Submit form="addPasskey">
            <Trans>Add a passkey</Trans>
          </Submit>
        </PostForm>
      )}
      <Back />
    </Sheet>
  );
}

function OnePasskey({ viewer, passkey, action }: { viewer: Viewer; passkey: Viewer['passkeys'][number]; action: string }) {
  const { t } = useLingui();
  return (
    <Sheet title={t`Change a passkey`}>
      <PostForm name="renamePasskey" action={action} className="account-form">
        <FormErrors form="renamePasskey" />
        <input type="hidden" name="passkeyId" value={passkey.id} />
        <Field form="renamePasskey" name="name" label={t`Name`} autoComplete="off" required initial={passkey.name} />
        <Submit form="renamePasskey">
          <Trans>Use this name</Trans>
        </Submit>
      </PostForm>
      <section className="account-part" aria-labelledby="remove">
        <h2 id="remove">
          <Trans>Remove it</Trans>
        </h2>
        <p>
          <Trans>It does not sign you in any more. Remove it from your device, too.</Trans>
        </p>
        <PostForm name="removePasskey" action={action} className="account-form">
          <FormErrors form="removePasskey" />
          <input type="hidden" name="passkeyId" value={passkey.id} />
          <ConfirmField viewer={viewer} form="removePasskey" />
          <Submit form="removePasskey" quiet>
            <Trans>Remove this passkey</Trans>
          </Submit>
        </PostForm>
      </section>
      <Back />
    </Sheet>
  );
}

/* Of one that has gone: to add another. */
export function Passkey({ visit, viewer }: OwnProps) {
  const passkey = viewer.passkeys.find(({ id }) => id === visit.search.get('id'));
  return passkey ? <OnePasskey viewer={viewer} passkey={passkey} action={visit.url} key={passkey.id} /> : <AddPasskey viewer={viewer} action={visit.url} />;
}
