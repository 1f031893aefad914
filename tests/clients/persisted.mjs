/*
 * Apollo Client's automatic persisted queries: it asks by digest, registers what is not known, remembers a server that
 * takes none, and by GET gets answers that a cache may keep.
 */
import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { runCases } from './report.mjs';
import { startServer } from './server.mjs';

const program = process.argv[2];
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/* A client that notes each exchange: "POST text 400 CODE", "GET digest 200". */
function clientOf(server, options) {
  const exchanges = [];
  const noting = async (url, request) => {
    const answer = await fetch(url, request);
    const code = (await answer.clone().json()).errors?.[0].extensions.code;
    const sent = String(request.body ?? url).includes('organizer') ? 'text' : 'digest';
    exchanges.push([request.method, sent, answer.status, code].filter(Boolean).join(' '));
    exchanges.kept = answer.headers.get('cache-control');
    return answer;
  };
  const link = new PersistedQueryLink({ sha256, ...options }).concat(new HttpLink({ uri: server.url, fetch: noting }));
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const ask = async (name) => {
    const query = gql`
      query ${name} { organizer(slug: "none") { name } }
    `;
    const { data } = await client.query({ query, fetchPolicy: 'network-only' });
    assert.deepEqual(data, { organizer: null });
  };
  return { ask, exchanges };
}

const server = await startServer(program);
const without = await startServer(program, '--apq-bytes', '0');
await runCases([
  [
    'apollo_registers_what_is_not_known',
    async () => {
      const { ask, exchanges } = clientOf(server, {});
      await ask('First');
      await ask('First');
      const lost = 'POST digest 400 PERSISTED_QUERY_NOT_FOUND';
      assert.deepEqual([...exchanges], [lost, 'POST text 200', 'POST digest 200']);
    },
  ],
  [
    'apollo_gets_by_digest_what_a_cache_may_keep',
    async () => {
      const { ask, exchanges } = clientOf(server, { useGETForHashedQueries: true });
      await ask('Second');
      await ask('Second');
      const lost = 'GET digest 400 PERSISTED_QUERY_NOT_FOUND';
      assert.deepEqual([...exchanges], [lost, 'POST text 200', 'GET digest 200']);
      assert.equal(exchanges.kept, 'public, max-age=300');
    },
  ],
  [
    'apollo_sends_texts_to_a_server_that_takes_no_digests',
    async () => {
      const { ask, exchanges } = clientOf(without, {});
      await ask('Third');
      await ask('Third');
      const off = 'POST digest 400 PERSISTED_QUERY_NOT_SUPPORTED';
      assert.deepEqual([...exchanges], [off, 'POST text 200', 'POST text 200']);
    },
  ],
]);
await server.stop();
await without.stop();
