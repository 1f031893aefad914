/* What is refused, in words for its reader. */
import type { I18n, MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { RefusalFragment } from '../../graphql/account/generated/graphql';
import type { FormError } from '../../state/form';

const PASSWORD = msg`Please choose another password: at least 8 characters, not one that many people have, and not your address.`;
const LINK = msg`This link was used, or its time is over. Please ask for another one.`;
const LATE = msg`This took too long. Please begin anew.`;
const ONLY_WAY = msg`It is your only way in. Please choose a password first.`;
export const NAME = msg`Please write a name, in one line.`;
export const ADDRESS = msg`This does not look like an e-mail address, such as name@example.org.`;
export const OFTEN = msg`That was too often. Please wait a few minutes and try again.`;
export const SIGNED_OUT = msg`You are not signed in any more. Please sign in again.`;

/* By code and the input that it is about. */
const WORDS: Record<string, MessageDescriptor> = {
  'INVALID_INPUT email': ADDRESS,
  'INVALID_INPUT newEmail': ADDRESS,
  'INVALID_INPUT name': NAME,
  'INVALID_INPUT password': PASSWORD,
  'INVALID_INPUT newPassword': PASSWORD,
  'CREDENTIALS_INVALID': msg`This did not sign you in. Please look at the address and the password, or choose another way below.`,
  'CREDENTIALS_INVALID password': msg`This is not your password.`,
  'CREDENTIALS_INVALID currentPassword': msg`This is not your password.`,
  'CREDENTIALS_INVALID code': msg`This code is wrong, was used, or is too old. Please take the next one.`,
  'CREDENTIALS_INVALID challenge': LATE,
  'LINK_INVALID token': LINK,
  'LINK_INVALID browserToken': msg`This link signs in the browser that asked for it. Please ask for another one here.`,
  'CONFLICT token': msg`This address has another account by now.`,
  'CONFLICT': msg`This was changed meanwhile. Please look at it again.`,
  'CONFLICT passkeyId': ONLY_WAY,
  'CONFLICT providerIdentityId': ONLY_WAY,
  'NOT_FOUND passkeyId': msg`There is no such passkey any more.`,
  'NOT_FOUND provider': msg`Nobody signs in with it here any more.`,
  'NOT_FOUND providerIdentityId': msg`It was removed already.`,
  'NOT_FOUND sessionId': msg`This session has ended already.`,
  'OVER_LIMIT': msg`You have as many passkeys as one may. Please remove one first.`,
};

const TYPED = new Set(['email', 'name', 'password', 'newEmail', 'currentPassword', 'newPassword', 'code']);

/* `own`: what this form says otherwise. */
export function errorsOf(i18n: I18n, refused: readonly RefusalFragment[], own: Record<string, MessageDescriptor> = {}): FormError[] {
  return refused.map(({ code, message, path }) => {
    const input = path?.join('.');
    const key = [code, input].filter(Boolean).join(' ');
    const words = own[key] ?? WORDS[key];
    return { field: input && TYPED.has(input) ? input : null, code, message: words ? i18n._(words) : message };
  });
}

/* Of who is signed in: his account has no password, and his sign-in is too old to stand for it. */
export const STALE = { 'CREDENTIALS_INVALID': msg`Please sign out and in again, and come back within five minutes: your account has no password that could be asked for.` };
export const TOTP_LATE = { 'LINK_INVALID token': LATE };
export const NOT_LINKED = {
  'LINK_INVALID token': msg`This took too long, was used, or was begun in another account. Please begin anew.`,
  'CONFLICT token': msg`It signs in to another account. Please remove it there first.`,
};
export const INVITED_ELSE = { 'CONFLICT token': msg`This invitation went to another address. Please sign in with that one.` };
export const PASSKEY_WRONG = { 'CREDENTIALS_INVALID': msg`This passkey is not known here, or it took too long. Please try again, or sign in another way.` };
