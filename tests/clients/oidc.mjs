/* Signing in with a provider, npm oidc-provider, against a real server; and everything on the way that may be forged. */
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCases, within } from './report.mjs';
import { Browser, SECRET, claimsOf, openProvider } from './provider.mjs';
import { OWNER_TOKEN, startServer } from './server.mjs';

const program = process.argv[2];
const one = await openProvider();
const other = await openProvider();
const folder = mkdtempSync(join(tmpdir(), 'tessera-oidc-'));
const SECRETS = ['house', 'elliptic', 'edwards', 'other'].map((name) => `${name}=${SECRET}`).join(',');

function writeSecrets(text) {
  writeFileSync(join(folder, 'new'), text);
  renameSync(join(folder, 'new'), join(folder, 'secrets'));
}

writeSecrets(SECRETS);
process.env.TESSERA_OIDC_SECRETS_FILE = join(folder, 'secrets');
const server = await startServer(program, '--outbound-allow', 'oidc=127.0.0.1/32', '--log-level', 'info', '--secret-read-ms', '100', '--oidc',
  `house=tessera@${one.issuer},elliptic=tessera-es@${one.issuer},edwards=tessera-ed@${one.issuer},other=tessera@${other.issuer},gone=x@http://127.0.0.1:1`);
const origin = server.origin;
const client = (name, client_id, more = {}) => ({ client_id, redirect_uris: [`${origin}/oidc/${name}/callback`], backchannel_logout_uri: `${origin}/oidc/${name}/logout`, ...more });
const clients = [
  client('house', 'tessera', { backchannel_logout_session_required: true }),
  client('elliptic', 'tessera-es', { id_token_signed_response_alg: 'ES256' }),
  client('edwards', 'tessera-ed', { id_token_signed_response_alg: 'EdDSA', token_endpoint_auth_method: 'client_secret_post' }),
];
one.serve(clients);
other.serve([client('other', 'tessera')]);
let people = 0;

const nobody = () => `p${++people}`;
/* The domain's clock, and that of the providers, which are in this process. */
const real = Date.now;
let ahead = 0;
Date.now = () => real() + ahead;
async function advance(advanceMs) {
  const response = await fetch(`${server.admin}/clock`, { method: 'POST', body: JSON.stringify({ advanceMs }) });
  assert.equal(response.status, 200, await response.text());
  ahead += advanceMs;
}

/* To the provider and back. Return: {browser, url}, of the answer that comes back. */
async function arrive(login, { name = 'house', browser = new Browser(), query = '' } = {}) {
  const start = await browser.go(`${origin}/oidc/${name}/start${query}`);
  assert.equal(start.status, 303, await start.text());
  return { browser, url: await browser.follow(start.headers.get('location'), origin, login) };
}

/* All the way. Return: {browser, response}. */
async function signIn(login, options) {
  const { browser, url } = await arrive(login, options);
  return { browser, response: await browser.go(url) };
}

/* A page of ours asks, in this browser. Return: the data. */
async function say(browser, query, variables = {}) {
  const body = JSON.stringify({ query, variables });
  return (await (await browser.go(`${origin}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', origin }, body })).json()).data;
}

/* Who this browser is to the server; null: nobody. */
async function viewer(browser) {
  return (await say(browser, '{ viewer { id email name } }'))?.viewer ?? null;
}

/* One mutation. Return: its payload; {code} where it is refused. */
async function change(browser, name, selection, input) {
  const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
  const payload = (await say(browser, `mutation($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { code } } }`, { input }))[name];
  return payload.userErrors[0] ?? payload;
}

const PASSWORD = 'correct horse battery';

/* Somebody who signed up here, in a browser of his own. Return: {browser, email}. */
async function signedUp() {
  const browser = new Browser(), email = `${nobody()}@example.com`;
  const open = (query, variables, headers = {}) => fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables }) });
  await open('mutation($e: String!) { signUp(input: {email: $e, name: "Ada"}) { accepted } }', { e: email });
  const { mails } = (await (await open('{ mails(first: 1) { nodes { token } } }', {}, { authorization: `Bearer ${OWNER_TOKEN}` })).json()).data;
  const { session } = await change(browser, 'verifyEmail', 'session { refreshToken }', { token: mails.nodes[0].token, password: PASSWORD });
  await browser.go(`${origin}/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin }, body: JSON.stringify(session) });
  return { browser, email };
}

