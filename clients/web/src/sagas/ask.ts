/* GraphQL out of a saga. Both throw when the server could not do it; what it refused is in the data. */
import type { OperationVariables, TypedDocumentNode } from '@apollo/client';
import { call } from 'typed-redux-saga';
import { useContext } from './context';

/* Always asks; what it hears, pages that show the same see at once. Written by hand, it is not read back out of the cache twice. */
export function* ask<Data, Variables extends OperationVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
) {
  const client = yield* useContext('client');
  const { data } = yield* call(() =>
    client.query({ query: query as TypedDocumentNode<Data>, variables, fetchPolicy: 'no-cache' }),
  );
  if (!data) throw new Error('an answer without data');
  client.writeQuery({ query: query as TypedDocumentNode<Data>, variables, data: data as Data });
  return data as Data;
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
