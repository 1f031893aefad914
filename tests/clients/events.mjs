/* npm graphql-sse and bare requests against a real server: subscriptions, queries and mutations as streams of events. */
import assert from 'node:assert';
import { createClient } from 'graphql-sse';
import { runCases } from './report.mjs';
import { OWNER_TOKEN, startServer } from './server.mjs';
import { hold, openShop, order, pay, scan } from './shop.mjs';

const program = process.argv[2];
const server = await startServer(program, '--sandbox');
const shop = await openShop(server, 'fabrik', 100);
const availability = 'subscription($id: ID!) { eventAvailability(eventId: $id) { ticketTypes { remaining } } }';
const left = (answer) => answer.data.eventAvailability.ticketTypes[0].remaining;
const next = async (answers) => (await answers.next()).value;

async function connected(token, body) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const client = createClient({ url: server.url, headers, retryAttempts: 0 });
  try {
    await body(client);
  } finally {
    client.dispose();
  }
}

/* A bare request for events. */
function post(body, headers = {}) {
  const all = { accept: 'text/event-stream', 'content-type': 'application/json', ...headers };
  return fetch(server.url, { method: 'POST', headers: all, body: JSON.stringify(body) });
}

/* A request that is refused as any other would be. */
async function refused(answer, status, code) {
  assert.equal(answer.status, status);
  assert.match(answer.headers.get('content-type'), /json/);
  assert.equal((await answer.json()).errors[0].extensions?.code, code);
}

const whole = (data) => `event: next\ndata: ${JSON.stringify({ data })}\n\nevent: complete\ndata:\n\n`;

await runCases([
  [
    'a_hold_by_someone_else_shows',
    () =>
      connected(null, async (client) => {
        const answers = client.iterate({ query: availability, variables: { id: shop.event } });
        const before = left(await next(answers));
        await hold(server, shop, 3);
        assert.equal(left(await next(answers)), before - 3);
        await answers.return();
      }),
  ],
  [
    'an_order_shows_when_it_is_paid',
    () =>
      connected(null, async (client) => {
        const { id, code, secret } = await order(server, shop);
        const query = 'subscription($code: String!, $secret: String!) { orderChanged(code: $code, secret: $secret) { status } }';
        const answers = client.iterate({ query, variables: { code, secret } });
        assert.equal((await next(answers)).data.orderChanged.status, 'PENDING');
        await pay(server, { id, secret });
        while ((await next(answers)).data.orderChanged.status !== 'PAID');
        await answers.return();
        const guess = { query, variables: { code, secret: 'guess' } };
        await refused(await post(guess), 400, 'NOT_FOUND');
      }),
  ],
  [
    'a_stream_begins_at_once_and_tells_each_scan',
    async () => {
      const query = 'subscription($id: ID!) { checkInRecorded(listId: $id) { gate } }';
      const body = { query, variables: { id: shop.door } };
      const answer = await post(body, { authorization: `Bearer ${OWNER_TOKEN}` });
      assert.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      assert.match((await reader.read()).value, /^:\nid: \S+\n\n$/);
      let text = '';
      for (const gate of ['A', 'B', 'C']) await scan(server, shop, gate);
      while (!text.includes('"C"')) text += (await reader.read()).value;
      const events = ['A', 'B', 'C'].map((gate) => ({ data: { checkInRecorded: { gate } } }));
      const lines = events.map((event) => `event: next\nid: \ndata: ${JSON.stringify(event)}\n\n`);
      assert.equal(text.replace(/^(id: )\S+$/gm, '$1'), lines.join(''));
      await reader.cancel();
      await refused(await post(body), 400, 'UNAUTHENTICATED');
    },
  ],
  [
    'a_quiet_stream_says_something_every_15_s',
    async () => {
      const query = 'subscription($id: ID!) { checkInRecorded(listId: $id) { gate } }';
      const answer = await post({ query, variables: { id: shop.door } }, { authorization: `Bearer ${OWNER_TOKEN}` });
      const reader = answer.body.getReader();
      await reader.read();
      const start = Date.now();
      assert.equal(new TextDecoder().decode((await reader.read()).value), ':\n\n');
      assert.ok(Date.now() - start > 14000 && Date.now() - start < 20000);
      await reader.cancel();
    },
  ],
  [
    'strangers_do_not_see_what_is_for_staff',
    () =>
      connected(null, async (client) => {
        const query = 'subscription($id: ID!) { eventAvailability(eventId: $id) { id quotas { size } } }';
        const answers = client.iterate({ query, variables: { id: shop.event } });
        const { data, errors } = await next(answers);
        assert.deepEqual(data, { eventAvailability: { id: shop.event, quotas: null } });
        assert.equal(errors[0].extensions.code, 'FORBIDDEN');
        await answers.return();
      }),
  ],
  [
    'queries_and_mutations_are_whole_streams',
    async () => {
      const query = await post({ query: '{ __typename }' });
      assert.equal(query.headers.get('content-type'), 'text/event-stream; charset=utf-8');
      assert.equal(await query.text(), whole({ __typename: 'Query' }));
      const release = await post({ query: 'mutation { releaseHold(input: { token: "none" }) { userErrors { code } } }' });
      assert.match(await release.text(), /^event: next\ndata: .*"userErrors":\[.*\n\nevent: complete\ndata:\n\n$/);
      const read = await fetch(`${server.url}?query={__typename}`, { headers: { accept: 'text/event-stream' } });
      assert.equal(await read.text(), whole({ __typename: 'Query' }));
    },
  ],
  [
    'a_subscription_is_asked_for_by_GET_too',
    async () => {
      const query = encodeURIComponent(`subscription { eventAvailability(eventId: "${shop.event}") { id } }`);
      const answer = await fetch(`${server.url}?query=${query}`, { headers: { accept: 'text/event-stream' } });
      assert.equal(answer.status, 200);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!text.includes('event: next')) text += (await reader.read()).value;
      await reader.cancel();
    },
  ],
  [
    'wrong_requests_are_errors_of_HTTP',
    async () => {
      await refused(await post({ query: '{' }), 400, 'GRAPHQL_PARSE_FAILED');
      await refused(await post({ query: 'subscription { nothing }' }), 400, 'GRAPHQL_VALIDATION_FAILED');
      await refused(await post({ query: 1 }), 400, 'BAD_REQUEST');
      await refused(await post({ query: '{ __typename }' }, { authorization: 'Bearer wrong' }), 401, 'UNAUTHENTICATED');
      const mutation = encodeURIComponent('mutation { releaseHold(input: { token: "none" }) { userErrors { code } } }');
      const read = await fetch(`${server.url}?query=${mutation}`, { headers: { accept: 'text/event-stream' } });
      assert.equal(read.status, 405);
    },
  ],
  [
    'a_stop_ends_a_stream_without_complete',
    async () => {
      const answer = await post({ query: availability, variables: { id: shop.event } });
      const ended = answer.text();
      await server.stop();
      assert.doesNotMatch(await ended, /complete/);
    },
  ],
]);
