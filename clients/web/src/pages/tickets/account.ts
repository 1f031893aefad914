/* What the account of who is signed in has bought; asked for by its browser, for the page is the same for everybody. */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useState } from 'react';
import { askCookies } from '../../api/cookies';
import { ViewerOrdersDocument, type ViewerOrdersQuery } from '../../graphql/generated/graphql';
import { wasSignedIn } from '../../parts/signedIn';

type Order = NonNullable<ViewerOrdersQuery['viewerOrders']>['nodes'][number];

export interface AccountOrders {
  email: string;
  orders: Order[];
  /* Reads the next page; null: all are here. */
  more: (() => void) | null;
}

/* Null: nobody is signed in, or it is not known yet; without a network too. */
export function useAccountOrders(): AccountOrders | null {
  const client = useApolloClient();
  const [found, setFound] = useState<{ email: string; orders: Order[]; next: string | null } | null>(null);
  const read = useCallback(
    async (after: string | null) => {
      const ask = async () => (await client.query({ query: ViewerOrdersDocument, variables: { after }, fetchPolicy: 'no-cache', errorPolicy: 'all' })).data;
      let data = await ask();
      if (!data?.viewer && wasSignedIn() && (await askCookies())) data = await ask(); /* an access cookie lives for ten minutes, a session for weeks */
      const { viewer, viewerOrders } = data ?? {};
      if (!viewer?.email || !viewerOrders) return;
      const { email } = viewer;
      const next = viewerOrders.pageInfo.hasNextPage ? (viewerOrders.pageInfo.endCursor ?? null) : null;
      setFound((before) => ({ email, orders: [...(after && before ? before.orders : []), ...viewerOrders.nodes], next }));
    },
    [client],
  );
  const begin = useCallback((after: string | null) => void read(after).catch((error: unknown) => console.info(`orders of the account: ${String(error)}`)), [read]);
  useEffect(() => begin(null), [begin]);
  if (!found) return null;
  const { email, orders, next } = found;
  return { email, orders, more: next === null ? null : () => begin(next) };
}
