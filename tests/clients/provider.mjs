/*
 * npm oidc-provider (certified) on loopback, behind a proxy that can change what it says; and somebody with a browser's
 * manners, cookies and redirects, who signs in there.
 */
import { createServer, request as ask } from 'node:http';
import { once } from 'node:events';
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

export const SECRET = 'a client-secret: +/%&';
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

async function bodyOf(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/* Keys of each algorithm, their ids ending in `name`. */
async function makeKeys(name) {
  const keys = [];
  for (const alg of ALGORITHMS) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    keys.push({ ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-${name}` });
  }
  return keys;
}

/*
 * A provider, not there before serve(). `tamper` has functions that may change what passes: token(answer, sign), an
 * object each; discovery(document); jwks(document). `asked` counts requests by path.
 */
export async function openProvider() {
  const self = { tamper: {}, asked: {}, keys: await makeKeys('1') };
  let handler = (_, response) => response.writeHead(503).end();
  const inner = createServer((request, response) => handler(request, response));
  const port = await listening(inner);
  const sign = async (claims, header = {}, key = null) => {
    const jwk = key ?? self.keys.find(({ alg }) => alg === (header.alg ?? 'RS256'));
    return new SignJWT(claims).setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, ...header }).sign(jwk);
  };

  self.sign = sign;

  async function changed(path, body) {
    const name = { '/token': 'token', '/.well-known/openid-configuration': 'discovery', '/jwks': 'jwks' }[path];
    if (!self.tamper[name]) return body;
    return Buffer.from(JSON.stringify(await self.tamper[name](JSON.parse(body), sign)));
  }

  const proxy = createServer(async (request, response) => {
    const path = request.url.split('?')[0];
    self.asked[path] = (self.asked[path] ?? 0) + 1;
    let sent = await bodyOf(request);
    if (path === '/token' && self.tamper.form) {
      const form = new URLSearchParams(String(sent));
      self.tamper.form(form);
      sent = Buffer.from(String(form));
    }
    const headers = { ...request.headers, 'x-forwarded-proto': 'http', 'content-length': sent.length };
    const far = ask({ port, host: '127.0.0.1', method: request.method, path: request.url, headers });
    far.end(sent);
    const [answer] = await once(far, 'response');
    const body = await changed(path, await bodyOf(answer));
    const kept = Object.entries(answer.headers).filter(([name]) => !['content-length', 'transfer-encoding', 'connection'].includes(name));
    response.writeHead(answer.statusCode, { ...Object.fromEntries(kept), 'content-length': body.length }).end(body);
  });
  self.issuer = `http://127.0.0.1:${await listening(proxy)}`;

  /* `clients`: as oidc-provider takes them. */
  self.serve = (clients) => {
    const provider = new Provider(self.issuer, {
      clients: clients.map((client) => ({ client_secret: SECRET, ...client })),
      jwks: { keys: self.keys },
      claims: { openid: ['sub', 'sid'], email: ['email', 'email_verified'], profile: ['name'] },
      enabledJWA: { idTokenSigningAlgValues: ALGORITHMS },
      features: { backchannelLogout: { enabled: true } },
      fetch: (url, { method, headers, body }) => fetch(url, { method, headers, body }), /* its own agent refuses loopback */
      cookies: { keys: ['loopback'] },
      pkce: { required: () => true },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: !id.startsWith('unverified'), name: `Name of ${id}` }) }),
      async loadExistingGrant({ oidc }) {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
    });
    provider.proxy = true;
    self.provider = provider;
    handler = provider.callback();
  };
  self.rotate = async (name) => {
    self.keys = await makeKeys(name);
  };
  self.stop = () => {
    for (const server of [proxy, inner]) {
      server.close();
      server.closeAllConnections();
    }
  };
  return self;
}

/* Claims of a token, whoever signed it. */
export const claimsOf = decodeJwt;

/* Cookies of one browser, by host. */
export class Browser {
  jars = new Map();

  jar(url) {
    const { host } = new URL(url);
    if (!this.jars.has(host)) this.jars.set(host, new Map());
    return this.jars.get(host);
  }

  /* One request; nothing is followed. */
  async go(url, options = {}) {
    const jar = this.jar(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', ...options, headers: { cookie, ...options.headers } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === '' || /max-age=0(;|$)/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /* Sign out there, and let it tell its clients. */
  async signOut(issuer) {
    const page = await (await this.go(`${issuer}/session/end`)).text();
    const body = new URLSearchParams({ logout: 'yes', xsrf: /name="xsrf" value="([^"]+)"/.exec(page)[1] });
    await this.go(`${issuer}/session/end/confirm`, { method: 'POST', body });
  }

  /* From `url` on through the provider's form, until it leads to `origin` again. Return: that URL. */
  async follow(url, origin, login) {
    for (let steps = 0; steps < 12; steps++) {
      const response = await this.go(url);
      const location = response.headers.get('location');
      if (location) {
        url = new URL(location, url).href;
      } else {
        const [, action] = /<form[^>]*action="([^"]+)"/.exec(await response.text());
        const body = new URLSearchParams({ prompt: 'login', login, password: 'any' });
        const answer = await this.go(new URL(action, url).href, { method: 'POST', body });
        url = new URL(answer.headers.get('location'), url).href;
      }
      if (url.startsWith(`${origin}/`)) return url;
    }
    throw new Error('it leads nowhere');
  }
}
