import type { OperationVariables, TypedDocumentNode } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { useMemo, useSyncExternalStore } from 'react';

/*
 * What lies in the cache of what the page's route has loaded (sagas/ask.ts), and what is written there later; undefined while any of it is
 * missing. Apollo's useQuery, which could ask too, would cost a rendering twice as much.
 */
export function useShown<Data, Variables extends OperationVariables>(query: TypedDocumentNode<Data, Variables>, variables: Variables): Data | undefined {
  const { cache } = useApolloClient();
  const key = JSON.stringify(variables);
  const source = useMemo(() => {
    const asked = { query: query as TypedDocumentNode<Data>, variables: JSON.parse(key) as OperationVariables, optimistic: true, returnPartialData: true };
    let found = cache.diff<Data>(asked);
    const read = () => (found.complete ? (found.result as Data) : undefined);
    const watch = (changed: () => void) =>
      cache.watch<Data>({
        ...asked,
        immediate: true,
        callback: (next) => {
          found = next;
          changed();
        },
      });
    return { read, watch };
  }, [cache, query, key]);
  return useSyncExternalStore(source.watch, source.read, source.read);
}
