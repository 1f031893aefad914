/* Cases by name, reported as cmocka reports them, so that ./dev test counts them. */

/* Run [name, async function] pairs in order and set the exit status; a name is a claim in snake_case. */
export async function runCases(cases) {
  for (const [name, body] of cases) {
    console.log(`[ RUN      ] ${name}`);
    try {
      await body();
      console.log(`[       OK ] ${name}`);
    } catch (error) {
      console.log(error?.stack ?? error);
      console.log(`[  FAILED  ] ${name}`);
      process.exitCode = 1;
    }
  }
}

/* What the promise brings, or an error when that takes longer. */
export function within(seconds, promise) {
  const late = new Promise((_, reject) => setTimeout(reject, seconds * 1000, new Error('nothing came')).unref());
  return Promise.race([promise, late]);
}
