/*
 * A forger with an access token, our public keys and a key of his own, at each door that takes a token: no forgery opens
 * any, nothing that a header names is asked for, and the true token opens all of them before and after.
 */
import assert from 'node:assert';
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { runCases } from './report.mjs';
import { ask } from './shop.mjs';
import { startServer } from './server.mjs';

const server = await startServer(process.argv[2], '--outbound-allow', 'oidc=127.0.0.1/32');
const { origin } = server;
let called = 0;
const trap = createServer((_, response) => response.end(JSON.stringify({ keys: [jwkOf(ec)] }), () => called++));
trap.on('connection', () => called++);
trap.listen(0, '127.0.0.1');
await once(trap, 'listening');
const away = `http://127.0.0.1:${trap.address().port}`;

const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwkOf = ({ publicKey }) => publicKey.export({ format: 'jwk' });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ec384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');

async function person(email) {
  await ask(server, 'mutation($e: String!) { signUp(input: {email: $e, name: "Ada"}) { accepted } }', { e: email }, null);
  const { mails } = await ask(server, '{ mails(first: 1) { nodes { token } } }');
  const query = 'mutation($t: String!) { verifyEmail(input: {token: $t, password: "correct horse battery"}) { session { accessToken } } }';
  return (await ask(server, query, { t: mails.nodes[0].token }, null)).verifyEmail.session.accessToken;
}

const good = await person('ada@example.org');
const other = await person('eve@example.org');
const [head, payload, signature] = good.split('.');
const [header, claims] = [head, payload].map((text) => JSON.parse(Buffer.from(text, 'base64url')));
const ours = (await (await fetch(`${origin}/.well-known/jwks.json`)).json()).keys.find(({ kid }) => kid === header.kid);
const pem = createPublicKey({ key: ours, format: 'jwk' }).export({ format: 'pem', type: 'spki' });
const der = createPublicKey({ key: ours, format: 'jwk' }).export({ format: 'der', type: 'spki' });

const raw = (first, second, third = '') => `${first}.${second}.${third}`;
const signed = (alg, text, key) => sign(alg, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
/* By the forger's own key, header and claims changed as given. */
const mine = (change, said = claims, key = ec, digest = 'sha256') => {
  const text = `${part(typeof change === 'string' ? change : { ...header, ...change })}.${part(said)}`;
  return `${text}.${signed(digest, text, key.privateKey)}`;
};
const mac = (alg, secret, change = {}) => {
  const text = `${part({ ...header, alg, ...change })}.${payload}`;
  return `${text}.${createHmac(`sha${alg.slice(2)}`, secret).update(text).digest('base64url')}`;
};
const spelt = JSON.stringify(header);
const last = signature.at(-1);
const sibling = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/* What may be wrong, and all ways to have it wrong. */
const forgeries = {
  none: ['none', 'None', 'NONE', 'nOnE', '', null, undefined].flatMap((alg) => ['', signature, part('x')].map((end) => raw(part({ ...header, alg }), payload, end))),
  mac: ['HS256', 'HS384', 'HS512'].flatMap((alg) => [pem, pem.trim(), pem.replaceAll('\n', ''), der, JSON.stringify(ours), ours.x, Buffer.from(ours.x, 'base64url'), ours.kid, ''].map((secret) => mac(alg, secret))),
  algorithm: [mine({ alg: 'ES384' }, claims, ec384, 'sha384'), mine({ alg: 'RS256' }, claims, rsa), mine({ alg: 'EdDSA' }, claims, ed, null), mine({ alg: 'PS256' }, claims, rsa), mine({ alg: ['ES256'] }), mine({ alg: 'es256' }), mine({ alg: 'ES256K' })],
  key: [mine({}), mine({ kid: 'x' }), mine({ kid: '' }), mine({ kid: null }), mine({ kid: undefined }), mine({ kid: '../../../../dev/null' }), mine({ kid: "' UNION SELECT 'x" }), mine({ kid: `${away}/jwks.json` }), mine({ kid: [header.kid] }), mine({ kid: header.kid.toLowerCase() })],
  header: [{ jku: `${away}/jwks.json` }, { x5u: `${away}/cert.pem` }, { jwk: jwkOf(ec) }, { jwk: jwkOf(ec), kid: undefined }, { x5c: [ec.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] }, { 'x5t#S256': 'x' }, { crit: ['exp'] }, { crit: ['jku'], jku: `${away}/` }, { b64: false }, { zip: 'DEF' }, { cty: 'JWT' }, { iss: away, jku: `${away}/` }].flatMap((change) => [
    mine(change),
    raw(part({ ...header, ...change }), payload, signature),
  ]),
  type: ['at+jwt', 'jwt', 'JWS', '', null, 7, undefined].flatMap((typ) => [mine({ typ }), raw(part({ ...header, typ }), payload, signature)]),
  claim: [{ iss: away }, { iss: undefined }, { iss: ['tessera'] }, { aud: 'other' }, { aud: undefined }, { aud: [claims.aud, 'other'] }, { sub: JSON.parse(Buffer.from(other.split('.')[1], 'base64url')).sub }, { sub: 'owner' }, { exp: claims.exp + 86400 }, { exp: undefined }, { nbf: 0 }, { iat: 0 }, { sid: undefined }].flatMap((change) => [
    mine({}, { ...claims, ...change }),
    raw(head, part({ ...claims, ...change }), signature),
  ]),
  twice: [
    mine(`{"alg":"none",${spelt.slice(1)}`), mine(`${spelt.slice(0, -1)},"alg":"none"}`), mine(`${spelt.slice(0, -1)},"kid":"x"}`), raw(part(`{"alg":"none",${spelt.slice(1)}`), payload, signature),
    mine({}, `{"sub":"usr_x",${JSON.stringify(claims).slice(1)}`), raw(head, part(`{"sub":"usr_x",${JSON.stringify(claims).slice(1)}`), signature), mine(`${spelt.slice(0, -1)},"\\u0061lg":"none"}`),
  ],
  parts: [head, `${head}.${payload}`, `${head}.${payload}.`, `.${payload}.${signature}`, `${head}..${signature}`, `${good}.`, `${good}.${signature}`, `.${good}`, `${good}x`, `${good}=`, `${good}==`, `${good}%00`, `${good},${good}`, good.slice(0, -1), good.slice(1), good.replaceAll('.', '..'), JSON.stringify({ payload, protected: head, signature })],
  spelling: [
    `${head}.${payload}.+${signature.slice(1)}`, `${head}.${payload}./${signature.slice(1)}`, `${head}=.${payload}.${signature}`, `${head}.${payload}==.${signature}`, raw(part(`${spelt} `), payload, signature), raw(part(` ${spelt}`), payload, signature),
    ...[...sibling].filter((letter) => letter !== last).map((letter) => good.slice(0, -1) + letter), /* bits that no byte has */
  ],
  signature: [raw(head, payload, Buffer.alloc(64).toString('base64url')), raw(head, payload, Buffer.alloc(64, 255).toString('base64url')), raw(head, payload, Buffer.alloc(70, 48).toString('base64url')), raw(head, payload, other.split('.')[2]), raw(head, other.split('.')[1], signature), raw(head, payload, Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.alloc(1)]).toString('base64url')), raw(head, payload, sign('sha256', Buffer.from(`${head}.${payload}`), ec.privateKey).toString('base64url'))],
  size: [mine({ pad: 'x'.repeat(5000) }), mine({}, { ...claims, pad: 'x'.repeat(5000) }), raw(head, payload, 'A'.repeat(6000)), raw(part('['.repeat(3000)), payload, signature), `${'A'.repeat(3000)}.${'A'.repeat(3000)}.A`],
};

