/* Passkeys, as browsers have them; what is exchanged with the server is JSON and base64url. */
import { msg } from '@lingui/core/macro';
import type { MessageDescriptor } from '@lingui/core';
import type { CreatePasskeyInput, SignInByPasskeyInput } from '../../graphql/account/generated/graphql';

export const canUsePasskeys = (): boolean => typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === 'function';

/* The browser offers passkeys where an address is typed. */
export async function canOfferPasskeys(): Promise<boolean> {
  return canUsePasskeys() && (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;
}

function text(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/* Why the browser made none, or used none; its reader's words. */
export class PasskeyProblem extends Error {
  constructor(readonly words: MessageDescriptor) {
    super('no passkey');
  }
}

function problemOf(error: unknown): PasskeyProblem {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'InvalidStateError') return new PasskeyProblem(msg`This device has a passkey of this account already.`);
  if (name === 'NotAllowedError' || name === 'AbortError') return new PasskeyProblem(msg`Nothing was done: it was called off, took too long, or there is no passkey for this site on the device.`);
  return new PasskeyProblem(msg`This device or browser has no passkeys that this site can use.`);
}

/* Throws a PasskeyProblem, as does the next. */
export async function createPasskey(options: string): Promise<Omit<CreatePasskeyInput, 'name'>> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options) as PublicKeyCredentialCreationOptionsJSON);
  const made = (await navigator.credentials.create({ publicKey }).catch((error: unknown) => Promise.reject(problemOf(error)))) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return { clientData: text(response.clientDataJSON), authenticatorData: text(response.getAuthenticatorData()) };
}

let pending: AbortController | null = null;

/* One at a time: who presses the button needs what was offered beside the input no more. */
export async function usePasskey(options: string, mediation?: 'conditional'): Promise<SignInByPasskeyInput> {
  pending?.abort();
  pending = new AbortController();
  const { signal } = pending;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options) as PublicKeyCredentialRequestOptionsJSON);
  const asked = navigator.credentials.get({ publicKey, signal, ...(mediation && { mediation }) });
  const got = (await asked.catch((error: unknown) => Promise.reject(problemOf(error)))) as PublicKeyCredential;
  const response = got.response as AuthenticatorAssertionResponse;
  return {
    credentialId: got.id,
    clientData: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
  };
}
