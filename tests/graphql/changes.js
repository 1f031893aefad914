/*
 * `tessera schema diff` beside findBreakingChanges and findDangerousChanges of graphql-js 17, on pairs of random
 * schemas: the second is the first with a few lines changed.
 *
 *     node changes.js TESSERA [PAIRS [SEED]]
 */
'use strict';
const { spawnSync } = require('child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('fs');
const { tmpdir } = require('os');
const { join } = require('path');
const graphql = require('graphql17');
const { makeRandom } = require('./random.js');
const { makeSchema } = require('./schemas.js');

const [tessera, pairs = '60', seed = '1'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tessera-changes-'));

/* One line of SDL, changed in one of the ways that schemas change. */
function changed(random, line) {
  const ways = [
    () => '',
    () => line + line.replace(/^(\s+)(\w+)/, '$1$2_more'),
    () => line.replace(/: (\[*)(\w+)/, (_, open) => `: ${open}${random.pick(['Int', 'ID', 'String', 'Boolean'])}`),
    () => line.replace(/!/, ''),
    () => line.replace(/(: [\w[\]]*\w)/, '$1!'),
    () => line.replace(/ = [^ )]+/, ''),
    () => line.replace(/ = -?\d+/, ' = 99'),
    () => line.replace(/\(/, '(added: Int '),
    () => line.replace(/\(/, '(needed: Int! '),
    () => line.replace(/ implements \w+( & )?/, (_, more) => (more ? ' implements ' : '')),
    () => line.replace(/ \| \w+/, ''),
    () => line.replace(/^(directive .*) on /, '$1 repeatable on ').replace(/repeatable repeatable /, ''),
  ];
  return random.pick(ways)();
}

function changeSome(random, sdl) {
  const lines = sdl.split('\n');
  for (let i = 0; i <= random.upTo(4); i++) {
    const at = random.upTo(lines.length - 1);
    if (!/["{}]/.test(lines[at]) || / (implements|\||on) /.test(lines[at])) lines[at] = changed(random, lines[at]);
  }
  return lines.join('\n');
}

/* NULL for what is no schema. */
function build(sdl) {
  try {
    const schema = graphql.buildSchema(sdl);
    return graphql.validateSchema(schema).length ? null : schema;
  } catch {
    return null;
  }
}

function compare(before, after, oldSdl, newSdl) {
  const files = ['old', 'new'].map((name) => join(folder, name + '.graphql'));
  writeFileSync(files[0], oldSdl);
  writeFileSync(files[1], newSdl);
  const run = spawnSync(tessera, ['schema', 'diff', ...files], { encoding: 'utf8' });
  if (run.status === 2 && !/^(?!.*(must not reference itself|has an invalid value))./m.test(run.stderr)) return 0; /* graphql-js does not look */
  const ours = run.stdout.split('\n').filter((line) => /^(BREAKING|DANGEROUS) /.test(line)).map((line) => line.replace(/ +/g, ' '));
  const breaking = graphql.findBreakingChanges(before, after).map((c) => `BREAKING ${c.type} ${c.description}`);
  const theirs = [...breaking, ...graphql.findDangerousChanges(before, after).map((c) => `DANGEROUS ${c.type} ${c.description}`)];
  /* objects are printed with and without inner spaces */
  const plain = (list) => JSON.stringify(list.map((line) => line.replace(/{ /g, '{').replace(/ }/g, '}').replace(/ +/g, ' ')).sort());
  const status = breaking.length ? 1 : 0;
  if (plain(ours) === plain(theirs) && run.status === status) return theirs.length;
  console.log(`differs (exit ${run.status}, expected ${status})\n-- graphql-js\n${theirs.join('\n')}\n-- here\n${ours.join('\n')}\n${run.stderr}`);
  console.log(`-- old\n${oldSdl}\n-- new\n${newSdl}`);
  rmSync(folder, { recursive: true });
  process.exit(1);
}

const random = makeRandom(Number(seed));
let compared = 0, changes = 0;
while (compared < Number(pairs)) {
  const oldSdl = makeSchema(random), newSdl = changeSome(random, oldSdl);
  const before = build(oldSdl), after = build(newSdl);
  if (!before || !after) continue;
  changes += compare(before, after, oldSdl, newSdl);
  compared++;
}
rmSync(folder, { recursive: true });
if (!changes) throw new Error('nothing was changed');
console.log(`${compared} pairs, ${changes} breaking or dangerous changes: the same`);
console.log('1 passed, 0 failed');
