/*
 * Random documents and variables, judged by graphql-js and by this engine (judge.c); prints where they differ. The
 * documents start valid and are broken in zero to three places, so that most rules meet near misses. README.md says
 * how to run it.
 */
'use strict';
const { readFileSync } = require('fs');
const { spawnSync } = require('child_process');
const graphql = require(require.resolve('graphql', { paths: [process.cwd()] }));
const { getVariableValues } = require(require.resolve('graphql/execution/values', { paths: [process.cwd()] }));

const [judge, sdl, countText = '5000', seedText = '1', verbose] = process.argv.slice(2);
if (!judge || !sdl) {
  console.error('usage: node compare.js JUDGE SDL [COUNT [SEED [-v]]]');
  process.exit(2);
}

/* A small generator, so that a seed gives the same documents everywhere (mulberry32). */
let state = Number(seedText) >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const chance = (p) => random() < p;
const pick = (list) => list[Math.floor(random() * list.length)];

const samples = {
  DateTime: ['2099-06-01T18:00:00Z'], Decimal: ['12.50'], CurrencyCode: ['EUR'], TimeZone: ['Europe/Berlin', 'UTC'],
  URL: ['https://example.org/a.png'],
};
const schema = graphql.buildSchema(readFileSync(sdl, 'utf8'));
for (const [name, good] of Object.entries(samples)) {
  const parse = (value) => {
    if (typeof value !== 'string') throw new graphql.GraphQLError(`${name} cannot represent a non string value: ${JSON.stringify(value)}`);
    if (!good.includes(value)) throw new graphql.GraphQLError(`${name} must be `);
    return value;
  };
  const type = schema.getType(name);
  type.parseValue = parse;
  type.parseLiteral = (node) => {
    if (node.kind !== 'StringValue') throw new graphql.GraphQLError(`${name} cannot represent a non string value: ${graphql.print(node)}`);
    return parse(node.value);
  };
}
const rules = graphql.specifiedRules.filter((rule) => rule.name !== 'MaxIntrospectionDepthRule');

/* ---- values */
const wrongLiterals = ['1', '1.5', '"x"', 'true', 'null', 'RED', '[]', '[1]', '{}', '{a: 1}', '2147483648', '"1"', '[null]', '-0', '1e3', '1.0', '[[1]]'];
const wrongValues = [1, 1.5, 'x', true, null, [], [1], {}, { a: 1 }, 2147483648, '1', [null], 1e3, 9007199254740993, [[1]], -1];

/* A literal of `type`, sometimes with variables in it. */
function literal(type, scope, depth = 0) {
  if (chance(scope.broken * 0.6)) return pick(wrongLiterals);
  if (scope.variables && chance(0.25)) return '$' + variable(type, scope);
  if (graphql.isNonNullType(type)) return literal(type.ofType, { ...scope, variables: null, up: scope, notNull: true }, depth);
  if (chance(0.07) && !scope.notNull) return 'null';
  const inner = { ...scope, notNull: false, variables: scope.variables || (scope.up && scope.up.variables) };
  if (graphql.isListType(type)) {
    if (chance(0.15)) return literal(type.ofType, inner, depth + 1);
    return '[' + Array.from({ length: Math.floor(random() * 3) }, () => literal(type.ofType, inner, depth + 1)).join(', ') + ']';
  }
  if (graphql.isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((f) => (graphql.isRequiredInputField(f) ? !chance(scope.broken) : chance(0.4)));
    const parts = fields.map((f) => `${f.name}: ${literal(f.type, inner, depth + 1)}`);
    if (chance(scope.broken)) parts.push(`${pick(['nothing', 'name', 'sluk', 'first'])}: 1`);
    if (parts.length && chance(scope.broken)) parts.push(pick(parts));
    return '{' + parts.join(', ') + '}';
  }
  if (graphql.isEnumType(type)) return chance(scope.broken) ? pick(['NONE', 'draft', '"DRAFT"']) : pick(type.getValues()).name;
  if (samples[type.name]) return JSON.stringify(pick(samples[type.name]));
  return { Int: ['0', '7', '-1', '2147483647'], Float: ['1', '1.5', '-2e3'], String: ['"a"', '""', '"""block"""', '"\\u00e9"'],
    Boolean: ['true', 'false'], ID: ['"evt_1"', '12', '99999999999999999999'] }[type.name][Math.floor(random() * 2)];
}

