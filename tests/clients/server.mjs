/*
 * The program under test, for a script: one `tessera serve --ephemeral` that is stopped when the script is done.
 * A report of a sanitizer, or a status that is not 0, fails the script.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const OWNER_TOKEN = 'test-owner-token';

/* Start it. Return: {url: of /graphql, origin, admin, process, log(), stop()}. */
export async function startServer(program, ...flags) {
  const child = spawn(program, ['serve', '--ephemeral', '--owner-token', OWNER_TOKEN, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  const exited = once(child, 'exit');
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), exited.then(() => null)]);
  if (!line) throw new Error(`${program} did not start: ${errors}`);
  const ready = JSON.parse(line[0]);
  return {
    url: ready.graphql,
    origin: new URL(ready.graphql).origin,
    admin: ready.admin,
    process: child,
    /* Each line of it that is JSON. */
    log: () => errors.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}')).map((line) => JSON.parse(line)),
    async stop() {
      child.kill('SIGTERM');
      const [status] = await exited;
      if (status !== 0 || /Sanitizer|runtime error/.test(errors)) throw new Error(`it ended with ${status}: ${errors}`);
    },
  };
}
