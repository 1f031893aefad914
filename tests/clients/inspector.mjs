/*
 * @graphql-inspector/cli: the published schema and the one that the server shows are the same, documents are valid, and
 * what it calls a breaking change is one to `tessera schema diff` as well.
 */
import assert from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCases } from './report.mjs';
import { startServer } from './server.mjs';
import { publishedSchema, runTool } from './tool.mjs';

const program = resolve(process.argv[2]);
const server = await startServer(program);
const folder = mkdtempSync(join(tmpdir(), 'tessera-inspector-'));
const inspect = (...args) => runTool('graphql-inspector', args, folder);
const published = publishedSchema(program);
writeFileSync(join(folder, 'published.graphql'), published);
writeFileSync(join(folder, 'changed.graphql'), published.replace('  doorsAt: DateTime\n', ''));

await runCases([
  [
    'nothing_differs_from_what_the_server_shows',
    async () => {
      const written = inspect('introspect', 'published.graphql', '--write', 'published.json');
      assert.equal(written.status, 0, written.out);
      for (const sides of [['published.json', server.url], [server.url, 'published.json']]) {
        const { status, out } = inspect('diff', ...sides);
        assert.equal(status, 0, out);
        assert.match(out, /No changes detected/);
      }
    },
  ],
  [
    'nothing_differs_but_what_it_does_not_ask_a_server',
    async () => {
      const { out } = inspect('diff', 'published.graphql', server.url);
      const changes = out.split('\n').filter((line) => /[✖⚠✔]/u.test(line));
      assert.deepEqual(changes.filter((line) => !line.includes('Directive specifiedBy was removed from scalar')), []);
      const query = '{ __schema { types { name specifiedByURL } } }';
      const answer = await fetch(`${server.url}?${new URLSearchParams({ query })}`);
      const { types } = (await answer.json()).data.__schema;
      const shown = types
        .filter(({ specifiedByURL }) => specifiedByURL)
        .map(({ name, specifiedByURL }) => `scalar ${name} @specifiedBy(url: "${specifiedByURL}")`);
      assert.deepEqual(shown.sort(), published.match(/^scalar .* @specifiedBy.*$/gm).sort());
      assert.equal(changes.length, shown.length);
    },
  ],
  [
    'what_breaks_clients_is_found_as_we_find_it',
    async () => {
      const { status, out } = inspect('diff', 'published.graphql', 'changed.graphql');
      assert.equal(status, 1, out);
      assert.match(out, /Field doorsAt .*removed from object type Event/);
      const ours = runTool(program, ['schema', 'diff', 'published.graphql', 'changed.graphql'], folder);
      assert.equal(ours.status, 1, ours.out);
      assert.match(ours.out, /FIELD_REMOVED.*Event\.doorsAt/);
    },
  ],
  [
    'documents_are_valid_by_what_the_server_shows',
    async () => {
      const good = 'query Events { events(first: 5) { nodes { id title doorsAt } } }';
      const live = 'subscription Left($id: ID!) { eventAvailability(eventId: $id) { id ticketTypes { remaining } } }';
      writeFileSync(join(folder, 'good.graphql'), `${good}\n${live}\n`);
      writeFileSync(join(folder, 'bad.graphql'), good.replace('title', 'tytle'));
      const fine = inspect('validate', 'good.graphql', server.url);
      assert.equal(fine.status, 0, fine.out);
      const wrong = inspect('validate', 'bad.graphql', server.url);
      assert.equal(wrong.status, 1, wrong.out);
      assert.match(wrong.out, /tytle/);
    },
  ],
]);
await server.stop();
rmSync(folder, { recursive: true });
