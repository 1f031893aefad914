/* npm graphql-ws against a real server: the three subscriptions, who may see what, and what its user is told. */
import assert from 'node:assert';
import { createClient } from 'graphql-ws';
import { runCases } from './report.mjs';
import { OWNER_TOKEN, startServer } from './server.mjs';
import { hold, openShop, order, pay, scan } from './shop.mjs';

const program = process.argv[2];
const server = await startServer(program, '--sandbox');
const shop = await openShop(server, 'fabrik', 100);

/* A client by its token (null: a stranger) for the time of `body`. */
async function connected(token, body, options = {}) {
  const connectionParams = token ? { authorization: `Bearer ${token}` } : undefined;
  const client = createClient({ url: server.url.replace('http', 'ws'), connectionParams, retryAttempts: 0, ...options });
  try {
    await body(client);
  } finally {
    await client.dispose();
  }
}

/* The first answer that `is_wanted`; all others pass. */
async function until(answers, isWanted) {
  for await (const answer of answers) if (isWanted(answer)) return answer;
  throw new Error('it completed before');
}

const next = async (answers) => (await answers.next()).value;
const availability = { query: `subscription($id: ID!) { eventAvailability(eventId: $id) { ticketTypes { remaining } } }` };
const left = (answer) => answer.data.eventAvailability.ticketTypes[0].remaining;
const refusedWith = (code) => (errors) => errors[0].extensions.code === code;

await runCases([
  [
    'a_hold_by_someone_else_shows_to_all_who_watch',
    () =>
      connected(null, (one) =>
        connected(null, async (two) => {
          const watching = [one, two].map((client) => client.iterate({ ...availability, variables: { id: shop.event } }));
          const before = left(await next(watching[0]));
          assert.equal(left(await next(watching[1])), before);
          await hold(server, shop, 3);
          for (const answers of watching) assert.equal(left(await next(answers)), before - 3);
          await Promise.all(watching.map((answers) => answers.return()));
        }),
      ),
  ],
  [
    'an_order_shows_when_it_is_paid',
    () =>
      connected(null, async (client) => {
        const { id, code, secret } = await order(server, shop);
        const query = 'subscription($code: String!, $secret: String!) { orderChanged(code: $code, secret: $secret) { status } }';
        const answers = client.iterate({ query, variables: { code, secret } });
        assert.deepEqual(await next(answers), { data: { orderChanged: { status: 'PENDING' } } });
        await pay(server, { id, secret });
        await until(answers, ({ data }) => data.orderChanged.status === 'PAID');
        const guess = client.iterate({ query, variables: { code, secret: 'guess' } });
        await assert.rejects(() => guess.next(), refusedWith('NOT_FOUND'));
      }),
  ],
  [
    'each_scan_shows_once_and_in_order',
    () =>
      connected(OWNER_TOKEN, async (client) => {
        const query = 'subscription($id: ID!) { checkInRecorded(listId: $id) { result gate } }';
        const answers = client.iterate({ query, variables: { id: shop.door } });
        const first = next(answers);
        await until(client.iterate({ query: '{ __typename }' }), () => true); /* behind the subscription's beginning */
        for (const gate of ['A', 'B', 'C']) await scan(server, shop, gate);
        const gates = [await first, await next(answers), await next(answers)].map(({ data }) => data.checkInRecorded.gate);
        assert.deepEqual(gates, ['A', 'B', 'C']);
        await answers.return();
      }),
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
        assert.deepEqual(errors[0].path, ['eventAvailability', 'quotas']);
        await answers.return();
        const door = client.iterate({
          query: 'subscription($id: ID!) { checkInRecorded(listId: $id) { gate } }',
          variables: { id: shop.door },
        });
        await assert.rejects(() => door.next(), refusedWith('UNAUTHENTICATED'));
      }),
  ],
  [
    'staff_sees_it',
    () =>
      connected(OWNER_TOKEN, async (client) => {
        const query = 'subscription($id: ID!) { eventAvailability(eventId: $id) { quotas { size } } }';
        const answers = client.iterate({ query, variables: { id: shop.event } });
        assert.deepEqual(await next(answers), { data: { eventAvailability: { quotas: [{ size: 100 }] } } });
        await answers.return();
      }),
  ],
  [
    'a_wrong_token_closes_with_4403',
    () =>
      connected('wrong', async (client) => {
        await assert.rejects(
          () => client.iterate({ query: '{ __typename }' }).next(),
          (event) => event.code === 4403,
        );
      }),
  ],
  [
    'what_is_wrong_with_a_subscription_is_said',
    () =>
      connected(null, async (client) => {
        const none = client.iterate({ ...availability, variables: { id: 'evt_x' } });
        await assert.rejects(() => none.next(), refusedWith('NOT_FOUND'));
        const invalid = client.iterate({ query: 'subscription { nothing }' });
        await assert.rejects(
          () => invalid.next(),
          (errors) => /nothing/.test(errors[0].message),
        );
      }),
  ],
  [
    'queries_and_mutations_are_answered_and_complete',
    () =>
      connected(null, async (client) => {
        const query = client.iterate({ query: '{ __typename }' });
        assert.deepEqual(await next(query), { data: { __typename: 'Query' } });
        assert.equal((await query.next()).done, true);
        const release = 'mutation { releaseHold(input: { token: "none" }) { userErrors { code } } }';
        assert.equal((await next(client.iterate({ query: release }))).data.releaseHold.userErrors.length, 1);
      }),
  ],
  [
    'a_stop_ends_what_is_watched_with_1012',
    async () => {
      let told;
      const ended = new Promise((resolve) => (told = resolve));
      await connected(
        null,
        async (client) => {
          const answers = client.iterate({ ...availability, variables: { id: shop.event } });
          await next(answers);
          await server.stop();
          assert.equal((await ended).code, 1012);
          await answers.next().catch(() => {});
        },
        { on: { closed: told } },
      );
    },
  ],
]);
