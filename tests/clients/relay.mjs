/*
 * relay-compiler on an app of Relay's own idioms (relay/App.js), with the schema that `tessera schema print` prints: it
 * compiles, what it makes is answered by the server, and its persisted documents are a manifest for --operations.
 */
import assert from 'node:assert';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createClient } from 'graphql-ws';
import { runCases, within } from './report.mjs';
import { startServer } from './server.mjs';
import { hold, openShop } from './shop.mjs';
import { publishedSchema, runTool } from './tool.mjs';

const program = resolve(process.argv[2]);
const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'tessera-relay-'));
const operations = ['AppEventsQuery', 'AppEventsPaginationQuery', 'AppEventQuery', 'AppHoldMutation', 'AppAvailabilitySubscription'];

/* A project of its own with the app, changed by `edit`. Return: what the compiler said. */
function compile(name, config = {}, edit = (source) => source) {
  const project = join(folder, name);
  mkdirSync(join(project, 'src'), { recursive: true });
  cpSync(join(here, 'relay'), join(project, 'src'), { recursive: true });
  writeFileSync(join(project, 'src', 'App.js'), edit(readFileSync(join(here, 'relay', 'App.js'), 'utf8')));
  writeFileSync(join(project, 'schema.graphql'), publishedSchema(program));
  writeFileSync(join(project, 'package.json'), '{"type": "module"}');
  const usual = { src: './src', schema: './schema.graphql', language: 'javascript', eagerEsModules: true };
  writeFileSync(join(project, 'relay.config.json'), JSON.stringify({ ...usual, ...config }));
  return runTool('relay-compiler', ['relay.config.json'], project);
}

/* What the compiler made of an operation: its text, or its id when it was persisted. */
async function made(name, operation) {
  const path = join(folder, name, 'src', '__generated__', `${operation}.graphql.js`);
  return (await import(path)).default.params;
}

async function post(server, body) {
  const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
  return (await fetch(server.url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

const server = await startServer(program, '--sandbox');
const shops = [await openShop(server, 'fabrik', 100), await openShop(server, 'palast', 100)];

/* Ask what the compiler made; no error is expected. */
async function ask(operation, variables, body = async () => ({ query: (await made('usual', operation)).text }), of = server) {
  const { data, errors } = await post(of, { ...(await body(operation)), variables });
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

await runCases([
  [
    'the_compiler_takes_the_schema_and_the_app',
    async () => {
      const { status, out } = compile('usual');
      assert.equal(status, 0, out);
      assert.doesNotMatch(out, /warn/i);
      for (const operation of operations) assert.match((await made('usual', operation)).text, new RegExp(operation));
    },
  ],
  [
    'what_the_schema_has_not_stops_it',
    async () => {
      const { status, out } = compile('wrong', {}, (source) => source.replace('title', 'tytle'));
      assert.notEqual(status, 0);
      assert.match(out, /tytle/);
    },
  ],
  [
    'pages_go_on_where_they_ended',
    async () => {
      const seen = [];
      let { events } = await ask('AppEventsQuery', { count: 1, cursor: null });
      for (;;) {
        seen.push(...events.edges.map(({ node }) => node.id));
        if (!events.pageInfo.hasNextPage) break;
        ({ events } = await ask('AppEventsPaginationQuery', { count: 1, cursor: events.pageInfo.endCursor }));
      }
      assert.deepEqual(seen.sort(), shops.map(({ event }) => event).sort());
    },
  ],
  [
    'an_object_is_found_again_by_its_id',
    async () => {
      const { node } = await ask('AppEventQuery', { id: shops[0].event, count: 5 });
      assert.equal(node.__typename, 'Event');
      assert.equal(node.title, 'Opening');
      assert.equal(node.dates.edges[0].node.startsAt, '2099-06-01T18:00:00.000Z');
    },
  ],
  [
    'a_mutation_and_what_is_live',
    async () => {
      const client = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
      const query = (await made('usual', 'AppAvailabilitySubscription')).text;
      const answers = client.iterate({ query, variables: { id: shops[0].event, count: 5 } });
      const next = async () => (await within(10, answers.next())).value.data.eventAvailability.ticketTypes[0].remaining;
      const before = await next();
      const lines = [{ ticketTypeId: shops[0].type, quantity: 2 }];
      const { holdTickets } = await ask('AppHoldMutation', { input: { eventId: shops[0].event, lines } });
      assert.deepEqual(holdTickets.userErrors, []);
      assert.equal(holdTickets.hold.positions.length, 2);
      assert.equal(holdTickets.hold.event.ticketTypes[0].remaining, before - 2);
      assert.equal(await next(), before - 2);
      await hold(server, shops[0], 1);
      assert.equal(await next(), before - 3);
      await client.dispose();
    },
  ],
  [
    'its_persisted_documents_are_a_manifest',
    async () => {
      mkdirSync(join(folder, 'persisted'));
      writeFileSync(join(folder, 'persisted', 'persisted.json'), '{}'); /* it wants to find one */
      const { status, out } = compile('persisted', { persistConfig: { file: './persisted.json', algorithm: 'SHA256' } });
      assert.equal(status, 0, out);
      const manifest = join(folder, 'persisted', 'persisted.json');
      assert.equal(Object.keys(JSON.parse(readFileSync(manifest))).length, operations.length);
      const strict = await startServer(program, '--operations', manifest, '--operations-only');
      const byId = async (operation) => {
        const { id, text } = await made('persisted', operation);
        assert.equal(text, null);
        return { documentId: id };
      };
      const { events } = await ask('AppEventsQuery', { count: 1 }, byId, strict);
      assert.deepEqual(events.edges, []);
      const refused = await post(strict, { query: '{ __typename }' });
      assert.equal(refused.errors[0].extensions.code, 'OPERATION_NOT_ALLOWED');
      await strict.stop();
    },
  ],
]);
await server.stop();
rmSync(folder, { recursive: true });
