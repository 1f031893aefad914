/*
 * What the account's forms do; each once, for browsers and for the server. Whoever asks for a mail is told the same whether his address
 * is known or not.
 */
import type { MessageDescriptor } from '@lingui/core';
import { call, type SagaGenerator } from 'typed-redux-saga';
import {
  AcceptInvitationDocument, ChangePasswordDocument, ConfirmEmailChangeDocument, ConfirmTotpDocument, CreatePasskeyDocument, EndSessionDocument, LinkProviderDocument, RemovePasskeyDocument,
  RemoveTotpDocument, RenamePasskeyDocument, RenewRecoveryCodesDocument, RequestEmailChangeDocument, RequestPasswordResetDocument, RequestSignInLinkDocument, ResetPasswordDocument,
  SignInByLinkDocument, SignInByPasskeyDocument, SignInByPasswordDocument, SignInSecondStepDocument, SignUpDocument, StartPasskeyDocument, StartPasskeySignInDocument, StartProviderLinkDocument, StartTotpDocument,
  UndoEmailChangeDocument, UnlinkProviderDocument, VerifyEmailDocument, type RefusalFragment, type TokensFragment,
} from '../../graphql/account/generated/graphql';
import { change } from '../../sagas/ask';
import { useContext } from '../../sagas/context';
import type { FormSaga, Outcome, OwnForms } from '../../sagas/form';
import type { FormError, Values } from '../../state/form';
import { browserToken, keepBrowserToken } from './cookies';
import { pathOf } from './paths';
import { begin, changeOwn, codeOf, end } from './session';
import { createPasskey, PasskeyProblem, usePasskey } from './webauthn';
import { ADDRESS, errorsOf, INVITED_ELSE, NAME, NOT_LINKED, OFTEN, PASSKEY_WRONG, SIGNED_OUT, STALE, TOTP_LATE } from './words';
import { isEmail } from '../../format/email';

type Own = Record<string, MessageDescriptor>;

function* refused(userErrors: readonly RefusalFragment[], own?: Own): SagaGenerator<Outcome> {
  return { errors: errorsOf(yield* useContext('i18n'), userErrors, own) };
}

function* wrong(field: string | null, words: MessageDescriptor): SagaGenerator<{ errors: FormError[] }> {
  const i18n = yield* useContext('i18n');
  return { errors: [{ field, code: 'INVALID_INPUT', message: i18n._(words) }] };
}

const text = (values: Values, name: string) => (values[name] ?? '').trim();
const word = (values: Values, name: string) => values[name] ?? '';

interface Signed {
  session: TokensFragment | null;
  challenge?: string | null;
  userErrors: readonly RefusalFragment[];
}

/* A session, or the question for the second factor, which the page asks next. */
function* signedIn(signed: Signed, next: string, own?: Own): SagaGenerator<Outcome> {
  if (signed.challenge) return { answer: { challenge: signed.challenge, next } };
  if (!signed.session) return yield* refused(signed.userErrors, own);
  yield* begin(signed.session);
  return { next };
}

/* ---- for anybody */

function* signUp(values: Values): SagaGenerator<Outcome> {
  const email = text(values, 'email');
  if (!text(values, 'name')) return yield* wrong('name', NAME);
  if (!isEmail(email)) return yield* wrong('email', ADDRESS);
  const { signUp: done } = yield* change(SignUpDocument, { input: { email, name: text(values, 'name') } });
  return done.accepted ? { answer: { sent: email } } : yield* refused(done.userErrors);
}

function* verifyEmail(values: Values): SagaGenerator<Outcome> {
  const { verifyEmail: signed } = yield* change(VerifyEmailDocument, { input: { token: word(values, 'token'), password: word(values, 'password') } });
  return yield* signedIn(signed, '/account?done=account');
}

function* signIn(values: Values): SagaGenerator<Outcome> {
  const { signIn: signed } = yield* change(SignInByPasswordDocument, { input: { email: text(values, 'email'), password: word(values, 'password') } });
  return yield* signedIn(signed, pathOf(values.next));
}

function* secondStep(values: Values): SagaGenerator<Outcome> {
  const { completeSignIn: signed } = yield* change(SignInSecondStepDocument, { input: { challenge: word(values, 'challenge'), code: text(values, 'code') } });
  return yield* signedIn(signed, pathOf(values.next));
}

function* requestLink(values: Values): SagaGenerator<Outcome> {
  const email = text(values, 'email');
  if (!isEmail(email)) return yield* wrong('email', ADDRESS);
  const { requestSignInLink: done } = yield* change(RequestSignInLinkDocument, { input: { email } });
  if (!done.browserToken) return yield* refused(done.userErrors);
  const jar = yield* useContext('jar');
  if (jar) jar.keepBrowserToken(done.browserToken);
  else keepBrowserToken(done.browserToken);
  return { answer: { sent: email } };
}

