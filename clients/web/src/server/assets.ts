/* The browser's files: read once, kept in memory, also compressed. Their names are their contents', so they never change. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Assets } from '../Document';

export const ASSET_PREFIX = '/_web/';

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

export interface Asset {
  type: string;
  body: Buffer;
  /* Null: it is compressed in itself. */
  gzip: Buffer | null;
}

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
  assets?: string[];
  isEntry?: boolean;
}

export interface Public {
  files: Map<string, Asset>;
  page: Assets;
}

function readFiles(folder: string): Map<string, Asset> {
  const files = new Map<string, Asset>();
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)];
    if (!type) continue;
    const body = readFileSync(join(folder, name));
    files.set(ASSET_PREFIX + name, { type, body, gzip: name.endsWith('.woff2') ? null : gzipSync(body, { level: 9 }) });
  }
  return files;
}

/* Throws when the folder is not what build.js makes. */
export function readPublic(folder: string): Public {
  const manifest = JSON.parse(readFileSync(join(folder, '.vite', 'manifest.json'), 'utf8')) as Record<string, Chunk>;
  const entry = Object.values(manifest).find((chunk) => chunk.isEntry);
  if (!entry) throw new Error(`${folder} has no entry`);
  const address = (file: string) => ASSET_PREFIX + file;
  return {
    files: readFiles(folder),
    page: {
      script: address(entry.file),
      styles: (entry.css ?? []).map(address),
      fonts: readdirSync(folder).filter((name) => /-latin-wght-normal-.*\.woff2$/.test(name)).map(address),
    },
  };
}
