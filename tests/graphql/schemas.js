/*
 * Random schemas as SDL with whatever the language has: extensions, interfaces of interfaces, unions, defaults, OneOf,
 * deprecations, custom scalars and directives, other names for the roots. Nearly all are valid; the caller asks
 * graphql-js.
 */
'use strict';

const names = ['a', 'b', 'c', 'id', 'name', 'names', 'title', 'size', 'kind', 'node', 'items', 'list', 'on', 'type', 'value', 'query', 'x1', '_y'];
const builtin = ['Int', 'Float', 'String', 'Boolean', 'ID'];

exports.makeSchema = function makeSchema(random) {
  const { chance, pick, upTo, times } = random;
  const count = (least, most) => least + upTo(most - least);
  const label = (prefix, least, most) => times(count(least, most), (i) => prefix + i);
  const scalars = label('Scalar', 0, 2), enums = label('Enum', 1, 3), inputs = label('Input', 1, 4);
  const faces = label('Face', 0, 4), objects = label('Object', 2, 6), unions = label('Union', 0, 2);
  const roots = chance(0.5) ? ['Query', 'Mutation', 'Subscription'] : ['Root', 'Change', 'Live'];
  const rootCount = count(1, 3);
  const enumValues = new Map(), inputFields = new Map(), faceFields = new Map(), faceFaces = new Map();
  const directives = label('mark', 0, 3).map((name) => ({ name, arguments: [] }));
  let text = '';
  let literals = 0; /* objects among them: now and then one stays empty, so that circles end */

  const describe = (indent) => (chance(0.15) ? `${indent}${pick(['"words"', '"""block\n  words"""', '"quoted \\"x\\" \\u00e9"'])}\n` : '');
  const apply = (place) => {
    let applied = '';
    for (const d of directives) {
      if (!d.places.includes(place) || !chance(0.15)) continue;
      const given = d.arguments.filter((a) => a.required || chance(0.5));
      applied += ` @${d.name}${given.length ? `(${given.map((a) => `${a.name}: ${constant(a.type)}`).join(', ')})` : ''}`;
    }
    return applied;
  };
  const deprecated = () => (chance(0.1) ? pick([' @deprecated', ' @deprecated(reason: "old")']) : '');

  /* ---- input side */
  const inputLeaf = () => pick([...builtin, ...builtin, ...scalars, ...enums]);
  const wrap = (name, p = 0.3) => {
    let type = chance(p) ? name + '!' : name;
    if (chance(0.25)) type = `[${type}]${chance(p) ? '!' : ''}`;
    if (chance(0.05)) type = `[${type}]${chance(p) ? '!' : ''}`;
    return type;
  };
  /* A literal that fits. */
  function constant(type) {
    if (type.endsWith('!')) {
      let found = 'null';
      while (found === 'null') found = constant(type.slice(0, -1));
      return found;
    }
    if (chance(0.1)) return 'null';
    if (type.startsWith('[')) {
      const item = type.slice(1, -1);
      if (chance(0.15)) {
        const single = constant(item);
        if (single !== 'null') return single;
      }
      return `[${times(upTo(2), () => constant(item)).join(', ')}]`;
    }
    if (enumValues.has(type)) return pick(enumValues.get(type));
    if (inputFields.has(type)) {
      const fields = inputFields.get(type);
      if (fields.oneOf) {
        const field = pick(fields);
        return `{${field.name}: ${constant(field.type + '!')}}`;
      }
      return `{${fields.filter((f) => (f.type.endsWith('!') && f.given === undefined) || (++literals % 8 && chance(0.3))).map((f) => `${f.name}: ${constant(f.type)}`).join(', ')}}`;
    }
    if (type === 'Int') return pick(['0', '1', '-7']);
    if (type === 'Float') return pick(['0', '1.5', '-2e3']);
    if (type === 'Boolean') return pick(['true', 'false']);
    if (type === 'String') return pick(['"s"', '""', '"""b"""', '"\\u00e9\\n"']);
    if (type === 'ID') return pick(['"i"', '4']);
    return pick(['"any"', '1', 'WORD', '{a: 1}', '[1, "x"]']);
  }
  const inputValue = (name, type, rest = '') => {
    const given = chance(0.3) ? constant(type) : undefined;
    return { name, type, given, text: `${name}: ${type}${given === undefined ? '' : ' = ' + given}${rest}` };
  };
  const distinct = (most, least = 1) => [...new Set(times(count(least, most), () => pick(names)))];
  const isRequired = (v) => v.type.endsWith('!') && v.given === undefined;
  const argumentsOf = (place = 'ARGUMENT_DEFINITION') => {
    if (!chance(0.4)) return [];
    return distinct(3).map((name) => {
      const value = inputValue(name, wrap(chance(0.3) ? pick(inputs) : inputLeaf()));
      const old = isRequired(value) ? '' : deprecated();
      return { ...value, required: isRequired(value), text: value.text + old + (place === 'ARGUMENT_DEFINITION' ? apply(place) : '') };
    });
  };
  const listed = (values) => (values.length ? `(${values.map((v) => v.text).join(pick([', ', ' ', '\n    ']))})` : '');

  const places = ['QUERY', 'MUTATION', 'SUBSCRIPTION', 'FIELD', 'FRAGMENT_DEFINITION', 'FRAGMENT_SPREAD', 'INLINE_FRAGMENT',
    'VARIABLE_DEFINITION', 'SCHEMA', 'SCALAR', 'OBJECT', 'FIELD_DEFINITION', 'ARGUMENT_DEFINITION', 'INTERFACE', 'UNION', 'ENUM',
    'ENUM_VALUE', 'INPUT_OBJECT', 'INPUT_FIELD_DEFINITION'];
  for (const name of enums) enumValues.set(name, distinct(4).map((n) => n.toUpperCase()));
  for (const d of directives) {
    d.places = places.filter(() => chance(0.4));
    if (!d.places.length) d.places = ['FIELD'];
    if (chance(0.6)) {
      d.arguments = distinct(2).map((name) => {
        const value = inputValue(name, wrap(pick([...builtin, ...enums])));
        return { ...value, required: isRequired(value) };
      });
    }
    text += `${describe('')}directive @${d.name}${listed(d.arguments)}${chance(0.3) ? ' repeatable' : ''} on ${d.places.join(' | ')}\n`;
  }
  for (const name of scalars) {
    text += `${describe('')}scalar ${name}${chance(0.4) ? ' @specifiedBy(url: "https://example.org/x")' : ''}${apply('SCALAR')}\n`;
  }
  for (const name of enums) {
    const values = enumValues.get(name).map((v) => `${describe('  ')}  ${v}${deprecated()}${apply('ENUM_VALUE')}`);
    const later = values.length > 1 && chance(0.1) ? values.splice(1) : [];
    text += `${describe('')}enum ${name}${apply('ENUM')} {\n${values.join('\n')}\n}\n`;
    if (later.length) text += `extend enum ${name} {\n${later.join('\n')}\n}\n`;
  }
  inputs.forEach((name, at) => {
    const oneOf = chance(0.2);
    const fields = distinct(4).map((field) => {
      const earlier = inputs.slice(0, at);
      let type = wrap(earlier.length && chance(0.3) ? pick(earlier) : inputLeaf());
      const circle = !oneOf && chance(0.1);
      if (circle) type = chance(0.5) ? name : `[${name}!]`;
      if (oneOf) type = type.replace(/!$/, '');
      if (oneOf || circle) return { name: field, type, text: `${field}: ${type}` };
      const value = inputValue(field, type);
      return { ...value, text: value.text + (isRequired(value) ? '' : deprecated()) + apply('INPUT_FIELD_DEFINITION') };
    });
    fields.oneOf = oneOf;
    inputFields.set(name, fields);
    text += `${describe('')}input ${name}${oneOf ? ' @oneOf' : ''}${apply('INPUT_OBJECT')} {\n${fields.map((f) => describe('  ') + '  ' + f.text).join('\n')}\n}\n`;
  });

  /* ---- output side */
  const output = () => wrap(pick([...builtin, ...enums, ...scalars, ...objects, ...objects, ...faces, ...unions]), 0.35);
  const field = (name) => ({ name, type: output(), arguments: argumentsOf(), rest: deprecated() + apply('FIELD_DEFINITION') });
  const fieldText = (f) => `${describe('  ')}  ${f.name}${listed(f.arguments)}: ${f.type}${f.rest}`;
  const closure = (list) => [...new Set(list.flatMap((f) => [f, ...faceFaces.get(f)]))];
  /* Fields that the interfaces ask for, here and there of a narrower type or with one more argument. */
  const inherited = (list) => {
    const fields = new Map();
    for (const face of list) for (const f of faceFields.get(face)) if (!fields.has(f.name)) fields.set(f.name, f);
    return [...fields.values()].map((f) => ({
      ...f,
      type: chance(0.15) && !f.type.endsWith('!') ? f.type + '!' : f.type,
      arguments: f.arguments.length && chance(0.15) ? [...f.arguments, { text: 'more: Int = 1' }] : f.arguments,
    }));
  };
  const implementing = (most) => closure(times(upTo(Math.min(most, faces.length)), () => pick(faces.slice(0, faceFaces.size))).filter(Boolean));
  const body = (word, name, over, own, place) => {
    const ofFaces = inherited(over);
    const fields = [...ofFaces, ...own.filter((f) => !ofFaces.some((g) => g.name === f.name))];
    const later = fields.length > 1 && chance(0.1) ? fields.splice(1) : [];
    let over1 = over, over2 = [];
    if (over.length && later.length === 0 && chance(0.1)) [over1, over2] = [[], over];
    const head = (list) => (list.length ? ` implements ${chance(0.1) ? '& ' : ''}${list.join(' & ')}` : '');
    text += `${describe('')}${word} ${name}${head(over1)}${apply(place)} {\n${fields.map(fieldText).join('\n')}\n}\n`;
    if (later.length) text += `extend ${word} ${name} {\n${later.map(fieldText).join('\n')}\n}\n`;
    if (over2.length) text += `extend ${word} ${name}${head(over2)}\n`;
    return [...fields, ...later];
  };
  for (const name of faces) {
    const over = implementing(1);
    faceFaces.set(name, over);
    faceFields.set(name, distinct(3).map(field)); /* its own, while the text is made */
    const own = faceFields.get(name);
    faceFaces.delete(name);
    const made = body('interface', name, over, own, 'INTERFACE');
    faceFaces.set(name, over);
    faceFields.set(name, made);
  }
  objects.forEach((name, at) => {
    const over = closure([...implementing(2), ...(at === 0 ? faces : [])]); /* each interface has an object */
    body('type', name, over, distinct(4).map(field), 'OBJECT');
  });
  for (const name of unions) {
    const members = [...new Set(times(count(1, 3), () => pick(objects)))];
    text += `${describe('')}union ${name}${apply('UNION')} = ${chance(0.2) ? '| ' : ''}${members.join(' | ')}\n`;
  }
  for (const name of roots.slice(0, rootCount)) body('type', name, [], distinct(8, 3).map(field), 'OBJECT');
  if (roots[0] !== 'Query' || chance(0.2)) {
    text += `${describe('')}schema${apply('SCHEMA')} {\n${['query', 'mutation', 'subscription'].slice(0, rootCount).map((kind, i) => `  ${kind}: ${roots[i]}`).join('\n')}\n}\n`;
  }
  return text;
};
