/* Apollo for one page view on the server, or for the life of a browser's page. */
import { ApolloClient, InMemoryCache, type NormalizedCacheObject } from '@apollo/client';
import { makeLink, type Server } from './link';

export function makeClient(server: Server, options: { ssr: boolean; state?: NormalizedCacheObject }): ApolloClient {
  const cache = new InMemoryCache({
    possibleTypes: {},
    typePolicies: {
      /* Amounts have no identity; and a list that was read again replaces what was there. */
      Money: { keyFields: false },
      WaitingRoom: { keyFields: false, merge: true },
      /* A plan is one thing: two thousand seats by themselves would be slow. */
      SeatSection: { keyFields: false },
      SeatRow: { keyFields: false },
      Seat: { keyFields: false },
    },
  });
  if (options.state) cache.restore(options.state);
  return new ApolloClient({ cache, link: makeLink(server), ssrMode: options.ssr, devtools: { enabled: false } });
}
