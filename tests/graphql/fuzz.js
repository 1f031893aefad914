/*
 * The engine beside graphql-js: random schemas, random requests, compared in data and errors. A case agrees when it
 * equals what graphql-js 16 or 17 answers. README.md says how to run it.
 *
 *     node fuzz.js PROGRAM [--cases N] [--seed N] [--show N] [--sdl FILE [--fields N]]
 */
'use strict';
const { spawn } = require('child_process');
const { readFileSync } = require('fs');
const http = require('http');
const graphql16 = require('graphql');
const graphql17 = require('graphql17');
const { makeRandom } = require('./random.js');
const { makeSchema } = require('./schemas.js');
const { makeDocuments } = require('./documents.js');
const { makeFields, reachable } = require('./fields.js');
const { makeReference, comparable } = require('./reference.js');

const CASES_EACH = 40; /* of one schema */
const IN_FLIGHT = 4;

const options = { cases: 20000, seed: 1, show: 10, sdl: null, fields: 0 };
const [program, ...rest] = process.argv.slice(2);
for (let i = 0; i < rest.length; i += 2) options[rest[i].replace(/^--/, '')] = rest[i] === '--sdl' ? rest[i + 1] : Number(rest[i + 1]);

const agent = new http.Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
let schemaText, schemaJson; /* of the last request: large ones are sent often */
function post(url, { schema, ...body }) {
  if (schema !== schemaText) [schemaText, schemaJson] = [schema, JSON.stringify(schema)];
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(`{"schema":${schemaJson},${JSON.stringify(body).slice(1)}`);
    const request = http.request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': bytes.length } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => (response.statusCode === 200 ? resolve(JSON.parse(Buffer.concat(chunks))) : reject(new Error(`status ${response.statusCode}: ${Buffer.concat(chunks)}`))));
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

/* Data is that of one, or each value in it is that of one. */
function sharesData(ours, left, right) {
  const shares = (o, l, r) => Object.is(o, l) || Object.is(o, r) || (isNode(o) && isNode(l) && isNode(r) && keysOf(o) === keysOf(l) && keysOf(o) === keysOf(r) &&
    Object.keys(o).every((key) => shares(o[key], l[key], r[key])));
  const isNode = (value) => typeof value === 'object' && value !== null, keysOf = (value) => Object.keys(value).join();
  if (ours.data === left.data || ours.data === right.data) return true;
  return [ours, left, right].every((side) => side.data !== 'none') && shares(...[ours, left, right].map((side) => JSON.parse(side.data)));
}

/* Said by both versions: said here. Said here: said by one of them. */
function agrees(ours, left, right) {
  const said = [...left.errors, ...right.errors], common = left.errors.filter((e) => right.errors.includes(e));
  return sharesData(ours, left, right) && ours.errors.every((e) => said.includes(e)) && common.every((e) => ours.errors.includes(e));
}
const differs = (left, right) => left.data !== right.data || left.errors.join() !== right.errors.join();

/* What kind of difference it is, for counting alike ones together. */
function kindOf(theirs, ours) {
  const plain = (e) => JSON.parse(e).message.replace(/"[^"]*"/g, '"…"').replace(/[0-9]+/g, '0').slice(0, 90);
  const missing = theirs.errors.filter((e) => !ours.errors.includes(e)), more = ours.errors.filter((e) => !theirs.errors.includes(e));
  if (!missing.length && !more.length) return 'data: ' + (theirs.errors.map(plain)[0] ?? '');
  const same = missing.length && missing.map((e) => JSON.parse(e).message).sort().join() === more.map((e) => JSON.parse(e).message).sort().join();
  return (same ? 'places of ' : '') + [...new Set(missing.map((m) => '- ' + plain(m)))].join(' ') + (same ? '' : ' ' + [...new Set(more.map((m) => '+ ' + plain(m)))].join(' '));
}

const kinds = new Map();
const counts = { cases: 0, schemas: 0, refused: 0, withErrors: 0, newer: 0, crashed: 0, differ: 0 };

function note(sdl, request, theirs, ours, theirs17) {
  const kind = kindOf(theirs, ours);
  if (!kinds.has(kind)) kinds.set(kind, { count: 0, sdl, request, theirs, ours, theirs17 });
  const known = kinds.get(kind);
  known.count++;
  if (JSON.stringify(request).length + sdl.length < JSON.stringify(known.request).length + known.sdl.length) Object.assign(known, { sdl, request, theirs, ours, theirs17 });
  counts.differ++;
}

/* graphql-js 17 refuses some schemas that 16 takes: they may be refused here, or answered as if they were right. */
function newerReference(sdl) {
  try {
    return makeReference(graphql17, sdl, { assumeValid: true });
  } catch (error) {
    return { problems: [error], answer: null };
  }
}

/* What is wrong with a schema is told with its file and line. */
const refusesSchema = (response) => !!response.errors?.length && response.errors.every((e) => !e.locations && /^schema:[0-9]+: /.test(e.message));

async function check(url, sdl, references, request) {
  const [older, newer] = references;
  const answering = post(url, { schema: sdl, ...request }).catch((error) => {
    throw new Error(`${error.message} on ${JSON.stringify({ schema: sdl, ...request })}`);
  });
  const [response, theirs16] = await Promise.all([answering, older.answer(request)]);
  const ours = comparable(response), theirs = comparable(theirs16);
  counts.cases++;
  if (theirs16.crashed) return void counts.crashed++;
  counts.withErrors += theirs.errors.length > 0;
  if (!differs(theirs, ours)) return;
  if (!newer.made) newer.made = newerReference(sdl);
  const theirs17 = newer.made.answer ? comparable(await newer.made.answer(request)) : theirs;
  if (refusesSchema(response) && newer.made.problems.length) counts.newer++;
  else if (agrees(ours, theirs, theirs17)) counts.newer++;
  else note(sdl, request, theirs, ours, theirs17);
}

/* All that tools ask of a schema. */
const everything = graphql16.getIntrospectionQuery({ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true,
  inputValueDeprecation: true, oneOf: true });

/* So many of all fields, in the order of the schema. */
function someFields(random, schema) {
  let requests = makeFields(random, schema), wanted = Math.min(options.fields, requests.length);
  console.log(`${wanted} of ${requests.length} fields`);
  return requests.filter((_, i) => random.chance(wanted / (requests.length - i)) && wanted--);
}

/* A schema with the requests that are made for it; a schema that graphql-js refuses must be refused here too. */
async function checkSchema(url, random, sdl, count) {
  let older;
  try {
    older = makeReference(graphql16, sdl);
  } catch (error) {
    counts.refused++;
    const { errors } = await post(url, { schema: sdl, query: '{ __typename }' });
    if (!errors) note(sdl, {}, { data: 'none', errors: [JSON.stringify({ message: 'the schema: ' + error.message })] }, { data: '', errors: [] });
    return;
  }
  counts.schemas++;
  const newer = {};
  const requests = options.fields ? someFields(random, older.schema) : [{ query: everything }, ...random.times(count - 1, makeDocuments(random, older.schema))];
  while (requests.length) await Promise.all(requests.splice(0, IN_FLIGHT).map((r) => check(url, sdl, [older, newer], r)));
}

function report() {
  console.log(`${counts.cases} requests (${counts.withErrors} with errors) on ${counts.schemas} schemas, ${counts.refused} schemas refused by both, ` +
    `not as graphql-js 16, but as 17 or by errors of either: ${counts.newer}, not answered by it: ${counts.crashed}; differ: ${counts.differ}`);
  const sorted = [...kinds].sort((a, b) => b[1].count - a[1].count);
  for (const [kind, { count }] of sorted) console.log(`${count} x ${kind}`);
  for (const [kind, { count, sdl, request, theirs, ours, theirs17 }] of sorted.slice(0, options.show))
    console.log(`\n=== ${count} x ${kind}\n${options.sdl ? '' : sdl}--- ${JSON.stringify(request)}\n${request.query}\n--- theirs\n${theirs.data}\n${theirs.errors.join('\n')}\n--- theirs, 17\n${theirs17?.data}\n${theirs17?.errors.join('\n')}\n--- ours\n${ours.data}\n${ours.errors.join('\n')}`);
}

/* What the scalars of the language are described as is each implementation's own: theirs are called as ours. */
async function shareDescriptions(url) {
  for (const name of ['Int', 'Float', 'String', 'Boolean', 'ID']) {
    const sdl = 'type Query { a(b: Int, c: Float, d: ID): String }';
    const { data } = await post(url, { schema: sdl, query: `{ __type(name: "${name}") { description } }` });
    for (const graphql of [graphql16, graphql17]) graphql['GraphQL' + name].description = data.__type.description;
  }
}

async function main(server) {
  const url = (await new Promise((resolve) => server.stdout.once('data', resolve))).toString().trim() + '/execute';
  await shareDescriptions(url);
  for (let seed = options.seed; counts.cases < options.cases; seed++) {
    const random = makeRandom(seed);
    if (options.fields) {
      await checkSchema(url, random, reachable(readFileSync(options.sdl, 'utf8')));
      break;
    }
    if (options.sdl) await checkSchema(url, random, readFileSync(options.sdl, 'utf8'), options.cases);
    else await checkSchema(url, random, makeSchema(random), Math.min(CASES_EACH, options.cases - counts.cases));
  }
  report();
  const name = `the_engine_agrees_with_graphql_js${options.fields ? '_on_each_field' : ''}${options.sdl ? '_of_a_real_schema' : ''}`;
  console.log(`[ RUN      ] ${name}\n${counts.differ ? '[  FAILED  ]' : '[       OK ]'} ${name}`);
  return counts.differ ? 1 : 0;
}

const server = spawn(program, [], { stdio: ['ignore', 'pipe', 'inherit'] });
server.on('exit', (code, signal) => {
  console.error(`the program ended: ${code ?? signal}`);
  process.exit(2);
});
main(server)
  .catch((error) => {
    console.error(error);
    return 2;
  })
  .then((status) => {
    server.removeAllListeners('exit');
    server.kill();
    process.exit(status);
  });
