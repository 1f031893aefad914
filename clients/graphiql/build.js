/*
 * node build.js FOLDER: GraphiQL as files to be served as they are. Each but the page carries a hash of its content in
 * its name, so a browser may keep it for ever; each that gzip makes smaller has a NAME.gz beside it. Workers come first,
 * because the script has to know their names.
 */
import { build } from 'esbuild';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeInputs } from '../inputs.mjs';

const folder = process.argv[2];
if (!folder) throw new Error('usage: node build.js FOLDER');

const shared = {
  bundle: true,
  minify: true,
  metafile: true,
  sourcemap: process.env.TESSERA_SOURCE_MAPS ? 'external' : false,
  outdir: folder,
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'warning',
  loader: { '.ttf': 'file', '.woff2': 'file', '.svg': 'file' },
};

/* The file that an entry point became: by its source, and for the styles that the script brings along, by extension. */
function outputOf(result, entry, extension = '.js') {
  for (const [name, output] of Object.entries(result.metafile.outputs)) {
    if (output.entryPoint?.endsWith(entry)) return basename(extension === '.css' ? output.cssBundle : name);
  }
  throw new Error(`nothing was made of ${entry}`);
}

const workerSources = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
};

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const workers = await build({ ...shared, format: 'iife', entryPoints: Object.values(workerSources).map((source) => `node_modules/${source}`) });
const names = Object.fromEntries(Object.entries(workerSources).map(([label, source]) => [label, outputOf(workers, source)]));
const page = await build({
  ...shared,
  format: 'esm',
  jsx: 'automatic',
  entryPoints: ['src/main.jsx'],
  define: { 'process.env.NODE_ENV': '"production"', WORKERS: JSON.stringify(names) },
});
const icon = await build({ ...shared, loader: { '.svg': 'copy' }, entryPoints: ['src/icon.svg'] });

const html = (await readFile('src/page.html', 'utf8'))
  .replace('SCRIPT', outputOf(page, 'src/main.jsx'))
  .replace('STYLE', outputOf(page, 'src/main.jsx', '.css'))
  .replace('ICON', basename(Object.keys(icon.metafile.outputs)[0]));
await writeFile(join(folder, 'index.html'), html);

for (const name of await readdir(folder)) {
  const bytes = await readFile(join(folder, name));
  const small = gzipSync(bytes, { level: 9 });
  if (small.length < bytes.length * 0.9) await writeFile(join(folder, `${name}.gz`), small);
}
/* A file of which nothing is left when the rest is cut away is none. */
const used = [workers, page, icon].flatMap((result) => Object.values(result.metafile.outputs)).flatMap((output) => Object.entries(output.inputs));
writeInputs(folder, 'clients/graphiql/package-lock.json', used.filter(([, input]) => input.bytesInOutput > 0).map(([name]) => name));
