/* GraphQL out of a saga. Both throw when the server could not do it; what it refused is in the data. */
import { ApolloLink, type OperationVariables, type TypedDocumentNode } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { firstValueFrom } from 'rxjs';
import { call } from 'typed-redux-saga';
import { useContext } from './context';

/*
 * Always asks; what it hears, pages that show the same see at once. Sent and written by hand: of what client.query does beside, for each page
 * anew, nothing is wanted here.
 */
export function* ask<Data, Variables extends OperationVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
) {
  const client = yield* useContext('client');
  const answer = yield* call(() => firstValueFrom(ApolloLink.execute(client.link, { query, variables }, { client })));
  if (answer.errors?.length) throw new CombinedGraphQLErrors(answer);
  const data = answer.data as Data | null | undefined;
  if (!data) throw new Error('an answer without data');
  client.writeQuery({ query: query as TypedDocumentNode<Data>, variables, data });
  return data;
}

export function* change<Data, Variables extends OperationVariables>(
  mutation: TypedDocumentNode<Data, Variables>,
  variables: Variables,
) {
  const client = yield* useContext('client');
  const { data } = yield* call(() => client.mutate({ mutation: mutation as TypedDocumentNode<Data>, variables }));
  if (!data) throw new Error('an answer without data');
  return data as Data;
}
