/*
 * Random requests against a schema. They start valid and are broken in none to a few places: while they are made
 * (`broken` is how likely each part is wrong), or after, token by token. Most rules so meet near misses.
 */
'use strict';
const g = require('graphql');

const wrongLiterals = ['1', '1.5', '"x"', 'true', 'null', 'RED', '[]', '[1]', '{}', '{a: 1}', '2147483648', '"1"', '[null]', '-0', '1e3', '1.0', '[[1]]', '"""b"""', '{a: {b: [1, {c: "d"}]}}'];
const wrongValues = [1, 1.5, 'x', true, null, [], [1], {}, { a: 1 }, 2147483648, '1', [null], 1e3, 9007199254740993, [[1]], -1, 1e21, 1.5e-9, -0,
  { a: { b: { c: { d: 1 } } } }, [[[[1]]]], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 'quote " \\ \u00e9 \ud83d\ude00 \n'];
const names = ['nothing', 'idd', 'nam', 'a', 'name', 'items', 'titles', 'x1', '__typname', '__schema', '__type', 'Face0', 'first'];
const typeNames = ['Object0', 'Face0', 'Union0', 'Input0', 'Enum0', 'Nothing', 'String', 'Objekt1', '__Type', '[Int!]'];
const junk = ['', '{', '}', '(', ')', '[', ']', '$', '"', '@', ':', '!', '...', '\u00e9', '\\', '1a', '#', '|', '&', '=', '"""', '\ud83d\ude00', '00', '1.', '-', '.', '"\\q"', '"\\u12"',
  '\u0007', 'fragment', 'on', 'query', 'true', '{}', '"a\nb"', '\ufeff', ',', '\r\n', '"\\ud83d"', '"\\u{1F600}"', '<', '?', "'", '%', '0x1', '1e', '"'];

