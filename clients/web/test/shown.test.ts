import { ApolloProvider } from '@apollo/client/react';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { makeClient } from '../src/api/client';
import { OrganizerPageDocument, type OrganizerPageQueryVariables } from '../src/graphql/generated/graphql';
import { useShown } from '../src/parts/useShown';
import { findRoute } from '../src/routes';

const variables: OrganizerPageQueryVariables = { slug: 'fabrik', first: 1, after: null };
const organizer = { __typename: 'Organizer' as const, id: 'o1', slug: 'fabrik', name: 'Die Fabrik', timeZone: 'Europe/Berlin', currency: 'EUR', embedOrigins: [], accentColor: null, logoUrl: null };

function Name() {
  return useShown(OrganizerPageDocument, variables)?.organizer?.name ?? 'nothing yet';
}

for (const ssr of [true, false]) {
  test(`a page shows what is in the cache, ${ssr ? 'on the server' : 'in a browser'}`, () => {
    const client = makeClient({ url: '', knows: { documents: true } }, { ssr });
    const shown = () => renderToString(createElement(ApolloProvider, { client, children: createElement(Name) }));
    expect(shown()).toBe('nothing yet');
    client.writeQuery({ query: OrganizerPageDocument, variables, data: { __typename: 'Query', organizer: null } });
    expect(shown()).toBe('nothing yet');
    const events = { __typename: 'EventConnection' as const, totalCount: 0, pageInfo: { __typename: 'PageInfo' as const, hasNextPage: false, endCursor: null }, nodes: [] };
    client.writeQuery({ query: OrganizerPageDocument, variables, data: { __typename: 'Query', organizer: { ...organizer, events } } });
    expect(shown()).toBe('Die Fabrik');
  });
}

test('a route is found once for all who ask in turn, and another for another address', () => {
  const found = findRoute('/e/fabrik/night?date=d1');
  expect(found?.route.name).toBe('event');
  expect(found?.visit.params).toEqual({ organizer: 'fabrik', event: 'night' });
  expect(findRoute('/e/fabrik/night?date=d1')).toBe(found);
  expect(findRoute('/e/fabrik/other')?.visit.params.event).toBe('other');
  expect(findRoute('/e/fabrik/night?date=d2')?.visit.search.get('date')).toBe('d2');
  expect(findRoute('/nowhere')).toBeNull();
  expect(findRoute('/nowhere')).toBeNull();
});
