/* Who signed in at this door: kept for the tab, so that a reload goes on; another tab signs in for itself. A paired device stays one. */

export type Tokens =
  | { kind: 'token'; token: string }
  /* Events that it was made for; none: all that it may see. */
  | { kind: 'device'; token: string; eventIds: string[] }
  | { kind: 'account'; accessToken: string; accessExpiresAt: string; refreshToken: string };

export interface Session {
  tokens(): Tokens | null;
  keep(tokens: Tokens | null): void;
  headers(): Record<string, string>;
}

const NAME = 'tessera.door';

export function openSession(tab: Storage = sessionStorage, device: Storage = localStorage): Session {
  let kept: Tokens | null = null;
  try {
    kept = JSON.parse(tab.getItem(NAME) ?? device.getItem(NAME) ?? 'null') as Tokens | null;
  } catch {
    /* Not ours: as if nobody had signed in. */
  }
  return {
    tokens: () => kept,
    keep(tokens) {
      kept = tokens;
      tab.removeItem(NAME);
      device.removeItem(NAME);
      if (tokens) (tokens.kind === 'device' ? device : tab).setItem(NAME, JSON.stringify(tokens));
    },
    headers(): Record<string, string> {
      if (!kept) return {};
      return { authorization: `Bearer ${kept.kind === 'account' ? kept.accessToken : kept.token}` };
    },
  };
}