/* To the provider and back with the consent of who is signed in. Return: the token that the page gets. */
async function consent(browser, login, { input = { password: PASSWORD }, provider = 'house', in: by = browser } = {}) {
  const { url, code } = await change(browser, 'startProviderLink', 'url', { provider, returnTo: '/account', ...input });
  if (code) return { code };
  const start = await by.go(origin + url);
  assert.equal(start.status, 303, await start.text());
  const back = await by.go(await by.follow(start.headers.get('location'), origin, login));
  assert.equal(back.status, 303, await back.text());
  return { token: /^\/account#link=(.+)$/.exec(back.headers.get('location'))[1] };
}

const link = (browser, token) => change(browser, 'linkProvider', 'providerIdentity { id provider }', { token });
const identities = async (browser) => (await say(browser, '{ viewer { providerIdentities { id provider linkedAt } } }')).viewer.providerIdentities;

function totp(secret, now = Date.now()) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigInt64BE(BigInt(Math.floor(now / 30000)));
  const mac = createHmac('sha1', key).update(step).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

async function signedIn(login, options) {
  const { browser, response } = await signIn(login, options);
  assert.equal(response.status, 303, await response.text());
  return { browser, response, person: await viewer(browser) };
}

/* A socket of this browser's session. Return: {ended: a promise}. */
async function socketOf(browser) {
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
  const ended = new Promise((resolve) => socket.addEventListener('close', resolve));
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  const acknowledged = new Promise((resolve) => socket.addEventListener('message', resolve));
  const authorization = `Bearer ${browser.jar(origin).get('__Host-tessera-access')}`;
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
  assert.equal(JSON.parse((await acknowledged).data).type, 'connection_ack');
  return { ended };
}

const logOut = (token, name = 'house') => fetch(`${origin}/oidc/${name}/logout`, { method: 'POST', body: new URLSearchParams({ logout_token: token }) });

/* Refused, with a page that says so, and no session. */
async function refused(browser, response, words) {
  const text = await response.text();
  assert.equal(response.status, 400, text);
  assert.match(response.headers.get('content-type'), /^text\/html/);
  assert.match(text, words);
  assert(!response.headers.getSetCookie().some((line) => /tessera-(access|refresh)=/.test(line)));
  assert.equal(await viewer(browser), null);
}

/* The answer that comes back, changed by `change(searchParams)`. */
async function answerRefused(change, words) {
  const { browser, url } = await arrive(nobody());
  const changed = new URL(url);
  change(changed.searchParams);
  await refused(browser, await browser.go(changed.href), words);
}

/* The token's claims, changed and signed by the provider's own key; or another header, or another key. */
async function tokenRefused(change, words, header = {}, key = null) {
  await tampered({ token: async (answer, sign) => ({ ...answer, id_token: await sign(change(claimsOf(answer.id_token)), header, key) }) }, words);
}

async function tampered(tamper, words) {
  one.tamper = tamper;
  try {
    const { browser, response } = await signIn(nobody());
    await refused(browser, response, words);
  } finally {
    one.tamper = {};
  }
}

const same = (claims) => claims;
const seconds = () => Math.floor(Date.now() / 1000);

await runCases([
  ['who_is_new_gets_an_account_and_keeps_it', async () => {
    const login = nobody();
    const { response, person } = await signedIn(login, { query: '?returnTo=/tickets%3Fpage=2' });
    assert.equal(response.headers.get('location'), '/tickets?page=2');
    assert.deepEqual([person.email, person.name], [`${login}@example.org`, `Name of ${login}`]);
    assert.deepEqual((await signedIn(login)).person, person);
  }],
  ['each_algorithm_signs_in_and_either_way_of_showing_the_secret', async () => {
    for (const name of ['elliptic', 'edwards']) {
      const login = nobody();
      assert.equal((await signedIn(login, { name })).person.email, `${login}@example.org`);
    }
  }],
  ['cookies_are_ours_alone', async () => {
    const { browser, url } = await arrive(nobody());
    const response = await browser.go(url);
    const lines = response.headers.getSetCookie();
    assert.equal(lines.length, 3, lines);
    for (const line of lines) assert.match(line, /^__Host-tessera-(access|refresh|flow)=.*; Path=\/; .*; Secure; HttpOnly; SameSite=(Strict|Lax)$/);
    assert.equal(lines.filter((line) => line.includes('SameSite=Lax')).length, 1);
    assert.equal(response.headers.get('cache-control'), 'no-store');
  }],
  ['an_address_that_has_an_account_is_not_taken', async () => {
    const login = nobody();
    const query = 'mutation($e: String!) { signUp(input: {email: $e, name: "Ada"}) { accepted } }';
    const say = async (query, variables, headers = {}) => (await (await fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables }) })).json()).data;
    await say(query, { e: `${login}@example.org` });
    const { mails } = await say('{ mails(first: 1) { nodes { token } } }', {}, { authorization: `Bearer ${OWNER_TOKEN}` });
    await say('mutation($t: String!) { verifyEmail(input: {token: $t, password: "correct horse battery"}) { session { accessToken } } }', { t: mails.nodes[0].token });
    const { browser, response } = await signIn(login);
    await refused(browser, response, /There is an account with your e-mail address/);
  }],
  ['providers_are_listed_for_pages', async () => {
    const { providers } = await say(new Browser(), '{ providers { name startUrl } }');
    assert.deepEqual(providers, ['house', 'elliptic', 'edwards', 'other', 'gone'].map((name) => ({ name, startUrl: `/oidc/${name}/start` })));
  }],
  ['who_is_signed_in_links_by_consent', async () => {
    const login = nobody();
    const { browser, email } = await signedUp();
    const { providerIdentity } = await link(browser, (await consent(browser, login)).token);
    assert.equal(providerIdentity.provider, 'house');
    assert.deepEqual((await identities(browser)).map(({ id }) => id), [providerIdentity.id]);
    assert.equal((await signedIn(login)).person.email, email);
    assert.equal((await change(browser, 'unlinkProvider', 'providerIdentity { id }', { providerIdentityId: providerIdentity.id, password: PASSWORD })).providerIdentity.id, providerIdentity.id);
    assert.deepEqual(await identities(browser), []);
    assert.notEqual((await signedIn(login)).person.email, email); /* another account from here on */
  }],
  ['nothing_is_linked_without_it', async () => {
    const ada = await signedUp(), eve = await signedUp();
    for (const input of [{ password: 'not it, not at all' }, {}]) assert.equal((await consent(ada.browser, nobody(), { input })).code, 'CREDENTIALS_INVALID');
    assert.equal((await consent(ada.browser, nobody(), { provider: 'nobody' })).code, 'NOT_FOUND');
    for (const returnTo of ['//evil.example', 'https://evil.example', '']) assert.equal((await consent(ada.browser, nobody(), { input: { password: PASSWORD, returnTo } })).code, 'INVALID_INPUT');
    /* Eve's own sign-in slipped to Ada, and Ada led into Eve's. */
    const { token: eves } = await consent(eve.browser, nobody());
    assert.equal((await link(ada.browser, eves)).code, 'LINK_INVALID');
    const { token: lured } = await consent(eve.browser, nobody(), { in: ada.browser });
    assert.equal((await link(ada.browser, lured)).code, 'LINK_INVALID');
    for (const forged of [eves.slice(0, -1), eves.replace('.house.', '.other.'), eves.replace(/usr_./, 'usr_7'), 'x', '']) assert.equal((await link(eve.browser, forged)).code, 'LINK_INVALID', forged);
    assert((await link(eve.browser, eves)).providerIdentity);
    assert.equal((await link(eve.browser, eves)).code, 'LINK_INVALID'); /* once */
    const late = await consent(ada.browser, nobody());
    await advance(5 * 60 * 1000);
    assert.equal((await link(ada.browser, late.token)).code, 'LINK_INVALID');
    const { url } = await change(ada.browser, 'startProviderLink', 'url', { provider: 'house', returnTo: '/', password: PASSWORD });
    for (const wrong of [url.replace('/house/', '/other/'), url.slice(0, -1), url.replace(/link=.*/, 'link=x')]) assert.equal((await ada.browser.go(origin + wrong)).status, 400, wrong);
    assert.deepEqual(await identities(ada.browser), []);
  }],
  ['one_is_somebodys_once', async () => {
    const login = nobody();
    const first = await signedIn(login), { browser } = await signedUp();
    assert.equal((await link(browser, (await consent(browser, login)).token)).code, 'CONFLICT');
    const [{ id }] = await identities(first.browser);
    assert.equal((await change(browser, 'unlinkProvider', 'providerIdentity { id }', { providerIdentityId: id, password: PASSWORD })).code, 'NOT_FOUND');
  }],
  ['the_last_way_in_stays', async () => {
    const { browser } = await signedIn(nobody());
    const [{ id }] = await identities(browser);
    const unlink = (which) => change(browser, 'unlinkProvider', 'providerIdentity { id }', { providerIdentityId: which });
    assert.equal((await unlink(id)).code, 'CONFLICT');
    const { providerIdentity: second } = await link(browser, (await consent(browser, nobody(), { input: {}, provider: 'other' })).token);
    assert.equal((await unlink(id)).providerIdentity.id, id);
    assert.equal((await unlink(second.id)).code, 'CONFLICT');
    assert.deepEqual((await identities(browser)).map(({ provider }) => provider), ['other']);
  }],
  ['of_two_that_go_at_once_one_stays', async () => {
    for (let round = 0; round < 5; round++) {
      const { browser } = await signedIn(nobody());
      await link(browser, (await consent(browser, nobody(), { input: {}, provider: 'other' })).token);
      const both = await identities(browser);
      const answers = await Promise.all(both.map(({ id }) => change(browser, 'unlinkProvider', 'providerIdentity { id }', { providerIdentityId: id })));
      assert.equal((await identities(browser)).length, 1, `round ${round}`);
      assert.deepEqual(answers.map(({ code }) => code ?? 'gone').sort(), ['CONFLICT', 'gone']);
    }
  }],
  ['a_recent_sign_in_stands_for_a_password_that_there_is_not', async () => {
    const login = nobody();
    const { browser } = await signedIn(login);
    const [{ id }] = await identities(browser);
    const steps = [
      ['startTotp', 'token', {}],
      ['startPasskey', 'options', {}],
      ['startProviderLink', 'url', { provider: 'other', returnTo: '/' }],
      ['requestEmailChange', 'accepted', { newEmail: `${login}-new@example.org` }],
      ['unlinkProvider', 'providerIdentity { id }', { providerIdentityId: id }],
      ['changePassword', 'session { accessToken }', { newPassword: PASSWORD }],
    ];
    const codes = async (who) => {
      const answers = [];
      for (const [name, selection, input] of steps) answers.push((await change(who, name, selection, input)).code);
      return answers;
    };
    await advance(5 * 60 * 1000);
    assert.deepEqual(await codes(browser), steps.map(() => 'CREDENTIALS_INVALID'));
    const again = (await signedIn(login)).browser;
    assert.deepEqual(await codes(again), [undefined, undefined, undefined, undefined, 'CONFLICT', undefined]);
    /* It has one now, and a sign-in stands for it no more. */
    const { browser: third } = await signedIn(login);
    assert.equal((await change(third, 'startTotp', 'token', {})).code, 'CREDENTIALS_INVALID');
    assert.ok((await change(third, 'startTotp', 'token', { password: PASSWORD })).token);
  }],
  ['a_second_factor_is_asked_for_and_the_session_is_the_providers', async () => {
    const login = nobody();
    const { browser } = await signedUp();
    await link(browser, (await consent(browser, login)).token);
    const begun = await change(browser, 'startTotp', 'token secret', { password: PASSWORD });
    assert((await change(browser, 'confirmTotp', 'recoveryCodes', { token: begun.token, code: totp(begun.secret) })).recoveryCodes);
    const { browser: away, response } = await signIn(login);
    assert.equal(response.status, 303);
    assert.equal(await viewer(away), null);
    const challenge = new URL(response.headers.get('location'), server.origin).searchParams.get('challenge');
    await advance(30 * 1000);
    const { session } = await change(away, 'completeSignIn', 'session { refreshToken }', { challenge, code: totp(begun.secret) });
    await away.go(`${origin}/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin }, body: JSON.stringify(session) });
    assert.notEqual(await viewer(away), null);
    await away.signOut(one.issuer);
    assert.equal(await viewer(away), null);
    assert.notEqual(await viewer(browser), null);
  }],
  ['the_clients_secret_changes_while_we_run', async () => {
    const told = (action, count) => server.log().filter((line) => line['event.action'] === action || line.message?.includes('oidc-secrets')).length >= count;
    const wait = async (question) => { for (let tries = 0; !question(); tries++) { assert(tries < 200); await new Promise((resolve) => setTimeout(resolve, 50)); } };
    one.serve([{ ...clients[0], client_secret: 'another client-secret' }, ...clients.slice(1)]);
    const { browser, response } = await signIn(nobody());
    await refused(browser, response, /does not take this code/);
    writeSecrets('nobody=hush');
    await wait(() => told('secret-denied', 1));
    writeSecrets(SECRETS.replace(`house=${SECRET}`, 'house=another client-secret'));
    await wait(() => told('secret-changed', 2));
    await signedIn(nobody());
    await signedIn(nobody(), { name: 'elliptic' });
    one.serve(clients);
    writeSecrets(SECRETS);
    await wait(() => told('secret-changed', 3));
    await signedIn(nobody());
  }],
  ['an_address_that_nobody_verified_is_no_account', async () => {
    const { browser, response } = await signIn('unverified-ada');
    await refused(browser, response, /not verified an e-mail address/);
  }],
  ['state_must_be_this_sign_ins', async () => {
    const stranger = await arrive(nobody());
    const words = /belongs to another sign-in/;
    await answerRefused((answer) => answer.set('state', new URL(stranger.url).searchParams.get('state')), words);
    await answerRefused((answer) => answer.set('state', answer.get('state').slice(0, -1)), words);
    await answerRefused((answer) => answer.set('state', ''), words);
    await answerRefused((answer) => answer.delete('state'), words);
  }],
  ['an_answer_is_for_the_browser_that_began', async () => {
    const { url } = await arrive(nobody());
    const words = /was not begun in this browser/;
    const stranger = new Browser();
    await refused(stranger, await stranger.go(url), words);
    const { browser, url: mine } = await arrive(nobody());
    const jar = browser.jar(origin), flow = jar.get('__Host-tessera-flow');
    for (const forged of [flow.slice(0, -1), flow.replace('.house.', '.other.'), flow.replace(/^flw_./, 'flw_7'), 'x', 'a.b.c.d']) {
      jar.set('__Host-tessera-flow', forged);
      await refused(browser, await browser.go(mine), words);
    }
    const foreign = await arrive(nobody());
    jar.set('__Host-tessera-flow', foreign.browser.jar(origin).get('__Host-tessera-flow'));
    await refused(browser, await browser.go(mine), /another sign-in/);
  }],
  ['a_refusal_is_said_in_the_browsers_language', async () => {
    const { browser, url } = await arrive(nobody());
    for (const [language, words] of [
      ['de-DE,de;q=0.9,en;q=0.8', /<html lang="de">.*<h1>Sie sind nicht angemeldet<\/h1><p>Diese Anmeldung wurde nicht in diesem Browser begonnen.*">Von vorn beginnen<\/a>/],
      ['ar', /<html lang="ar" dir="rtl">.*<h1>لم يتم تسجيل دخولك<\/h1>/],
      ['nl', /<html lang="en">.*<h1>You are not signed in<\/h1>/],
    ]) {
      const stranger = new Browser();
      await refused(stranger, await stranger.go(url, { headers: { 'accept-language': language } }), words);
    }
    assert.equal((await browser.go(url)).status, 303);
  }],
  ['an_answer_is_good_once_and_for_a_while', async () => {
    const { browser, url } = await arrive(nobody());
    const flow = browser.jar(origin).get('__Host-tessera-flow');
    assert.equal((await browser.go(url)).status, 303);
    const again = new Browser();
    again.jar(origin).set('__Host-tessera-flow', flow);
    await refused(again, await again.go(url), /was used before/);
    const late = await arrive(nobody());
    await advance(10 * 60 * 1000);
    await refused(late.browser, await late.browser.go(late.url), /took too long/);
  }],
  ['iss_must_be_the_issuer', async () => {
    const words = /is not the provider&#39;s|is not the provider's/;
    await answerRefused((answer) => answer.set('iss', other.issuer), words);
    await answerRefused((answer) => answer.set('iss', `${one.issuer}/`), words);
    await answerRefused((answer) => answer.delete('iss'), words);
  }],
  ['another_issuers_answer_is_not_mixed_up', async () => {
    const { browser, url } = await arrive(nobody(), { name: 'other' });
    const { search } = new URL(url);
    await refused(browser, await browser.go(`${origin}/oidc/house/callback${search}`), /begun with another provider/);
    /* A code of the one, in a sign-in with the other. */
    const honest = await arrive(nobody(), { name: 'other' });
    await answerRefused((answer) => answer.set('code', new URL(honest.url).searchParams.get('code')), /does not take this code/);
  }],
  ['a_code_is_this_sign_ins', async () => {
    const words = /does not take this code/;
    const stolen = new URL((await arrive(nobody())).url).searchParams.get('code');
    await answerRefused((answer) => answer.set('code', stolen), words); /* PKCE: another verifier */
    await answerRefused((answer) => answer.set('code', 'made-up'), words);
    await answerRefused((answer) => answer.delete('code'), /has no code/);
    await answerRefused((answer) => answer.set('error', 'access_denied'), /did not let you in/);
  }],
  ['the_verifier_and_the_redirect_uri_are_exact', async () => {
    const words = /does not take this code/;
    for (const [name, value] of [['code_verifier', 'x'.repeat(43)], ['code_verifier', ''], ['redirect_uri', `${origin}/oidc/elliptic/callback`], ['redirect_uri', `${origin}/oidc/house/callback/`]])
      await tampered({ form: (form) => form.set(name, value) }, words);
  }],
  ['what_is_said_twice_is_refused', async () => {
    const { browser, url } = await arrive(nobody());
    const response = await browser.go(`${url}&state=again`);
    assert.equal(response.status, 400);
    assert.equal(await viewer(browser), null);
  }],
  ['claims_are_checked', async () => {
    await tokenRefused((claims) => ({ ...claims, nonce: 'another' }), /of another sign-in/);
    await tokenRefused(({ nonce, ...claims }) => claims, /of another sign-in/);
    await tokenRefused((claims) => ({ ...claims, aud: 'somebody' }), /for somebody else/);
    await tokenRefused((claims) => ({ ...claims, aud: ['tessera', 'somebody'] }), /given to somebody else/);
    await tokenRefused((claims) => ({ ...claims, azp: 'somebody' }), /given to somebody else/);
    await tokenRefused((claims) => ({ ...claims, iss: other.issuer }), /of another issuer/);
    await tokenRefused((claims) => ({ ...claims, sub: undefined }), /does not say who/);
    await tokenRefused((claims) => ({ ...claims, sub: '' }), /does not say who/);
  }],
  ['times_are_checked', async () => {
    await tokenRefused((claims) => ({ ...claims, exp: claims.iat - 3600 }), /too old/);
    await tokenRefused((claims) => ({ ...claims, exp: 'tomorrow' }), /for when it is good/);
    await tokenRefused(({ exp, ...claims }) => claims, /for when it is good/);
    await tokenRefused((claims) => ({ ...claims, nbf: seconds() + 86400 }), /not good yet/);
    await tokenRefused((claims) => ({ ...claims, iat: seconds() + 86400, exp: seconds() + 90000 }), /not good yet/);
  }],
  ['signatures_are_the_issuers', async () => {
    const words = /not signed by the provider/;
    const mine = other.keys.find(({ alg }) => alg === 'RS256');
    await tokenRefused(same, words, { alg: 'RS256' }, { ...mine, kid: one.keys[0].kid });
    await tokenRefused(same, words, { kid: 'nobody-knows' });
    await tokenRefused(same, words, { kid: one.keys[1].kid }); /* a key of another algorithm */
    await tokenRefused(same, words, { crit: undefined, b64: true });
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const forge = (header, signature = '') => ({ token: (answer) => ({ ...answer, id_token: `${part(header)}.${answer.id_token.split('.')[1]}.${signature}` }) });
    await tampered(forge({ alg: 'none' }), words);
    await tampered(forge({ alg: 'HS256', kid: one.keys[0].kid }, 'AAAA'), words);
    await tampered({ token: (answer) => ({ ...answer, id_token: answer.id_token.slice(0, -4) + 'AAAA' }) }, words);
    await tampered({ token: (answer) => ({ ...answer, id_token: undefined }) }, /does not take this code/);
    await tampered({ token: (answer) => ({ ...answer, id_token: 'x.y' }) }, words);
  }],
  ['new_keys_are_asked_for_once', async () => {
    await signedIn(nobody());
    const asked = one.asked['/jwks'];
    await one.rotate('2');
    one.serve(clients);
    await advance(61 * 1000);
    await signedIn(nobody());
    assert.equal(one.asked['/jwks'], asked + 1);
    for (let i = 0; i < 3; i++) await tokenRefused(same, /not signed by the provider/, { kid: `unknown-${i}` });
    assert(one.asked['/jwks'] <= asked + 2, `${one.asked['/jwks']} after ${asked}`);
  }],
  ['another_issuers_discovery_is_refused', async () => {
    await advance(3600 * 1000 * 25);
    for (const change of [{ issuer: other.issuer }, { issuer: `${one.issuer}/` }, { token_endpoint: 'file:///etc/passwd' }, { jwks_uri: undefined }, { id_token_signing_alg_values_supported: ['HS256', 'none'] }, { code_challenge_methods_supported: ['plain'] }]) {
      one.tamper = { discovery: (document) => ({ ...document, ...change }) };
      const response = await new Browser().go(`${origin}/oidc/house/start`);
      assert.equal(response.status, 502, JSON.stringify(change));
      assert.match(await response.text(), /another&#39;s, or not enough|another's, or not enough/);
      await advance(5001);
    }
    one.tamper = {};
    await signedIn(nobody());
  }],
  ['who_is_away_or_unknown_is_said', async () => {
    assert.equal((await fetch(`${origin}/oidc/gone/start`, { redirect: 'manual' })).status, 502);
    assert.equal((await fetch(`${origin}/oidc/nobody/start`, { redirect: 'manual' })).status, 404);
    assert.equal((await fetch(`${origin}/oidc/house/start`, { method: 'POST' })).status, 405);
    for (const elsewhere of ['//evil.example', 'https://evil.example', '/\\evil.example', '/x%0d%0ay', '/a%23b'])
      assert.equal((await fetch(`${origin}/oidc/house/start?returnTo=${elsewhere}`, { redirect: 'manual' })).status, 400, elsewhere);
  }],
  ['who_signs_out_there_is_signed_out_here', async () => {
    for (const name of ['house', 'elliptic']) { /* the one says which session, the other who */
      const login = nobody();
      const { browser } = await signedIn(login, { name });
      const elsewhere = await signedIn(login, { name });
      const other = await signedIn(nobody(), { name });
      const { ended } = await socketOf(browser);
      await browser.signOut(one.issuer);
      await within(1, ended);
      assert.equal(await viewer(browser), null);
      assert.equal((await viewer(elsewhere.browser)) !== null, name === 'house');
      assert.notEqual(await viewer(other.browser), null);
      const renewed = await browser.go(`${origin}/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin }, body: '{}' });
      assert.equal(renewed.status, 401);
    }
  }],
  ['nobody_else_signs_out', async () => {
    const login = nobody();
    const { browser } = await signedIn(login);
    const now = seconds();
    const good = { iss: one.issuer, aud: 'tessera', iat: now, exp: now + 120, jti: 'x', sub: login, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } };
    const mine = { ...other.keys[0], kid: one.keys[0].kid };
    const forged = [
      await one.sign({ ...good, nonce: 'x' }), await one.sign({ ...good, events: undefined }), await one.sign({ ...good, events: { other: {} } }),
      await one.sign({ ...good, aud: 'somebody' }), await one.sign({ ...good, iss: other.issuer }), await one.sign({ ...good, exp: now - 3600 }),
      await one.sign({ ...good, iat: undefined }), await one.sign({ ...good, sub: undefined }), await one.sign(good, {}, mine), 'x', '',
    ];
    for (const token of forged) {
      const response = await logOut(token);
      assert.equal(response.status, 400, await response.text());
    }
    assert.equal((await fetch(`${origin}/oidc/house/logout`)).status, 405);
    assert.equal((await fetch(`${origin}/oidc/house/logout`, { method: 'POST', body: JSON.stringify({ logout_token: await one.sign(good) }) })).status, 400);
    assert.equal((await logOut(await one.sign(good), 'nobody')).status, 404);
    assert.notEqual(await viewer(browser), null);
    for (const wrong of [{ jti: undefined }, { jti: '' }, { iat: now - 3700, jti: 'y' }]) assert.equal((await logOut(await one.sign({ ...good, ...wrong }))).status, 400);
    assert.notEqual(await viewer(browser), null);
    assert.equal((await logOut(await one.sign(good))).status, 200); /* it was nothing else that was wrong */
    assert.equal(await viewer(browser), null);
    const again = await signedIn(login);
    assert.equal((await logOut(await one.sign(good))).status, 400); /* heeded before */
    assert.notEqual(await viewer(again.browser), null);
    assert.equal((await logOut(await one.sign({ ...good, jti: 'z' }))).status, 200);
    assert.equal(await viewer(again.browser), null);
  }],
  ['what_cannot_be_used_stops_the_start', () => {
    for (const [oidc, secrets, words] of [
      ['house', '', /--oidc is NAME=CLIENT_ID@/], ['house=tessera', '', /--oidc is/], ['House=tessera@https://id.example', '', /--oidc is/],
      ['house=tessera@ftp://id.example', '', /--oidc is/], ['house=tessera@https://id.example?x', '', /--oidc is/],
      ['a=b@https://id.example,a=c@https://id.example', '', /"a" is there twice/], ['a=b@https://id.example', 'c=hush', /"c" is not in --oidc/],
      ['a=b@https://id.example', 'a=hush,a=hush', /"a" is there twice/], ['a=b@https://id.example', 'hush', /--oidc-secrets is NAME=SECRET/],
    ]) {
      const { status, stderr } = spawnSync(program, ['serve', '--ephemeral', '--oidc', oidc], { encoding: 'utf8', timeout: 20000, env: { ...process.env, TESSERA_OIDC_SECRETS_FILE: '', TESSERA_OIDC_SECRETS: secrets } });
      assert.notEqual(status, 0, oidc);
      assert.match(stderr, words);
      assert(!stderr.includes('hush'), stderr);
    }
  }],
  ['no_secret_is_in_the_log', async () => {
    const lines = JSON.stringify(server.log());
    assert(lines.length > 1000 && !lines.includes(SECRET) && !lines.includes('client-secret') && !lines.includes('hush'));
  }],
]);
await server.stop();
rmSync(folder, { recursive: true });
one.stop();
other.stop();