function value(type, broken) {
  if (chance(broken * 0.6)) return pick(wrongValues);
  if (graphql.isNonNullType(type)) {
    let found = null;
    while (found === null) found = value(type.ofType, broken);
    return found;
  }
  if (chance(0.07)) return null;
  if (graphql.isListType(type)) return chance(0.15) ? value(type.ofType, broken) : Array.from({ length: Math.floor(random() * 3) }, () => value(type.ofType, broken));
  if (graphql.isInputObjectType(type)) {
    const object = {};
    for (const f of Object.values(type.getFields())) if (graphql.isRequiredInputField(f) ? !chance(broken) : chance(0.4)) object[f.name] = value(f.type, broken);
    if (chance(broken)) object[pick(['nothing', 'sluk'])] = 1;
    return object;
  }
  if (graphql.isEnumType(type)) return chance(broken) ? pick(['NONE', 'draft', 1]) : pick(type.getValues()).name;
  if (samples[type.name]) return pick(samples[type.name]);
  return { Int: [0, 7, -1, 2147483647], Float: [1, 1.5], String: ['a', ''], Boolean: [true, false], ID: ['evt_1', 12] }[type.name][Math.floor(random() * 2)];
}

/* A variable to use where `type` is expected: an old one that fits, a new one, or a wrong one. */
function variable(type, scope) {
  const variables = scope.variables;
  if (chance(scope.broken)) return pick(['missing', ...variables.map((v) => v.name)]);
  const fits = variables.filter((v) => String(v.type) === String(type));
  if (fits.length && chance(0.5)) return pick(fits).name;
  let declared = type;
  if (chance(scope.broken)) declared = graphql.isNonNullType(type) ? type.ofType : graphql.isListType(type) ? type.ofType : new graphql.GraphQLList(type);
  else if (!graphql.isNonNullType(type) && chance(0.3)) declared = new graphql.GraphQLNonNull(type);
  else if (graphql.isNonNullType(type) && chance(0.2)) declared = type.ofType; /* fits with a default only */
  const name = 'v' + variables.length;
  const withDefault = declared !== type && !graphql.isNonNullType(declared) ? chance(0.7) : chance(0.15);
  variables.push({ name, type: declared, given: withDefault ? literal(declared, { broken: scope.broken, variables: null }) : null });
  return name;
}

/* ---- selections */
function args(list, scope) {
  const given = list.filter((a) => (graphql.isRequiredArgument(a) ? !chance(scope.broken) : chance(0.4)));
  const parts = given.map((a) => `${a.name}: ${literal(a.type, scope)}`);
  if (chance(scope.broken)) parts.push(`${pick(['idd', 'first', 'nothing', 'if'])}: ${pick(wrongLiterals)}`);
  if (parts.length && chance(scope.broken * 0.5)) parts.push(parts[0]);
  return parts.length ? '(' + parts.join(', ') + ')' : '';
}

function directives(scope) {
  let text = '';
  if (chance(0.08)) text += ` @${pick(['skip', 'include'])}(if: ${literal(new graphql.GraphQLNonNull(graphql.GraphQLBoolean), scope)})`;
  if (chance(scope.broken * 0.4)) text += ' ' + pick(['@skip', '@nothing', '@skip(if: true) @skip(if: false)', '@deprecated', '@include(if: 1)', '@include(iff: true)']);
  return text;
}

const composites = Object.values(schema.getTypeMap()).filter((t) => graphql.isCompositeType(t) && !t.name.startsWith('__'));

