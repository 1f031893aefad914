/*
 * Which npm packages went into what a build made: `${folder}.inputs.json` beside it names them as the lock file does. The bill
 * of materials (deploy/sbom.py) is written from it.
 */
import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';

/* Code that a bundler adds of its own has no file. */
const bundlers = [[/^\0vite\//, 'node_modules/vite'], [/^\0rolldown\//, 'node_modules/rolldown']];

/* The lock file's key of the package that a module is of; of our own sources, none. */
function packageOf(id) {
  const bundler = bundlers.find(([pattern]) => pattern.test(id));
  if (bundler) return bundler[1];
  const path = relative('.', resolve(id.replace(/^\0/, '').replace(/[?#].*$/, '')));
  return path.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0];
}

export function writeInputs(folder, lock, ids) {
  const packages = new Set(ids.map(packageOf).filter(Boolean));
  writeFileSync(`${folder}.inputs.json`, `${JSON.stringify({ lock, packages: [...packages].sort() }, null, 2)}\n`);
}
