/*
 * Every field of a schema, one request each: `Type.field` with all its arguments twice, written out and as variables.
 * Types are reached by root fields that `reachable` adds, one for each, so that no way to them has to be found.
 */
'use strict';
const g = require('graphql');

const DEPTH_MAX = 3; /* of input objects in each other; below, only what is required */

const rootField = (type) => 'every_' + type.name;

function composites(schema) {
  return Object.values(schema.getTypeMap()).filter((t) => g.isCompositeType(t) && !t.name.startsWith('__'));
}

/* The schema with a root field for each type that has a selection. */
exports.reachable = function reachable(sdl) {
  const schema = g.buildSchema(sdl);
  return `${sdl}\nextend type ${schema.getQueryType().name} {\n${composites(schema).map((t) => `  ${rootField(t)}: ${t.name}`).join('\n')}\n}\n`;
};

exports.makeFields = function makeFields(random, schema) {
  const scalars = { Int: [1, -7, 2147483647], Float: [1.5, 2, -3e10], String: ['a', 'é "quoted"\n'], Boolean: [true, false], ID: ['id', 12] };

  /* A value that fits: as a literal, and as JSON. */
  function value(type, depth = 0) {
    if (g.isNonNullType(type)) return value(type.ofType, depth);
    if (g.isListType(type)) {
      const items = random.times(1 + random.upTo(1), () => value(type.ofType, depth));
      return { literal: `[${items.map((i) => i.literal).join(', ')}]`, json: items.map((i) => i.json) };
    }
    if (g.isEnumType(type)) {
      const { name } = random.pick(type.getValues());
      return { literal: name, json: name };
    }
    if (g.isInputObjectType(type)) {
      const all = Object.values(type.getFields());
      const some = type.isOneOf ? [random.pick(all)] : all.filter((f) => g.isRequiredInputField(f) || depth < DEPTH_MAX);
      const parts = some.map((f) => [f.name, value(f.type, depth + 1)]);
      return { literal: `{${parts.map(([name, v]) => `${name}: ${v.literal}`).join(', ')}}`, json: Object.fromEntries(parts.map(([name, v]) => [name, v.json])) };
    }
    const json = random.pick(scalars[type.name] ?? ['any']);
    return { literal: JSON.stringify(json), json };
  }

  function request(type, field) {
    const selection = g.isCompositeType(g.getNamedType(field.type)) ? ' { __typename }' : '';
    if (!field.args.length) return { query: `{ ${rootField(type)} { ${field.name}${selection} } }` };
    const given = field.args.map((a) => [a, value(a.type)]);
    const written = given.map(([a, v]) => `${a.name}: ${v.literal}`).join(', '), named = given.map(([a]) => `${a.name}: $${a.name}`).join(', ');
    return {
      query: `query(${field.args.map((a) => `$${a.name}: ${a.type}`).join(', ')}) { ${rootField(type)} { written: ${field.name}(${written})${selection} named: ${field.name}(${named})${selection} } }`,
      variables: Object.fromEntries(given.map(([a, v]) => [a.name, v.json])),
    };
  }

  const fieldsOf = (type) => (g.isUnionType(type) ? [] : Object.values(type.getFields()).filter((f) => !f.name.startsWith('every_')));
  return composites(schema).flatMap((type) => [{ query: `{ ${rootField(type)} { __typename } }` }, ...fieldsOf(type).map((f) => request(type, f))]);
};
