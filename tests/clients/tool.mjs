/* Command-line tools of npm and the program's own commands, for scripts that run them as a person would. */
import { spawnSync } from 'node:child_process';

/* Run a tool of this folder's packages, in `cwd`. Return: {status, out: all that it said}. */
export function runTool(name, args, cwd) {
  const environment = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  const { status, stdout, stderr, error } = spawnSync(name, args, { cwd, encoding: 'utf8', timeout: 60000, env: environment });
  if (error) throw error;
  return { status, out: stdout + stderr };
}

/* The SDL that `tessera schema print` prints. */
export function publishedSchema(program) {
  const { status, stdout, stderr } = spawnSync(program, ['schema', 'print'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
