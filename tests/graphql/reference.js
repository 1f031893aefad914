/*
 * graphql-js over the values of fixed.c: what a request should be answered with. Takes either major version; what one
 * has and the other lacks is asked for by name.
 */
'use strict';

const scalars = { Int: 2, Float: 3.14, Boolean: true, ID: 'id' };

/* `problems`: what is wrong with the schema; with `assumeValid` it answers all the same. */
exports.makeReference = function makeReference(graphql, sdl, { assumeValid = false } = {}) {
  const problems = graphql.validateSchema(graphql.buildSchema(sdl));
  if (problems.length && !assumeValid) throw new Error(problems.map((p) => p.message).join('\n'));
  const schema = graphql.buildSchema(sdl, { assumeValid });
  const chosen = new Map();

  /* Of a union the first by name, of an interface the last. */
  function objectName(type) {
    if (!chosen.has(type)) {
      const names = schema.getPossibleTypes(type).map((t) => t.name).sort();
      chosen.set(type, graphql.isUnionType(type) ? names[0] : names[names.length - 1]);
    }
    return chosen.get(type);
  }

  function valueOf(type) {
    if (graphql.isNonNullType(type)) return valueOf(type.ofType);
    if (graphql.isListType(type)) return [valueOf(type.ofType), valueOf(type.ofType)];
    if (graphql.isEnumType(type)) return type.getValues()[0].value;
    if (graphql.isScalarType(type)) return scalars[type.name] ?? 'str';
    return {};
  }

  async function answer({ query, variables, operationName }) {
    let document;
    try {
      document = graphql.parse(query);
    } catch (error) {
      return { errors: [error] };
    }
    let errors;
    try {
      errors = graphql.validate(schema, document, graphql.specifiedRules, { maxErrors: 1e9 });
    } catch (error) {
      return { crashed: true }; /* its rules ask for arguments that other rules miss */
    }
    if (errors.length) return { errors };
    try {
      return await graphql.execute({
        schema,
        document,
        variableValues: variables,
        operationName,
        fieldResolver: (source, args, context, info) => valueOf(info.returnType),
        typeResolver: (value, context, info, type) => objectName(type),
        options: { maxCoercionErrors: 1e9 },
      });
    } catch (error) {
      return { errors: [error] };
    }
  }
  return { schema, answer, problems };
};

const MESSAGE_MAX = 100; /* longer ones are cut here, somewhere behind this */

/* Default values are as in the schema, 16 completes them; spaces, commas and block strings are a matter of printing. */
const plainDefault = (key, value) => (key === 'defaultValue' && value ? value.replace(/"""([^"]*)"""/g, '"$1"').replace(/[\s,]+/g, '') : value);

const isOwn = (subject) => subject.name.startsWith('__') || ['skip', 'include', 'deprecated', 'specifiedBy', 'oneOf'].includes(subject.name);

/* The language's own types and directives are described differently, and the draft after the edition adds to them. */
function withoutOwn(data) {
  for (const subject of [...(data?.__schema?.types ?? []), ...(data?.__schema?.directives ?? [])]) {
    if (!subject.name || !isOwn(subject)) continue;
    for (const key of Object.keys(subject)) if (key !== 'name' && key !== 'kind') delete subject[key];
  }
  return data;
}

/* What is compared of a response: data with the order of its keys, errors in any order. */
exports.comparable = function comparable(response) {
  const errors = (response.errors ?? []).map((error) => {
    const { message, locations, path } = error.toJSON ? error.toJSON() : error;
    return JSON.stringify({ message: message.slice(0, MESSAGE_MAX), locations, path });
  });
  return { data: response.data === undefined ? 'none' : JSON.stringify(withoutOwn(response.data), plainDefault), errors: errors.sort() };
};
