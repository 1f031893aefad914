/*
 * urql against a real server: a query, a mutation after which it asks again by itself, and subscriptions, both over a
 * WebSocket and by its own reading of server-sent events.
 */
import assert from 'node:assert';
import { createClient as createSocket } from 'graphql-ws';
import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from 'urql';
import { runCases, within } from './report.mjs';
import { OWNER_TOKEN, startServer } from './server.mjs';
import { hold, openShop, order, pay, scan } from './shop.mjs';

const program = process.argv[2];
const server = await startServer(program, '--sandbox');
const shop = await openShop(server, 'fabrik', 100);

const showsEvent = gql`
  query Shows($id: ID!) { event(id: $id) { id title ticketTypes { id remaining } } }
`;
const holds = gql`
  mutation Holds($input: HoldTicketsInput!) {
    holdTickets(input: $input) { hold { id event { id } } userErrors { code path } }
  }
`;
const eventChanges = gql`
  subscription Changes($id: ID!) { eventAvailability(eventId: $id) { id ticketTypes { id remaining } } }
`;
const ordersChanges = gql`
  subscription Mine($code: String!, $secret: String!) { orderChanged(code: $code, secret: $secret) { id status } }
`;
const scans = gql`
  subscription Scans($id: ID!) { checkInRecorded(listId: $id) { id gate } }
`;

const headersOf = (token) => (token ? { authorization: `Bearer ${token}` } : {});
const usual = (token) => ({ url: server.url, preferGetMethod: false, fetchOptions: { headers: headersOf(token) } });

/* Subscriptions by server-sent events, which urql reads by itself. */
const byEvents = (token) => ({
  client: new Client({ ...usual(token), exchanges: [cacheExchange, fetchExchange], fetchSubscriptions: true }),
  close: () => {},
});

/* Subscriptions by graphql-ws, as urql's documentation has it. */
function bySocket(token) {
  const socket = createSocket({ url: server.url.replace('http', 'ws'), connectionParams: headersOf(token), retryAttempts: 0 });
  const forwardSubscription = (request) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }),
  });
  const exchanges = [cacheExchange, fetchExchange, subscriptionExchange({ forwardSubscription })];
  return { client: new Client({ ...usual(token), exchanges }), close: () => socket.dispose() };
}

/* What a source brings, one after the other; next() waits 10 s at most. */
function listen(source) {
  const brought = [];
  let heard = () => {};
  const { unsubscribe } = source.subscribe((result) => {
    brought.push(result);
    heard();
  });
  return {
    unsubscribe,
    async next() {
      while (!brought.length) await within(10, new Promise((resolve) => (heard = resolve)));
      return brought.shift();
    },
    async data() {
      const { data, error } = await this.next();
      if (error) throw error;
      return data;
    },
  };
}

const leftOf = (event) => event.ticketTypes[0].remaining;
const codeOf = ({ error }) => error.graphQLErrors[0]?.extensions.code;

/* The three subscriptions over one transport. */
const live = (name, connect) => [
  [
    `${name}_follows_an_event`,
    async () => {
      const { client, close } = connect(null);
      const changes = listen(client.subscription(eventChanges, { id: shop.event }));
      const before = leftOf((await changes.data()).eventAvailability);
      await hold(server, shop, 3);
      assert.equal(leftOf((await changes.data()).eventAvailability), before - 3);
      changes.unsubscribe();
      await close();
    },
  ],
  [
    `${name}_follows_an_order_until_it_is_paid`,
    async () => {
      const { client, close } = connect(null);
      const { id, code, secret } = await order(server, shop);
      const mine = listen(client.subscription(ordersChanges, { code, secret }));
      assert.equal((await mine.data()).orderChanged.status, 'PENDING');
      await pay(server, { id, secret });
      while ((await mine.data()).orderChanged.status !== 'PAID');
      mine.unsubscribe();
      const guess = listen(client.subscription(ordersChanges, { code, secret: 'guess' }));
      assert.equal(codeOf(await guess.next()), 'NOT_FOUND');
      await close();
    },
  ],
  [
    `${name}_tells_each_scan_to_staff_alone`,
    async () => {
      const staff = connect(OWNER_TOKEN);
      const door = listen(staff.client.subscription(scans, { id: shop.door }));
      const event = listen(staff.client.subscription(eventChanges, { id: shop.event }));
      await event.data(); /* behind the other's beginning */
      const gates = ['A', 'B', 'C'].map((gate) => `${gate} ${name}`);
      for (const gate of gates) await scan(server, shop, gate);
      for (const gate of gates) assert.equal((await door.data()).checkInRecorded.gate, gate);
      door.unsubscribe();
      event.unsubscribe();
      await staff.close();
      const stranger = connect(null);
      const closed = listen(stranger.client.subscription(scans, { id: shop.door }));
      assert.equal(codeOf(await closed.next()), 'UNAUTHENTICATED');
      await stranger.close();
    },
  ],
];

await runCases([
  [
    'a_query_is_asked_again_after_a_mutation_of_what_it_shows',
    async () => {
      const { client, close } = bySocket(null);
      const page = listen(client.query(showsEvent, { id: shop.event }));
      const before = (await page.data()).event;
      assert.equal(before.title, 'Opening');
      const lines = [{ ticketTypeId: shop.type, quantity: 2 }];
      const made = await client.mutation(holds, { input: { eventId: shop.event, lines } }).toPromise();
      assert.deepEqual(made.data.holdTickets.userErrors, []);
      assert.equal(made.data.holdTickets.hold.event.id, shop.event);
      let shown = await page.data();
      while (leftOf(shown.event) !== leftOf(before) - 2) shown = await page.data();
      page.unsubscribe();
      await close();
    },
  ],
  [
    'what_is_refused_has_its_code',
    async () => {
      const { client, close } = bySocket(null);
      const wrong = await client.query('{ nothing }', {}).toPromise();
      assert.equal(codeOf(wrong), 'GRAPHQL_VALIDATION_FAILED');
      const none = await client.mutation(holds, { input: { eventId: 'evt_x', lines: [] } }).toPromise();
      assert.ok(none.data.holdTickets.userErrors.length);
      await close();
    },
  ],
  [
    'queries_by_GET_are_answered',
    async () => {
      const client = new Client({ ...usual(null), preferGetMethod: 'force', exchanges: [cacheExchange, fetchExchange] });
      const { data, error } = await client.query(showsEvent, { id: shop.event }).toPromise();
      assert.equal(error, undefined);
      assert.equal(data.event.id, shop.event);
    },
  ],
  ...live('a_socket', bySocket),
  ...live('a_stream_of_events', byEvents),
]);
await server.stop();
process.exit(); /* a failed case may leave a client that waits */
