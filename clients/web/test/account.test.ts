import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { pathOf, tokenOf } from '../src/pages/account/paths';
import { openJar } from '../src/server/jar';

describe('where to go on to', () => {
  it('is a path of ours', () => {
    for (const path of ['/', '/account', '/tickets?a=b&c=%20', '/e/a/b#c']) expect(pathOf(path)).toBe(path);
  });
  it('is nothing else', () => {
    for (const text of [null, undefined, '', 'account', '//evil.example', '/\\evil.example', '/a\\b', 'https://evil.example', 'javascript:alert(1)', '/a b', '/a\nb', '/é'])
      expect(pathOf(text), String(text)).toBe('/account');
  });
});

describe('what a provider sends back', () => {
  it('is a token after the sharp, and nothing else', () => {
    expect(tokenOf('#link=chl_1.usr_1.house.x-_9')).toBe('chl_1.usr_1.house.x-_9');
    for (const hash of ['', '#', '#link=', '#links=x', '#main', '#a&link=x']) expect(tokenOf(hash), hash).toBe(null);
  });
});

describe('a jar', () => {
  const open = (cookie?: string) => openJar({ headers: { cookie } } as IncomingMessage);
  const tokens = { accessToken: 'a.b.c', accessExpiresAt: new Date(Date.now() + 600_500).toISOString(), refreshToken: 'ses_1.2.x', refreshExpiresAt: new Date(Date.now() - 1000).toISOString() };
  it('has what the request brought, and sets nothing by itself', () => {
    const jar = open('a=1; __Host-tessera-access=x.y; __Host-tessera-refresh=ses_1; __Host-tessera-browser=mal_1');
    expect([jar.signedIn, jar.refreshToken, jar.browserToken, jar.headers(), jar.set()]).toEqual([true, 'ses_1', 'mal_1', { authorization: 'Bearer x.y' }, []]);
  });
  it('believes nobody who has none, an empty one, or two', () => {
    for (const cookie of [undefined, '', '__Host-tessera-access=', 'tessera-access=x', 'x__Host-tessera-access=x', '__Host-tessera-access=x; __Host-tessera-access=y'])
      expect([open(cookie).signedIn, open(cookie).headers()], cookie).toEqual([false, {}]);
  });
  it('keeps tokens for as long as they are good, where no script reads them', () => {
    const jar = open();
    jar.keep(tokens);
    expect(jar.headers()).toEqual({ authorization: 'Bearer a.b.c' });
    expect(jar.set()).toEqual([
      '__Host-tessera-access=a.b.c; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Strict',
      '__Host-tessera-refresh=ses_1.2.x; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict',
    ]);
  });
  it('forgets, and says each cookie once', () => {
    const jar = open('__Host-tessera-access=x.y');
    jar.keep(tokens);
    jar.keep(null);
    expect([jar.signedIn, jar.refreshToken, jar.headers()]).toEqual([false, null, {}]);
    expect(jar.set().map((cookie) => cookie.split('; ').slice(0, 3).join('; '))).toEqual(['__Host-tessera-access=; Path=/; Max-Age=0', '__Host-tessera-refresh=; Path=/; Max-Age=0']);
  });
});