const QUERY = JSON.stringify({ query: '{ viewer { email } }' });

async function viewerBy(headers) {
  const response = await fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: QUERY });
  const text = await response.text();
  return response.status === 200 ? (JSON.parse(text).data?.viewer?.email ?? null) : response.status;
}

/* Each door: who one is behind it; null or a status for nobody. */
const doors = {
  header: (token) => viewerBy({ authorization: `Bearer ${token}` }),
  cookie: (token) => viewerBy({ cookie: `__Host-tessera-access=${token}`, origin }),
  socket: async (token) => {
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
    const said = new Promise((resolve) => {
      socket.onclose = ({ code }) => resolve(code);
      socket.onmessage = ({ data }) => {
        const { type, payload: answer } = JSON.parse(data);
        if (type === 'connection_ack') return socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: JSON.parse(QUERY) }));
        resolve(answer?.data?.viewer?.email ?? null);
      };
    });
    socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    const who = await said;
    socket.close();
    return who;
  },
};

const cases = Object.entries(forgeries).map(([name, tokens]) => [
  `no_forged_${name}_opens_a_door`,
  async () => {
    for (const [door, open] of Object.entries(doors)) {
      assert.equal(await open(good), 'ada@example.org', door);
      const seen = await Promise.all(tokens.map((token) => open(token)));
      for (const [at, who] of seen.entries()) assert([401, 431, 400, 4401, 4403].includes(who) || (door === 'cookie' && who === null && /[,;]/.test(tokens[at])), `${door}: ${who} by ${tokens[at].slice(0, 300)}`);
      assert.equal(await open(good), 'ada@example.org', door);
    }
  },
]);

await runCases([
  ...cases,
  ['the_forgers_set_is_whole', () => {
    const all = Object.values(forgeries).flat();
    assert.deepEqual(all.filter((token, at) => all.indexOf(token) !== at), []);
    assert(!all.includes(good) && all.length > 230, String(all.length));
    assert.deepEqual(Object.keys(forgeries), ['none', 'mac', 'algorithm', 'key', 'header', 'type', 'claim', 'twice', 'parts', 'spelling', 'signature', 'size']);
  }],
  ['nothing_that_a_token_names_is_asked_for', () => assert.equal(called, 0)],
]);
trap.close();
await server.stop();