function* signInByLink(values: Values): SagaGenerator<Outcome> {
  const jar = yield* useContext('jar');
  const kept = jar ? jar.browserToken : browserToken();
  const { signInByLink: signed } = yield* change(SignInByLinkDocument, { input: { token: word(values, 'token'), browserToken: kept ?? '' } });
  return yield* signedIn(signed, '/account');
}

function* requestReset(values: Values): SagaGenerator<Outcome> {
  const email = text(values, 'email');
  if (!isEmail(email)) return yield* wrong('email', ADDRESS);
  const { requestPasswordReset: done } = yield* change(RequestPasswordResetDocument, { input: { email } });
  return done.accepted ? { answer: { sent: email } } : yield* refused(done.userErrors);
}

function* resetPassword(values: Values): SagaGenerator<Outcome> {
  const { resetPassword: signed } = yield* change(ResetPasswordDocument, { input: { token: word(values, 'token'), password: word(values, 'password') } });
  return yield* signedIn(signed, '/account?done=password');
}

function* undoEmail(values: Values): SagaGenerator<Outcome> {
  const { undoEmailChange: signed } = yield* change(UndoEmailChangeDocument, { input: { token: word(values, 'token'), password: word(values, 'password') } });
  return yield* signedIn(signed, '/account?done=undone');
}

/* ---- passkeys: what a browser does between two questions to the server; without scripts there are none */

function* askPasskey() {
  const { startPasskeySignIn: begun } = yield* change(StartPasskeySignInDocument, {});
  return yield* call(usePasskey, begun.options ?? '');
}

/* One that the browser offered by itself comes with what it said. */
function* signInByPasskey(values: Values): SagaGenerator<Outcome> {
  const { credentialId, clientData = '', authenticatorData = '', signature = '' } = values;
  const input = credentialId ? { credentialId, clientData, authenticatorData, signature } : yield* askPasskey();
  const { signInByPasskey: signed } = yield* change(SignInByPasskeyDocument, { input });
  return yield* signedIn(signed, pathOf(values.next), PASSKEY_WRONG);
}

function* addPasskey(values: Values): SagaGenerator<Outcome> {
  const name = text(values, 'name');
  if (!name) return yield* wrong('name', NAME);
  const { startPasskey: begun } = yield* changeOwn(StartPasskeyDocument, { input: { password: word(values, 'password') } });
  if (!begun.options) return yield* refused(begun.userErrors, STALE);
  const made = yield* call(createPasskey, begun.options);
  const { createPasskey: done } = yield* changeOwn(CreatePasskeyDocument, { input: { name, ...made } });
  return done.passkey ? { next: '/account?done=passkey' } : yield* refused(done.userErrors, PASSKEY_WRONG);
}

function* renamePasskey(values: Values): SagaGenerator<Outcome> {
  const { renamePasskey: done } = yield* changeOwn(RenamePasskeyDocument, { input: { passkeyId: word(values, 'passkeyId'), name: text(values, 'name') } });
  return done.passkey ? { next: '/account?done=renamed' } : yield* refused(done.userErrors);
}

function* removePasskey(values: Values): SagaGenerator<Outcome> {
  const { removePasskey: done } = yield* changeOwn(RemovePasskeyDocument, { input: { passkeyId: word(values, 'passkeyId'), password: word(values, 'password') } });
  return done.passkey ? { next: '/account?done=removed' } : yield* refused(done.userErrors, STALE);
}

/* ---- for who is signed in */

function* signOut(): SagaGenerator<Outcome> {
  yield* end(false);
  return { next: '/account/sign-in?done=out' };
}

function* signOutEverywhere(): SagaGenerator<Outcome> {
  yield* end(true);
  return { next: '/account/sign-in?done=everywhere' };
}

function* endSession(values: Values): SagaGenerator<Outcome> {
  const { signOut: done } = yield* changeOwn(EndSessionDocument, { input: { sessionId: word(values, 'sessionId') } });
  return done.signedOut ? { next: '/account?done=session' } : yield* refused(done.userErrors);
}

function* changePassword(values: Values): SagaGenerator<Outcome> {
  const input = { currentPassword: word(values, 'currentPassword'), newPassword: word(values, 'newPassword') };
  const { changePassword: signed } = yield* changeOwn(ChangePasswordDocument, { input });
  return yield* signedIn(signed, '/account?done=password', STALE);
}

function* requestEmail(values: Values): SagaGenerator<Outcome> {
  const newEmail = text(values, 'newEmail');
  if (!isEmail(newEmail)) return yield* wrong('newEmail', ADDRESS);
  const { requestEmailChange: done } = yield* changeOwn(RequestEmailChangeDocument, { input: { newEmail, password: word(values, 'password') } });
  return done.accepted ? { answer: { sent: newEmail } } : yield* refused(done.userErrors, STALE);
}

function* confirmEmail(values: Values): SagaGenerator<Outcome> {
  const { confirmEmailChange: done } = yield* changeOwn(ConfirmEmailChangeDocument, { input: { token: word(values, 'token') } });
  return done.accepted ? { next: '/account?done=email' } : yield* refused(done.userErrors);
}

