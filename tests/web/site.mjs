/*
 * The program under test with the shop window: `tessera serve --ephemeral --web`, which runs tessera-web; or that alone,
 * on a port of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { startServer } from '../clients/server.mjs';

export const BUILT = fileURLToPath(new URL('../../build/web/', import.meta.url));

/* Pages of the server `graphql`. Return: {origin, process, stop()}. */
export async function startWeb(graphql, ...flags) {
  const words = [`${BUILT}tessera-web.js`, '--listen', '127.0.0.1:0', '--graphql', graphql, ...flags];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  const exited = once(child, 'exit');
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), exited.then(() => null)]);
  if (!line) throw new Error(`tessera-web did not start: ${errors}`);
  return {
    origin: JSON.parse(line[0]).url,
    process: child,
    errors: () => errors,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/* Tessera with its own tessera-web, on one origin. Return: {server, origin, stop()}. */
export async function startSite(program, ...flags) {
  const server = await startServer(program, '--web', BUILT, ...flags);
  for (let tries = 0; (await fetch(server.origin)).status === 503; tries++) {
    if (tries === 200) throw new Error('tessera-web did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { server, origin: server.origin, stop: () => server.stop() };
}

/* The tessera-web of that server: its process id. */
export function webOf(server) {
  const children = readFileSync(`/proc/${server.process.pid}/task/${server.process.pid}/children`, 'utf8').trim().split(' ');
  return children.filter(Boolean).map(Number).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('tessera-web.js'));
}