exports.makeDocuments = function makeDocuments(random, schema) {
  const { chance, pick, upTo, times } = random;
  const composites = Object.values(schema.getTypeMap()).filter((t) => g.isCompositeType(t) && !t.name.startsWith('__'));
  const directives = schema.getDirectives().filter((d) => !['skip', 'include', 'deprecated', 'specifiedBy', 'oneOf'].includes(d.name));

  /* A literal of `type`, sometimes with variables in it. */
  function literal(type, scope) {
    if (chance(scope.broken * 0.6)) return pick(wrongLiterals);
    if (scope.variables && chance(0.25)) return '$' + variable(type, scope);
    if (g.isNonNullType(type)) {
      let found = 'null';
      for (let i = 0; found === 'null' && i < 9; i++) found = literal(type.ofType, { ...scope, variables: null, outer: scope });
      return found;
    }
    if (chance(0.07)) return 'null';
    const inner = { ...scope, variables: scope.variables || (scope.outer && scope.outer.variables), outer: null, deep: (scope.deep || 0) + 1 };
    if (g.isListType(type)) {
      if (chance(0.15)) return literal(type.ofType, inner);
      return '[' + times(upTo(2), () => literal(type.ofType, inner)).join(', ') + ']';
    }
    if (g.isInputObjectType(type)) return objectLiteral(type, inner);
    if (g.isEnumType(type)) return chance(scope.broken) ? pick(['NONE', 'a', '"A"']) : pick(type.getValues()).name;
    return pick({ Int: ['0', '7', '-1', '2147483647'], Float: ['1', '1.5', '-2e3'], String: ['"a"', '""', '"""block"""', '"\\u00e9"', '"\\n\\""'],
      Boolean: ['true', 'false'], ID: ['"evt_1"', '12', '99999999999999999999'] }[type.name] ?? wrongLiterals);
  }

  function objectLiteral(type, scope) {
    const all = Object.values(type.getFields());
    let fields = all.filter((f) => (g.isRequiredInputField(f) ? !chance(scope.broken) : scope.deep < 5 && chance(0.4)));
    if (type.isOneOf && !chance(scope.broken)) fields = [pick(all)];
    const parts = fields.map((f) => `${f.name}: ${literal(type.isOneOf ? new g.GraphQLNonNull(f.type) : f.type, scope)}`);
    if (chance(scope.broken)) parts.push(`${pick(names)}: 1`);
    if (parts.length && chance(scope.broken)) parts.push(pick(parts));
    return '{' + parts.join(', ') + '}';
  }

  function value(type, broken, deep = 0) {
    if (chance(broken * 0.6)) return pick(wrongValues);
    if (g.isNonNullType(type)) {
      let found = null;
      for (let i = 0; found === null && i < 9; i++) found = value(type.ofType, broken, deep);
      return found;
    }
    if (chance(0.07)) return null;
    if (g.isListType(type)) return chance(0.15) ? value(type.ofType, broken, deep + 1) : times(upTo(2), () => value(type.ofType, broken, deep + 1));
    if (g.isInputObjectType(type)) {
      const all = Object.values(type.getFields()), object = {};
      const chosen = type.isOneOf && !chance(broken) ? [pick(all)] : all.filter((f) => (g.isRequiredInputField(f) ? !chance(broken) : deep < 5 && chance(0.4)));
      for (const f of chosen) object[f.name] = value(type.isOneOf ? new g.GraphQLNonNull(f.type) : f.type, broken, deep + 1);
      if (chance(broken)) object[pick(names)] = 1;
      return object;
    }
    if (g.isEnumType(type)) return chance(broken) ? pick(['NONE', 'a', 1]) : pick(type.getValues()).name;
    return pick({ Int: [0, 7, -1, 2147483647], Float: [1, 1.5], String: ['a', ''], Boolean: [true, false], ID: ['evt_1', 12] }[type.name] ?? wrongValues);
  }

  /* A variable to use where `type` is expected: an old one that fits, a new one, or a wrong one. */
  function variable(type, scope) {
    const variables = scope.variables;
    if (chance(scope.broken)) return pick(['missing', ...variables.map((v) => v.name)]);
    const fits = variables.filter((v) => String(v.type) === String(type));
    if (fits.length && chance(0.5)) return pick(fits).name;
    let declared = type;
    if (chance(scope.broken)) declared = g.isNonNullType(type) || g.isListType(type) ? type.ofType : new g.GraphQLList(type);
    else if (!g.isNonNullType(type) && chance(0.3)) declared = new g.GraphQLNonNull(type);
    else if (g.isNonNullType(type) && chance(0.3)) declared = type.ofType; /* fits with a default only */
    const name = 'v' + variables.length;
    const withDefault = declared !== type && !g.isNonNullType(declared) ? chance(0.7) : chance(0.15);
    variables.push({ name, type: declared, given: withDefault ? literal(declared, { broken: scope.broken, variables: null }) : null });
    return name;
  }

  function argumentsOf(list, scope) {
    const given = list.filter((a) => (g.isRequiredArgument(a) ? !chance(scope.broken) : chance(0.4)));
    const parts = given.map((a) => `${a.name}: ${literal(a.type, scope)}`);
    if (chance(scope.broken)) parts.push(`${pick(names)}: ${pick(wrongLiterals)}`);
    if (parts.length && chance(scope.broken * 0.5)) parts.push(parts[0]);
    return parts.length ? '(' + parts.join(', ') + ')' : '';
  }

  function directivesAt(place, scope) {
    let text = '';
    if (['FIELD', 'INLINE_FRAGMENT', 'FRAGMENT_SPREAD'].includes(place) && chance(0.1) && !(scope.subscription && scope.top))
      text += ` @${pick(['skip', 'include'])}(if: ${literal(new g.GraphQLNonNull(g.GraphQLBoolean), scope)})`;
    for (const d of directives) {
      const fits = d.locations.includes(place);
      if (fits ? !chance(0.06) : !chance(scope.broken * 0.1)) continue;
      const constant = place === 'VARIABLE_DEFINITION' ? { ...scope, variables: null } : scope;
      for (let i = 0; i < (d.isRepeatable ? 1 + upTo(1) : 1); i++) text += ` @${d.name}${argumentsOf(d.args, constant)}`;
    }
    if (chance(scope.broken * 0.4)) text += ' ' + pick(['@skip', '@nothing', '@skip(if: true) @skip(if: false)', '@deprecated', '@include(if: 1)', '@include(iff: true)', '@skip(if: null)', '@specifiedBy(url: "x")', '@oneOf']);
    return text;
  }

  function introspection(scope) {
    const list = (depth) => {
      const simple = times(1 + upTo(3), () => pick(['name', 'kind', 'description', 'specifiedByURL', 'isOneOf', '__typename']));
      if (depth < 4 && chance(0.5)) simple.push(`${pick(['ofType', 'interfaces', 'possibleTypes'])} { ${list(depth + 1)} }`);
      if (depth < 4 && chance(0.4)) simple.push(`fields${pick(['', '(includeDeprecated: true)', '(includeDeprecated: false)'])} { name isDeprecated deprecationReason description type { ${list(depth + 1)} } args { name type { name } defaultValue } }`);
      if (depth < 4 && chance(0.3)) simple.push('enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }');
      if (depth < 4 && chance(0.3)) simple.push(`inputFields { name defaultValue description type { ${list(depth + 1)} } }`);
      return simple.join(' ');
    };
    scope.left -= 5;
    if (chance(0.3)) return '__schema { queryType { name } mutationType { name } subscriptionType { kind } description }';
    if (chance(0.2)) return '__schema { directives { name isRepeatable } }';
    return `__type(name: "${pick(Object.keys(schema.getTypeMap()).filter((n) => !n.startsWith('__')))}") { ${list(0)} }`;
  }

  function field(type, scope, depth) {
    if (g.isUnionType(type) || chance(0.06)) return scope.subscription && scope.top ? field(type, { ...scope, top: false }, depth) : `${chance(0.1) ? 'a1: ' : ''}__typename`;
    if (type === schema.getQueryType() && depth === 0 && chance(0.06)) return introspection(scope);
    const f = pick(Object.values(type.getFields()).filter((h) => depth < 4 || g.isLeafType(g.getNamedType(h.type))));
    if (!f) return '__typename';
    const named = g.getNamedType(f.type);
    const again = scope.names.has(f.name) && (f.args.length || g.isCompositeType(named)) && !chance(0.15);
    let text = f.name;
    scope.names.add(f.name);
    if (again) text = `n${scope.names.size}: ${text}`; /* else most documents would be refused for conflicts */
    else if (chance(0.02)) text = `${pick(names)}: ${text}`;
    if (again) scope.names.add('n' + scope.names.size);
    if (chance(scope.broken * 0.5)) text = pick([...names, f.name + 's', f.name.slice(1)]);
    text += argumentsOf(f.args, scope) + directivesAt('FIELD', scope);
    const composite = g.isCompositeType(named);
    if (composite !== chance(scope.broken * 0.3)) text += ' ' + (composite ? selections(named, { ...scope, top: false }, depth + 1) : '{ id }');
    return text;
  }

  function fragment(type, scope, depth) {
    const overlapping = composites.filter((t) => g.doTypesOverlap(schema, t, type));
    const on = chance(scope.broken) ? pick(composites) : chance(0.5) ? pick(overlapping) : type;
    if (chance(0.4)) return `...${chance(0.2) ? '' : ` on ${on.name}`}${directivesAt('INLINE_FRAGMENT', scope)} ${selections(on, scope, depth + 1)}`;
    if (chance(scope.broken * 0.4)) return '...' + pick(['Nowhere', ...scope.fragments.map((f) => f.name)]);
    const known = scope.fragments.filter((f) => f.on === on.name && f.done);
    if (known.length && chance(0.5)) return '...' + pick(known).name + directivesAt('FRAGMENT_SPREAD', scope);
    const made = { name: chance(0.05) ? 'on1' : 'F' + scope.fragments.length, on: chance(scope.broken * 0.2) ? pick(typeNames) : on.name, done: false };
    if (scope.fragments.some((f) => f.name === made.name)) made.name = 'F' + scope.fragments.length;
    scope.fragments.push(made);
    made.text = directivesAt('FRAGMENT_DEFINITION', { ...scope, variables: null }) + ' ' + selections(on, scope, depth + 1);
    made.done = true;
    return `...${made.name}${directivesAt('FRAGMENT_SPREAD', scope)}`;
  }

  function selections(type, scope, depth) {
    if (scope.budget.left-- <= 0 || depth > 6) return '{ __typename }';
    const most = scope.subscription && scope.top ? 1 : 1 + upTo(3);
    return '{ ' + times(most, () => (chance(0.22) ? fragment(type, scope, depth) : field(type, scope, depth))).join(pick([' ', ' ', '\n  ', ', '])) + ' }';
  }

  const roots = [['query', schema.getQueryType()], ['mutation', schema.getMutationType()], ['subscription', schema.getSubscriptionType()]];
  function operation(scope, name) {
    const [kind, root] = chance(0.6) ? roots[0] : pick(roots);
    const word = root ? kind : chance(0.2) ? kind : 'query'; /* of a kind that is not there, now and then */
    const inside = { ...scope, variables: [], budget: { left: 25 }, subscription: word === 'subscription', top: true };
    const body = selections(root ?? schema.getQueryType(), inside, 0);
    if (chance(scope.broken * 0.4)) inside.variables.push({ name: pick(['extra', 'v0']), type: pick([g.GraphQLInt, g.GraphQLString]), given: null });
    const typeText = (v) => (chance(scope.broken * 0.2) ? pick(typeNames) : String(v.type));
    const variables = inside.variables.map((v) => `$${v.name}: ${typeText(v)}${v.given === null ? '' : ' = ' + v.given}${directivesAt('VARIABLE_DEFINITION', inside)}`);
    const marks = directivesAt(word.toUpperCase(), inside);
    const head = variables.length || word !== 'query' || name || marks || chance(0.3) ? `${word} ${name}${variables.length ? `(${variables.join(', ')})` : ''}${marks} ` : '';
    const given = {};
    for (const v of inside.variables) if (!chance(v.given !== null || !g.isNonNullType(v.type) ? 0.4 : scope.broken)) given[v.name] = value(v.type, scope.broken * (scope.onlyValues ? 4 : 1));
    return { text: head + body, given };
  }

  /* Break the text itself: tokens dropped, doubled, swapped or replaced; characters put in; the end cut off. */
  function damage(text) {
    const tokens = text.match(/\.\.\.|"""[^]*?"""|"(?:\\.|[^"\\])*"|[_A-Za-z][_0-9A-Za-z]*|-?[0-9.]+(?:[eE][+-]?[0-9]+)?|\s+|./gsu) ?? [];
    for (let left = 1 + (chance(0.2) ? 1 : 0); left > 0; left--) {
      const at = upTo(tokens.length - 1);
      const way = upTo(6);
      if (way === 0) tokens.splice(at, 1);
      else if (way === 1) tokens.splice(at, 0, tokens[at]);
      else if (way === 2) [tokens[at], tokens[at + 1]] = [tokens[at + 1] ?? '', tokens[at]];
      else if (way === 3) tokens[at] = pick(junk);
      else if (way === 4) tokens.splice(at, 0, pick(junk));
      else if (way === 5) tokens[at] = pick(tokens) ?? '';
      else return tokens.join('').slice(0, upTo(text.length));
    }
    return tokens.join('');
  }

  return function request() {
    const broken = chance(0.35) ? 0 : pick([0.004, 0.01, 0.02, 0.05]);
    const onlyValues = chance(0.4);
    const scope = { broken: onlyValues ? 0 : broken, fragments: [], names: new Set(), onlyValues };
    const first = operation(scope, chance(0.5) ? 'A' : '');
    const result = { query: first.text, variables: first.given };
    if (chance(0.04)) {
      const second = operation(scope, pick(['', 'A', 'B']));
      result.query += '\n' + second.text;
      result.operationName = pick(['A', 'B', 'C', '', null]);
    } else if (chance(0.05)) result.operationName = pick(['A', 'B', null]);
    for (const f of scope.fragments) if (!chance(scope.broken * 0.3)) result.query += `\nfragment ${f.name} on ${f.on}${f.text}`;
    if (chance(scope.broken)) result.query += `\nfragment ${pick(['Unused', 'F0'])} on ${pick(composites).name} { ${pick(['__typename', 'id'])} }`;
    if (chance(0.1)) result.query = damage(result.query);
    if (onlyValues && broken) for (const name of Object.keys(result.variables)) if (chance(0.3)) result.variables[name] = pick(wrongValues);
    if (chance(0.03)) result.variables[pick(names)] = 1;
    if (!Object.keys(result.variables).length && chance(0.5)) result.variables = pick([undefined, null]);
    return result;
  };
};
