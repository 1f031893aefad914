/* What the server is told: by flags, or by variables of the same names. */
export interface Flags {
  host: string;
  /* 0: any free one. */
  port: number;
  /* Of Tessera: http://127.0.0.1:8080/graphql. */
  graphql: string;
  /* Where buyers reach us, "https://tickets.example"; null: as each request says. */
  origin: string | null;
  sandbox: boolean;
  stripe: 'test' | 'live' | null;
}

const USAGE = `usage: tessera-web [FLAGS]

  --graphql URL      where Tessera answers (http://127.0.0.1:8080/graphql)
  --listen HOST:PORT where to serve pages (127.0.0.1:3000; port 0: any free one)
  --origin URL       where buyers reach us (as each request says)
  --sandbox          offer sandbox payments on every event, as tessera serve --sandbox takes them
  --stripe test|live offer payments by Stripe, of the kind that tessera serve has the key of

Each is also a variable: TESSERA_WEB_LISTEN and so on.`;

class UsageError extends Error {}

function httpUrl(name: string, value: string): URL {
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol)) throw new UsageError(`--${name} wants http://… or https://…, not "${value}"`);
  return url;
}

function listenOf(value: string): { host: string; port: number } {
  const match = /^(?<host>.+):(?<port>\d{1,5})$/.exec(value);
  const port = Number(match?.groups?.port);
  if (!match?.groups?.host || port > 65_535) throw new UsageError(`--listen wants HOST:PORT, not "${value}"`);
  return { host: match.groups.host, port };
}

function stripeOf(value: string | undefined): Flags['stripe'] {
  if (value === undefined || value === 'test' || value === 'live') return value ?? null;
  throw new UsageError(`--stripe is test or live, not "${value}"`);
}

/* Throws a UsageError. */
function parse(words: readonly string[], environment: Record<string, string | undefined>): Flags {
  const given: Record<string, string> = {};
  for (const name of ['graphql', 'listen', 'origin', 'sandbox', 'stripe']) {
    const value = environment[`TESSERA_WEB_${name.toUpperCase()}`];
    if (value !== undefined) given[name] = value;
  }
  for (let at = 0; at < words.length; at++) {
    const match = /^--(?<name>graphql|listen|origin|sandbox|stripe)(=(?<value>.*))?$/.exec(words[at] ?? '');
    if (!match?.groups?.name) throw new UsageError(`there is no flag "${words[at]}"`);
    const { name } = match.groups;
    const value = match.groups.value ?? (name === 'sandbox' ? 'true' : words[++at]);
    if (value === undefined) throw new UsageError(`--${name} wants a value`);
    given[name] = value;
  }
  return {
    ...listenOf(given.listen ?? '127.0.0.1:3000'),
    graphql: httpUrl('graphql', given.graphql ?? 'http://127.0.0.1:8080/graphql').href,
    origin: given.origin ? httpUrl('origin', given.origin).origin : null,
    sandbox: ['1', 'true'].includes(given.sandbox ?? ''),
    stripe: stripeOf(given.stripe),
  };
}

/* Ends the process with 2 when they are wrong. */
export function readFlags(): Flags {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    process.exit(0);
  }
  try {
    return parse(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`tessera-web: ${error.message}`);
    process.exit(2);
  }
}
