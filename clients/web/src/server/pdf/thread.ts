/* A thread of tessera-web's that makes PDFs, one after the other: each takes some hundred milliseconds, in which pages go on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { printTickets, type FontFiles, type Print } from './page';

const files = new Map<string, Buffer>();

function read(file: string): Buffer {
  const bytes = files.get(file) ?? readFileSync(join(import.meta.dirname, 'fonts', file));
  files.set(file, bytes);
  return bytes;
}

const font = (name: string, file: string) => ({ name, read: () => read(file) });

const FILES: FontFiles = {
  regular: [font('sans', 'NotoSans_400Regular.ttf'), font('arabic', 'Vazirmatn_400Regular.ttf'), font('japanese', 'NotoSansJP_400Regular.ttf')],
  bold: [font('sans', 'NotoSans_700Bold.ttf'), font('arabic', 'Vazirmatn_700Bold.ttf'), font('japanese', 'NotoSansJP_700Bold.ttf')],
};

parentPort?.on('message', async (asked: { id: number; print: Print }) => {
  parentPort?.postMessage({ id: asked.id, bytes: await printTickets(asked.print, FILES) });
});
