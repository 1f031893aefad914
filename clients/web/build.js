/*
 * Builds everything into the folder named, which `tessera serve --web` takes: tessera-web.js (the server, one file), public/
 * (what browsers get), widget/ (what pages of others get) and documents.json (the GraphQL that pages send). `node` there
 * is the one that is to run it.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { writeInputs } from '../inputs.mjs';

/* TESSERA_SOURCE_MAPS: with maps beside the scripts that nothing points to (tests/security/supply.py asks them what went in). */
const sourcemap = process.env.TESSERA_SOURCE_MAPS ? 'hidden' : false;
const inputs = [];

/* One of the builds that make up the whole; what it was made of is noted. */
async function make(options) {
  const made = await build({ logLevel: 'warn', ...options, build: { ...options.build, sourcemap } });
  for (const part of made.output) inputs.push(...(part.moduleIds ?? []), ...(part.originalFileNames ?? []));
}

const target = resolve(process.argv[2] ?? '../../build/web');
const fresh = `${target}.new`;

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
execFileSync('graphql-codegen', ['--config', 'codegen.ts'], { stdio: ['ignore', 'ignore', 'inherit'] });
execFileSync('tsc', ['--noEmit'], { stdio: 'inherit' });
await make({ build: { outDir: join(fresh, 'public') } });
await make({ build: { outDir: fresh, ssr: 'src/server/main.ts' } });
/* The thread that makes tickets as PDF, with its fonts: whole files, for it takes of each what a ticket says. */
await make({ build: { outDir: fresh, ssr: 'src/server/pdf/thread.ts', rolldownOptions: { input: 'src/server/pdf/thread.ts', output: { entryFileNames: 'pdf.js' } } } });
mkdirSync(join(fresh, 'fonts'));
for (const [family, name] of [['noto-sans', 'NotoSans'], ['vazirmatn', 'Vazirmatn'], ['noto-sans-jp', 'NotoSansJP']]) {
  const folder = `node_modules/@expo-google-fonts/${family}`;
  for (const weight of ['400Regular', '700Bold']) cpSync(`${folder}/${weight}/${name}_${weight}.ttf`, join(fresh, 'fonts', `${name}_${weight}.ttf`));
  inputs.push(`${folder}/LICENSE_FONT`);
  cpSync(`${folder}/LICENSE_FONT`, join(fresh, 'fonts', `${name}.LICENSE`));
}
/* One classic script each: clients/widget for pages of others, which knows nothing of our files' names; and the worker of pages without a network. */
async function buildScript(input, folder, name) {
  await make({
    configFile: false,
    publicDir: false,
    build: {
      target: 'es2022',
      outDir: join(fresh, folder),
      emptyOutDir: false,
      modulePreload: false,
      rolldownOptions: { input, output: { format: 'iife', entryFileNames: name } },
    },
  });
}
await buildScript('../widget/src/main.ts', 'widget', 'v1.js');
await buildScript('src/offline/worker.ts', '', 'sw.js');
cpSync('../widget/src/words', join(fresh, 'widget/words'), { recursive: true });
symlinkSync(process.execPath, join(fresh, 'node'));
const documents = ['src/graphql', 'src/graphql/account', 'src/graphql/door'].map((folder) => JSON.parse(readFileSync(`${folder}/generated/persisted-documents.json`, 'utf8')));
writeFileSync(join(fresh, 'documents.json'), JSON.stringify(Object.assign({}, ...documents), null, 2));
rmSync(target, { recursive: true, force: true });
renameSync(fresh, target);
writeInputs(target, 'clients/web/package-lock.json', inputs);
