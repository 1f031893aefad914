/*
 * Signed in, and staying so. On the server the request's cookies are at hand (server/jar.ts); a browser hands its tokens to the gateway,
 * which makes cookies of them that no script reads (POST /session), and has them renewed there.
 */
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import type { OperationVariables, TypedDocumentNode } from '@apollo/client';
import { call, type SagaGenerator } from 'typed-redux-saga';
import { EndSessionDocument, RenewTokensDocument, type TokensFragment } from '../../graphql/account/generated/graphql';
import { askCookies, dropCookies } from '../../api/cookies';
import { ask, change } from '../../sagas/ask';
import { useContext } from '../../sagas/context';
import { rememberSignedIn, wasSignedIn } from '../../parts/signedIn';

/* Somebody has signed in here. */
export function* begin(tokens: TokensFragment) {
  const jar = yield* useContext('jar');
  if (jar) return jar.keep(tokens);
  yield* call(askCookies, tokens.refreshToken);
  yield* call(rememberSignedIn, true);
}

/* False: nobody is signed in, any more. */
function* renew(): SagaGenerator<boolean> {
  const jar = yield* useContext('jar');
  if (!jar) return wasSignedIn() && (yield* call(askCookies));
  if (!jar.refreshToken) {
    if (jar.signedIn) jar.keep(null);
    return false;
  }
  const { refreshToken } = jar;
  jar.keep(null); /* what has ended must not be sent along */
  const { refreshSession } = yield* change(RenewTokensDocument, { input: { refreshToken } });
  if (refreshSession.session) jar.keep(refreshSession.session);
  return refreshSession.session !== null;
}

export function* end(everywhere: boolean) {
  const jar = yield* useContext('jar');
  if (everywhere) yield* changeOwn(EndSessionDocument, { input: { everywhere } });
  else if (jar?.refreshToken) yield* change(EndSessionDocument, { input: { refreshToken: jar.refreshToken } });
  if (jar) return jar.keep(null);
  yield* call(dropCookies);
  yield* call(rememberSignedIn, false);
  const client = yield* useContext('client');
  yield* call(() => client.clearStore()); /* who goes back sees nothing of it */
}

export function codeOf(error: unknown): string | undefined {
  const code = CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/* As who is signed in; null: nobody is. */
export function* askOwn<Data extends { viewer: unknown }, Variables extends OperationVariables>(query: TypedDocumentNode<Data, Variables>, variables: Variables) {
  const jar = yield* useContext('jar');
  if (jar && !jar.signedIn) yield* renew();
  try {
    const data = yield* ask(query, variables);
    if (data.viewer || jar || !(yield* renew())) return data;
  } catch (error) {
    if (codeOf(error) !== 'UNAUTHENTICATED') throw error;
    yield* renew();
  }
  return yield* ask(query, variables);
}

/* As who is signed in: throws UNAUTHENTICATED when nobody is. */
export function* changeOwn<Data, Variables extends OperationVariables>(mutation: TypedDocumentNode<Data, Variables>, variables: Variables) {
  const jar = yield* useContext('jar');
  if (jar && !jar.signedIn) yield* renew();
  try {
    return yield* change(mutation, variables);
  } catch (error) {
    if (codeOf(error) !== 'UNAUTHENTICATED' || !(yield* renew())) throw error;
    return yield* change(mutation, variables);
  }
}