function field(type, scope, depth) {
  if (graphql.isUnionType(type) || chance(0.05)) return '__typename';
  const f = pick(Object.values(type.getFields()).filter((g) => depth < 4 || graphql.isLeafType(graphql.getNamedType(g.type))));
  if (!f) return '__typename';
  const named = graphql.getNamedType(f.type);
  const again = scope.names.has(f.name) && (f.args.length || graphql.isCompositeType(named)) && !chance(0.1);
  let text = f.name;
  scope.names.add(f.name);
  if (again) text = `n${scope.names.size}: ${text}`; /* else most documents would be refused for conflicts */
  else if (chance(0.02)) text = `${pick(['a', 'b', 'id', 'name', 'x'])}: ${text}`;
  if (again) scope.names.add('n' + scope.names.size);
  if (chance(scope.broken * 0.5)) text = pick(['nothing', 'idd', 'nam', f.name + 's', '__typname', '__schema']);
  text += args(f.args, scope) + directives(scope);
  const composite = graphql.isCompositeType(named);
  if (composite !== chance(scope.broken * 0.3)) text += ' ' + (composite ? selections(named, scope, depth + 1) : '{ id }');
  return text;
}

function fragment(type, scope, depth) {
  const on = chance(scope.broken) ? pick(composites) : chance(0.4) && graphql.isAbstractType(type) ? pick(schema.getPossibleTypes(type)) : type;
  if (chance(0.4)) return `...${chance(0.2) ? '' : ` on ${on.name}`}${directives(scope)} ${selections(on, scope, depth + 1)}`;
  if (chance(scope.broken * 0.4)) return '...' + pick(['Nowhere', ...scope.fragments.map((f) => f.name)]);
  const known = scope.fragments.filter((f) => f.on === on.name && f.done);
  if (known.length && chance(0.5)) return '...' + pick(known).name;
  const made = { name: 'F' + scope.fragments.length, on: chance(scope.broken * 0.2) ? pick(['Nothing', 'String', 'EventFilter']) : on.name, done: false };
  scope.fragments.push(made);
  made.text = selections(on, scope, depth + 1);
  made.done = true;
  return `...${made.name}${directives(scope)}`;
}

function selections(type, scope, depth) {
  if (scope.left-- <= 0 || depth > 6) return '{ __typename }';
  const count = 1 + Math.floor(random() * 4);
  return '{ ' + Array.from({ length: count }, () => (chance(0.2) ? fragment(type, scope, depth) : field(type, scope, depth))).join(' ') + ' }';
}

function operation(scope, name) {
  const mutation = chance(0.3);
  const inside = { ...scope, variables: [], left: 25 };
  const body = selections(mutation ? schema.getMutationType() : schema.getQueryType(), inside, 0);
  if (chance(scope.broken * 0.4)) inside.variables.push({ name: pick(['extra', 'v0']), type: pick([graphql.GraphQLInt, graphql.GraphQLString]), given: null });
  const types = (v) => (chance(scope.broken * 0.2) ? pick(['Event', 'Nothing', '[Venue!]']) : String(v.type));
  const variables = inside.variables.map((v) => `$${v.name}: ${types(v)}${v.given === null ? '' : ' = ' + v.given}`);
  const head = variables.length || mutation || name || chance(0.3) ? `${mutation ? 'mutation' : 'query'} ${name}${variables.length ? `(${variables.join(', ')})` : ''} ` : '';
  const given = {};
  for (const v of inside.variables) if (!chance(v.given !== null || !graphql.isNonNullType(v.type) ? 0.4 : scope.broken)) given[v.name] = value(v.type, scope.broken * (scope.onlyValues ? 4 : 1));
  return { text: head + body, given };
}

function request() {
  const broken = chance(0.35) ? 0 : pick([0.004, 0.01, 0.02, 0.05]);
  const onlyValues = chance(0.4);
  const scope = { broken: onlyValues ? 0 : broken, fragments: [], names: new Set() };
  if (onlyValues) scope.onlyValues = true;
  const first = operation(scope, chance(0.5) ? 'A' : '');
  let text = first.text;
  if (chance(scope.broken)) text += '\n' + operation(scope, pick(['', 'A', 'B'])).text;
  for (const f of scope.fragments) if (!chance(scope.broken * 0.3)) text += `\nfragment ${f.name} on ${f.on} ${f.text}`;
  if (chance(scope.broken)) text += `\nfragment ${pick(['Unused', 'F0'])} on Event { id }`;
  if (chance(scope.broken * 0.3)) {
    const at = Math.floor(random() * text.length);
    text = text.slice(0, at) + pick(['', '{', '}', '$', '"', '@', ':', '!', '...', '\u00e9', '\\', '1a', '#']) + text.slice(at + 1);
  }
  const values = onlyValues && broken ? Object.fromEntries(Object.entries(first.given).map(([k, v]) => [k, chance(0.3) ? pick(wrongValues) : v])) : first.given;
  return { query: text, variables: values };
}

