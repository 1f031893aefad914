/*
 * Apollo Client with its graphql-ws link against a real server: what is subscribed to changes what its cache shows,
 * and comes back when the wire was cut.
 */
import assert from 'node:assert';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { runCases, within } from './report.mjs';
import { OWNER_TOKEN, startServer } from './server.mjs';
import { hold, openShop, order, pay, scan } from './shop.mjs';
import { openWire } from './wire.mjs';

const program = process.argv[2];
const server = await startServer(program, '--sandbox');
const shop = await openShop(server, 'fabrik', 100);
const wire = await openWire(server);

const showsEvent = gql`
  query Shows($id: ID!) { event(id: $id) { id title ticketTypes { id remaining } } }
`;
const eventChanges = gql`
  subscription Changes($id: ID!) { eventAvailability(eventId: $id) { id ticketTypes { id remaining } } }
`;
const scans = gql`
  subscription Scans($id: ID!) { checkInRecorded(listId: $id) { id gate result } }
`;
const ordersChanges = gql`
  subscription Mine($code: String!, $secret: String!) { orderChanged(code: $code, secret: $secret) { id status } }
`;

/* A client by its token (null: a stranger) for the time of `body`: subscriptions by WebSocket, all else by HTTP. */
async function connected(token, body, url = server.url) {
  const authorization = token ? { authorization: `Bearer ${token}` } : {};
  const sockets = createClient({
    url: url.replace('http', 'ws'),
    connectionParams: authorization,
    shouldRetry: () => true,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  });
  const link = ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(sockets),
    new HttpLink({ uri: url, headers: authorization }),
  );
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  try {
    await body(client);
  } finally {
    client.stop();
    await sockets.dispose();
  }
}

/* What an observable brings, one after the other: next() waits, 10 s at most, and throws its error. */
function listen(observable) {
  const brought = [];
  let heard = () => {};
  const add = (value) => {
    brought.push(value);
    heard();
  };
  const subscription = observable.subscribe({ next: (result) => add({ result }), error: (error) => add({ error }) });
  return {
    async next() {
      while (!brought.length) await within(10, new Promise((resolve) => (heard = resolve)));
      const { result, error } = brought.shift();
      if (error ?? result.error) throw error ?? result.error;
      return result.data;
    },
    async until(isWanted) {
      let data = await this.next();
      while (!data || !isWanted(data)) data = await this.next();
      return data;
    },
    stop: () => subscription.unsubscribe(),
  };
}

const leftOf = (event) => event?.ticketTypes[0].remaining;
const refusedWith = (code) => (error) => error.errors?.[0].extensions.code === code;

await runCases([
  [
    'a_page_that_shows_an_event_follows_it',
    () =>
      connected(null, async (client) => {
        const page = listen(client.watchQuery({ query: showsEvent, variables: { id: shop.event } }));
        const before = leftOf((await page.until(({ event }) => event)).event);
        const changes = listen(client.subscribe({ query: eventChanges, variables: { id: shop.event } }));
        assert.equal(leftOf((await changes.next()).eventAvailability), before);
        await hold(server, shop, 3);
        const shown = await page.until(({ event }) => leftOf(event) === before - 3);
        assert.equal(shown.event.title, 'Opening');
        assert.equal(leftOf((await changes.next()).eventAvailability), before - 3);
        page.stop();
        changes.stop();
      }),
  ],
  [
    'a_buyer_sees_that_an_order_is_paid',
    () =>
      connected(null, async (client) => {
        const { id, code, secret } = await order(server, shop);
        const mine = listen(client.subscribe({ query: ordersChanges, variables: { code, secret } }));
        assert.equal((await mine.next()).orderChanged.status, 'PENDING');
        await pay(server, { id, secret });
        await mine.until(({ orderChanged }) => orderChanged.status === 'PAID');
        mine.stop();
      }),
  ],
  [
    'staff_sees_each_scan_and_strangers_are_told_why_not',
    async () => {
      await connected(OWNER_TOKEN, async (client) => {
        const door = listen(client.subscribe({ query: scans, variables: { id: shop.door } }));
        const event = listen(client.subscribe({ query: eventChanges, variables: { id: shop.event } }));
        await event.next(); /* behind the other's beginning */
        for (const gate of ['A', 'B', 'C']) await scan(server, shop, gate);
        for (const gate of ['A', 'B', 'C']) assert.equal((await door.next()).checkInRecorded.gate, gate);
        door.stop();
        event.stop();
      });
      await connected(null, async (client) => {
        const door = listen(client.subscribe({ query: scans, variables: { id: shop.door } }));
        await assert.rejects(() => door.next(), refusedWith('UNAUTHENTICATED'));
        const none = listen(client.subscribe({ query: eventChanges, variables: { id: 'evt_x' } }));
        await assert.rejects(() => none.next(), refusedWith('NOT_FOUND'));
      });
    },
  ],
  [
    'a_wire_that_is_cut_is_mended_by_the_state_of_now',
    () =>
      connected(
        null,
        async (client) => {
          const changes = listen(client.subscribe({ query: eventChanges, variables: { id: shop.event } }));
          const before = leftOf((await changes.next()).eventAvailability);
          wire.cut();
          await hold(server, shop, 2);
          await changes.until(({ eventAvailability }) => leftOf(eventAvailability) === before - 2);
          changes.stop();
        },
        wire.url,
      ),
  ],
]);
wire.cut();
wire.close();
await server.stop();
process.exit(); /* a failed case may leave a client that comes back for ever */
