/* get-graphql-schema, whose introspection is that of graphql 14: what it downloads is the schema that is published. */
import assert from 'node:assert';
import { buildClientSchema, buildSchema, printType } from 'graphql';
import { runCases } from './report.mjs';
import { startServer } from './server.mjs';
import { publishedSchema, runTool } from './tool.mjs';

const program = process.argv[2];
const server = await startServer(program);

/* Each type's text by its name, less what was not asked for in those days. */
function typesOf(schema) {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  return Object.fromEntries(types.map((type) => [type.name, printType(type).replace(/ @specifiedBy\(url: ".*"\)/, '')]));
}

const published = typesOf(buildSchema(publishedSchema(program)));

await runCases([
  [
    'its_SDL_is_the_published_schema',
    async () => {
      const { status, out } = runTool('get-graphql-schema', [server.url]);
      assert.equal(status, 0, out);
      assert.deepEqual(typesOf(buildSchema(out, { assumeValidSDL: true })), published);
    },
  ],
  [
    'its_JSON_is_the_published_schema',
    async () => {
      const { status, out } = runTool('get-graphql-schema', [server.url, '--json']);
      assert.equal(status, 0, out);
      const answer = JSON.parse(out);
      assert.deepEqual(typesOf(buildClientSchema(answer.data ?? answer)), published);
    },
  ],
]);
await server.stop();