/* ---- judging */
function expected(input) {
  let document;
  try {
    document = graphql.parse(input.query);
  } catch (error) {
    return { stage: 'parse', messages: [error.message] };
  }
  const errors = graphql.validate(schema, document, rules, { maxErrors: 100000 });
  if (errors.length) return { stage: 'validate', messages: errors.map((e) => e.message) };
  const operations = document.definitions.filter((d) => d.kind === 'OperationDefinition');
  if (operations.length !== 1) return { stage: 'operation', messages: ['operation'] };
  const coerced = getVariableValues(schema, operations[0].variableDefinitions || [], input.variables, { maxErrors: 100000 });
  if (coerced.errors) return { stage: 'coerce', messages: coerced.errors.map((e) => e.message) };
  return { stage: 'fine', messages: [] };
}

/* Of conflicts only their number of fields is compared: one representative stands for all pairs here. */
const plain = (m) => (m.startsWith('Fields ') ? m.replace(/^Fields ("[^"]*").*$/s, 'Fields conflict') : m).replace(/ Did you mean.*$/, '').replace(/must be .*$/, 'must be ').replace(/found: .*$/s, '').replace(/{ /g, '{').replace(/ }/g, '}');
const inputs = Array.from({ length: Number(countText) }, request);
const run = spawnSync(judge, { input: inputs.map((i) => JSON.stringify(i)).join('\n') + '\n', maxBuffer: 1 << 30, encoding: 'utf8' });
const verdicts = run.stdout.trim().split('\n').map((line) => JSON.parse(line));
const counts = {}, kinds = new Map();
let validity = 0, wording = 0;

if (verdicts.length !== inputs.length) console.log(`${verdicts.length} verdicts for ${inputs.length} requests\n${run.stderr}`);
verdicts.forEach((verdict, i) => {
  const want = expected(inputs[i]);
  const got = verdict.outcome === 'refused' ? verdict.body.errors.map((e) => e.message) : [];
  counts[want.stage] = (counts[want.stage] || 0) + 1;
  if ((want.stage === 'fine') !== (verdict.outcome === 'executed')) {
    validity++;
    if (validity <= 10 || verbose) console.log(`VALIDITY ${JSON.stringify(inputs[i])}\n  graphql-js ${want.stage}: ${want.messages.join(' | ')}\n  here: ${got.join(' | ')}\n`);
    return;
  }
  const left = new Set(want.messages.map(plain)), right = new Set(got.map(plain));
  const missing = [...left].filter((m) => !right.has(m)), more = [...right].filter((m) => !left.has(m));
  if (!missing.length && !more.length) return;
  wording++;
  const key = want.stage + ': ' + [...missing.map((m) => '-' + m), ...more.map((m) => '+' + m)].join(' ').replace(/"[^"]*"/g, '"…"').slice(0, 160);
  if (!kinds.has(key)) kinds.set(key, { count: 0, sample: { missing, more, query: inputs[i].query, variables: inputs[i].variables } });
  kinds.get(key).count++;
});
console.log(`${inputs.length} requests ${JSON.stringify(counts)}: validity differs in ${validity}, messages in ${wording}`);
for (const [key, kind] of [...kinds].sort((a, b) => b[1].count - a[1].count).slice(0, verbose ? 100 : 12))
  console.log(`  ${kind.count} x ${key}${verbose ? '\n      ' + JSON.stringify(kind.sample) : ''}`);
process.exit(validity ? 1 : 0);
