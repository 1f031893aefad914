/* Signing in at the door, and staying so: an account's token lasts ten minutes, and is renewed before that. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { call, getContext, put, type SagaGenerator } from 'typed-redux-saga';
import { AllEventsDocument, CompleteSignInDocument, DeviceEventsDocument, DoorListsDocument, PairDeviceDocument, RefreshSessionDocument, SignInDocument, SignOutDocument } from '../../graphql/door/generated/graphql';
import { ask, change } from '../../sagas/ask';
import { failureOf } from './api';
import type { Tokens } from './session';
import { codeWanted, failed, listsRead, listsWanted, networkChanged, signInWanted, type Credentials, type DoorContext, type signInSent } from './state';

const RENEW_MS = 60_000; /* before its time is over */
const PAST_MS = 12 * 3_600_000; /* dates that began so long ago are still offered */

const UNANSWERED = msg`The server does not answer. Please try again.`;

/* Throws when nobody answers; a session that has ended is found out by what is asked next. */
export function* renewed() {
  const session = yield* getContext<DoorContext['session']>('session');
  const tokens = session.tokens();
  if (tokens?.kind !== 'account' || Date.parse(tokens.accessExpiresAt) - Date.now() > RENEW_MS) return;
  const { refreshSession } = yield* change(RefreshSessionDocument, { input: { refreshToken: tokens.refreshToken } });
  if (refreshSession.session) session.keep({ kind: 'account', ...refreshSession.session });
}

/* By a password, or by the code that is asked for behind it. */
function* askSession(said: Extract<Credentials, { kind: 'account' | 'code' }>) {
  if (said.kind === 'code') {
    const { completeSignIn } = yield* change(CompleteSignInDocument, { input: { challenge: said.challenge, code: said.code } });
    return { ...completeSignIn, challenge: null };
  }
  const { signIn: answer } = yield* change(SignInDocument, { input: { email: said.email, password: said.password } });
  return answer;
}

type Signed = { tokens: Tokens } | { challenge: string } | { problem: string | MessageDescriptor };

function* tokensFor(said: Credentials): SagaGenerator<Signed> {
  if (said.kind === 'token') return { tokens: said };
  if (said.kind === 'pairing') {
    const { pairDevice: paired } = yield* change(PairDeviceDocument, { input: { code: said.code } });
    if (!paired.token || !paired.device) return { problem: paired.userErrors[0]?.message ?? UNANSWERED };
    return { tokens: { kind: 'device', token: paired.token, eventIds: paired.device.eventIds } };
  }
  const answer = yield* call(askSession, said);
  if (answer.challenge) return { challenge: answer.challenge };
  return answer.session ? { tokens: { kind: 'account', ...answer.session } } : { problem: answer.userErrors[0]?.message ?? UNANSWERED };
}

export function* signIn({ payload }: ReturnType<typeof signInSent>) {
  const session = yield* getContext<DoorContext['session']>('session');
  try {
    session.keep(null);
    const signed = yield* call(tokensFor, payload);
    if ('challenge' in signed) yield* put(codeWanted(signed.challenge));
    else if ('problem' in signed) yield* put(failed(signed.problem));
    else {
      session.keep(signed.tokens);
      yield* put(networkChanged('here'));
      yield* put(listsWanted());
    }
  } catch (error) {
    console.warn(`sign in: ${String(error)}`);
    yield* put(failed(UNANSWERED));
  }
}

export function* signOut() {
  const session = yield* getContext<DoorContext['session']>('session');
  const tokens = session.tokens();
  if (tokens?.kind === 'account') yield* call(endSession, tokens.refreshToken);
  session.keep(null);
  yield* put(signInWanted());
}

/* Without a network it ends by itself. */
function* endSession(refreshToken: string) {
  try {
    yield* change(SignOutDocument, { input: { refreshToken } });
  } catch (error) {
    console.warn(`sign out: ${String(error)}`);
  }
}

/* A device is nobody's account, so it has no organizers to start from. */
function* readDeviceEvents(ids: string[], from: string) {
  if (ids.length === 0) return (yield* ask(AllEventsDocument, { from })).events.nodes;
  const { nodes } = yield* ask(DeviceEventsDocument, { ids });
  return nodes.flatMap((node) => (node?.__typename === 'Event' ? [node] : []));
}

export function* readLists() {
  const session = yield* getContext<DoorContext['session']>('session');
  try {
    yield* renewed();
    const from = new Date(Date.now() - PAST_MS).toISOString();
    const tokens = session.tokens();
    if (tokens?.kind === 'device') {
      const nodes = yield* call(readDeviceEvents, tokens.eventIds, from);
      yield* put(listsRead([{ __typename: 'Organizer', id: '', name: '', events: { __typename: 'EventConnection', nodes } }]));
      return;
    }
    const { viewer } = yield* ask(DoorListsDocument, { from });
    if (!viewer) {
      yield* call(turnAway, session);
      return;
    }
    yield* put(listsRead(viewer.memberships.map(({ organizer }) => organizer)));
  } catch (error) {
    if (failureOf(error) === 'signedOut') yield* call(turnAway, session);
    else yield* put(failed(UNANSWERED));
  }
}

function* turnAway(session: DoorContext['session']) {
  session.keep(null);
  yield* put(signInWanted());
  yield* put(failed(msg`This does not open a door. Please sign in again.`));
}
