/*
 * The cookies of one request (src/gateway/cookie.h has the same names and attributes), and those that its answer sets. No other
 * page than the account's looks at them, so what caches keep never depends on them.
 */
import type { IncomingMessage } from 'node:http';
import { LINK_S, PREFIX } from '../pages/account/cookies';
import type { Jar } from '../sagas/context';

export interface RequestJar extends Jar {
  /* For what is asked in the name of who is signed in. */
  headers(): Record<string, string>;
  /* Set-Cookie, of the answer. */
  set(): string[];
}

/* Two of one name: which of them is ours nobody can tell. */
function valueOf(header: string, name: string): string | null {
  const found = header.split(/;\s*/).filter((pair) => pair.startsWith(`${PREFIX}${name}=`));
  return found.length === 1 ? found[0]?.slice(PREFIX.length + name.length + 1) || null : null;
}

function cookie(name: string, value: string, seconds: number): string {
  return `${PREFIX}${name}=${value}; Path=/; Max-Age=${Math.max(0, Math.floor(seconds))}; Secure; HttpOnly; SameSite=Strict`;
}

const secondsUntil = (at: string) => (Date.parse(at) - Date.now()) / 1000;

export function openJar(request: IncomingMessage): RequestJar {
  const header = request.headers.cookie ?? '';
  let access = valueOf(header, 'access');
  let refresh = valueOf(header, 'refresh');
  const set = new Map<string, string>();
  return {
    get signedIn() {
      return access !== null;
    },
    get refreshToken() {
      return refresh;
    },
    keep(tokens) {
      access = tokens?.accessToken ?? null;
      refresh = tokens?.refreshToken ?? null;
      set.set('access', cookie('access', access ?? '', tokens ? secondsUntil(tokens.accessExpiresAt) : 0));
      set.set('refresh', cookie('refresh', refresh ?? '', tokens ? secondsUntil(tokens.refreshExpiresAt) : 0));
    },
    browserToken: valueOf(header, 'browser'),
    /* A script of ours reads it, too: the page that takes the link may be alive by then. */
    keepBrowserToken: (token) => void set.set('browser', cookie('browser', token, LINK_S).replace(' HttpOnly;', '')),
    headers: (): Record<string, string> => (access ? { authorization: `Bearer ${access}` } : {}),
    set: () => [...set.values()],
  };
}