function* acceptInvitation(values: Values): SagaGenerator<Outcome> {
  const { acceptInvitation: done } = yield* changeOwn(AcceptInvitationDocument, { input: { token: word(values, 'token') } });
  return done.team ? { next: '/account?done=team' } : yield* refused(done.userErrors, INVITED_ELSE);
}

function* startTotp(values: Values): SagaGenerator<Outcome> {
  const { startTotp: begun } = yield* changeOwn(StartTotpDocument, { input: { password: word(values, 'password') } });
  const { token, secret, uri } = begun;
  return token && secret && uri ? { answer: { token, secret, uri } } : yield* refused(begun.userErrors, STALE);
}

function* confirmTotp(values: Values): SagaGenerator<Outcome> {
  const { confirmTotp: done } = yield* changeOwn(ConfirmTotpDocument, { input: { token: word(values, 'token'), code: text(values, 'code') } });
  if (done.userErrors.length > 0) return yield* refused(done.userErrors, TOTP_LATE);
  return { answer: { codes: done.recoveryCodes.join(' ') } };
}

function* removeTotp(values: Values): SagaGenerator<Outcome> {
  const { removeTotp: done } = yield* changeOwn(RemoveTotpDocument, { input: { password: word(values, 'password'), code: text(values, 'code') } });
  return done.accepted ? { next: '/account?done=factor-off' } : yield* refused(done.userErrors, STALE);
}

function* renewCodes(values: Values): SagaGenerator<Outcome> {
  const { renewRecoveryCodes: done } = yield* changeOwn(RenewRecoveryCodesDocument, { input: { password: word(values, 'password'), code: text(values, 'code') } });
  if (done.userErrors.length > 0) return yield* refused(done.userErrors, STALE);
  return { answer: { codes: done.recoveryCodes.join(' ') } };
}

/* ---- providers: linked by two consents, before and after one has signed in there */

function* startLink(values: Values): SagaGenerator<Outcome> {
  const { base } = yield* useContext('config');
  const provider = word(values, 'provider');
  const returnTo = `${base}/account/link?name=${encodeURIComponent(provider)}`;
  const { startProviderLink: begun } = yield* changeOwn(StartProviderLinkDocument, { input: { provider, password: word(values, 'password'), returnTo } });
  return begun.url ? { answer: { url: begun.url } } : yield* refused(begun.userErrors, STALE);
}

function* linkProvider(values: Values): SagaGenerator<Outcome> {
  const { linkProvider: done } = yield* changeOwn(LinkProviderDocument, { input: { token: word(values, 'token') } });
  return done.providerIdentity ? { next: '/account?done=linked' } : yield* refused(done.userErrors, NOT_LINKED);
}

function* unlinkProvider(values: Values): SagaGenerator<Outcome> {
  const input = { providerIdentityId: word(values, 'providerIdentityId'), password: word(values, 'password') };
  const { unlinkProvider: done } = yield* changeOwn(UnlinkProviderDocument, { input });
  return done.providerIdentity ? { next: '/account?done=unlinked' } : yield* refused(done.userErrors, STALE);
}

/* ---- all */

/* What is no refusal of the domain, and still no accident. */
function guarded(saga: (values: Values) => SagaGenerator<Outcome>): FormSaga {
  return function* (values) {
    try {
      return yield* saga(values);
    } catch (error) {
      const code = codeOf(error);
      const words = code === 'RATE_LIMITED' ? OFTEN : code === 'UNAUTHENTICATED' ? SIGNED_OUT : error instanceof PasskeyProblem ? error.words : null;
      if (!words) throw error;
      return yield* wrong(null, words);
    }
  };
}

export const FORMS: OwnForms = {
  signUp: guarded(signUp),
  verifyEmail: guarded(verifyEmail),
  signIn: guarded(signIn),
  secondStep: guarded(secondStep),
  requestLink: guarded(requestLink),
  signInByLink: guarded(signInByLink),
  signInByPasskey: guarded(signInByPasskey),
  requestReset: guarded(requestReset),
  resetPassword: guarded(resetPassword),
  signOut: guarded(signOut),
  signOutEverywhere: guarded(signOutEverywhere),
  endSession: guarded(endSession),
  changePassword: guarded(changePassword),
  requestEmail: guarded(requestEmail),
  confirmEmail: guarded(confirmEmail),
  undoEmail: guarded(undoEmail),
  acceptInvitation: guarded(acceptInvitation),
  startTotp: guarded(startTotp),
  confirmTotp: guarded(confirmTotp),
  removeTotp: guarded(removeTotp),
  renewCodes: guarded(renewCodes),
  addPasskey: guarded(addPasskey),
  renamePasskey: guarded(renamePasskey),
  removePasskey: guarded(removePasskey),
  startLink: guarded(startLink),
  linkProvider: guarded(linkProvider),
  unlinkProvider: guarded(unlinkProvider),
};
