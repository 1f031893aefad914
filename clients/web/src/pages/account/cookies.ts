/* The one cookie that a script of ours sets and reads; all others are the server's (server/jar.ts). */
export const PREFIX = '__Host-tessera-';

/* For how long a mail's link signs in, which is for how long the browser that asked for it is remembered. */
export const LINK_S = 15 * 60;

export function keepBrowserToken(token: string): void {
  document.cookie = `${PREFIX}browser=${token}; Path=/; Max-Age=${LINK_S}; Secure; SameSite=Strict`;
}

export function browserToken(): string | null {
  const name = `${PREFIX}browser=`;
  return document.cookie.split(/;\s*/).find((pair) => pair.startsWith(name))?.slice(name.length) || null;
}
