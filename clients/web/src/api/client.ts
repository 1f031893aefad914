/* Apollo for one page view on the server, or for the life of a browser's page. */
import { ApolloClient, InMemoryCache, type NormalizedCacheObject } from '@apollo/client';
import type { DocumentNode } from 'graphql';
import { makeLink, type Server } from './link';

/* Our documents name their types already (codegen.ts): there is nothing to put in. */
class TypedCache extends InMemoryCache {
  override transformDocument(document: DocumentNode): DocumentNode {
    return document;
  }
}

export function makeClient(server: Server, options: { ssr: boolean; state?: NormalizedCacheObject }): ApolloClient {
  const cache = new TypedCache({
    /* A page is read once by the server: to remember what each answer was made of would be for nobody. */
    resultCaching: !options.ssr,
    possibleTypes: {},
    typePolicies: {
      /* Amounts have no identity; and a list that was read again replaces what was there. */
      Money: { keyFields: false },
      WaitingRoom: { keyFields: false, merge: true },
      /* A section is one thing: its seats by themselves would be slow. */
      SeatRow: { keyFields: false },
      Seat: { keyFields: false },
    },
  });
  if (options.state) cache.restore(options.state);
  return new ApolloClient({ cache, link: makeLink(server), ssrMode: options.ssr, devtools: { enabled: false } });
}
