/* An organizer's own provider: npm oidc-provider on loopback, which may say anything, against a real server. */
import assert from 'node:assert';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { runCases, within } from './report.mjs';
import { Browser, SECRET, openProvider } from './provider.mjs';
import { OWNER_TOKEN, startServer } from './server.mjs';
import { ask, hold, mutate, openShop } from './shop.mjs';

const one = await openProvider();
/* What the house may reach, and its organizers may not. */
const inside = createServer((_, response) => {
  inside.asked++;
  const issuer = inside.issuer;
  response.end(JSON.stringify({ issuer, authorization_endpoint: `${issuer}/a`, token_endpoint: `${issuer}/t`, jwks_uri: `${issuer}/j`, id_token_signing_alg_values_supported: ['RS256'] }));
});
inside.asked = 0;
inside.listen(0, '127.0.0.2');
await once(inside, 'listening');
inside.issuer = `http://127.0.0.2:${inside.address().port}`;

const server = await startServer(process.argv[2], '--outbound-allow', 'oidc=127.0.0.0/8,organizer-oidc=127.0.0.1/32', '--log-level', 'debug',
  '--oidc', `house=tessera@${one.issuer}`, '--oidc-secrets', `house=${SECRET}`);
const { origin } = server;
const shop = await openShop(server, 'fabrik', 100);
const organizerOf = async (slug) => (await ask(server, 'query($slug: String!) { organizer(slug: $slug) { id } }', { slug })).organizer.id;
const fabrik = await organizerOf('fabrik');
await openShop(server, 'palast', 10);
const palast = await organizerOf('palast');
let people = 0;

const nobody = () => `o${++people}`;
const json = { 'content-type': 'application/json', origin };
const CREATE = 'oidcProvider { id name issuer clientId hasClientSecret createdAt callbackUrl logoutUrl }';

/* As whoever a token is of, or nobody in particular. Return: the payload; {code, path, message} where it is refused; {denied} where it is not his. */
async function attempt(name, selection, input, token = OWNER_TOKEN, how = (options) => fetch(server.url, options)) {
  const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
  const body = JSON.stringify({ query: `mutation($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { code message path } } }`, variables: { input } });
  const { data, errors } = await (await how({ method: 'POST', headers: { ...json, ...(token && { authorization: `Bearer ${token}` }) }, body })).json();
  if (errors) return { denied: errors[0].extensions.code };
  return data[name].userErrors[0] ?? data[name];
}

const by = (browser) => (options) => browser.go(server.url, options);
const change = (browser, name, selection, input) => attempt(name, selection, input, null, by(browser));
const say = async (browser, query) => (await (await browser.go(server.url, { method: 'POST', headers: json, body: JSON.stringify({ query }) })).json()).data;
const viewer = async (browser) => (await say(browser, '{ viewer { id email name memberships { organizer { id } role } } }'))?.viewer ?? null;
const clientOf = ({ id, callbackUrl, logoutUrl }) => ({ client_id: `at-${id}`, redirect_uris: [callbackUrl], backchannel_logout_uri: logoutUrl, backchannel_logout_session_required: true });
const house = { client_id: 'tessera', redirect_uris: [`${origin}/oidc/house/callback`] };
const clients = [house];

/* One of the organizer's, known there under a client id of its own. */
async function makeProvider(organizerId = fabrik, more = {}) {
  const made = (await mutate(server, 'createOidcProvider', CREATE, { organizerId, name: 'Fabrik staff', issuer: one.issuer, clientId: 'not yet', clientSecret: SECRET, ...more })).oidcProvider;
  clients.push(clientOf(made));
  one.serve(clients);
  return (await mutate(server, 'updateOidcProvider', CREATE, { oidcProviderId: made.id, clientId: `at-${made.id}` })).oidcProvider;
}

async function arrive(name, login, browser = new Browser()) {
  const start = await browser.go(`${origin}/oidc/${name}/start`);
  assert.equal(start.status, 303, await start.text());
  return { browser, url: await browser.follow(start.headers.get('location'), origin, login) };
}

async function signedIn(name, login) {
  const { browser, url } = await arrive(name, login);
  const response = await browser.go(url);
  assert.equal(response.status, 303, await response.text());
  return { browser, person: await viewer(browser) };
}

/* Somebody who proved his address here. Return: {browser, person}. */
async function signedUp(email) {
  const browser = new Browser();
  await mutate(server, 'signUp', 'accepted', { email, name: 'Ada' }, null);
  const { session } = await change(browser, 'verifyEmail', 'session { refreshToken }', { token: await newestToken(), password: 'correct horse battery' });
  await browser.go(`${origin}/session`, { method: 'POST', headers: json, body: JSON.stringify(session) });
  return { browser, person: await viewer(browser) };
}

const newestToken = async () => (await ask(server, '{ mails(first: 1) { nodes { token } } }')).mails.nodes[0].token;
const listed = async (id) => (await ask(server, 'query($id: ID!) { node(id: $id) { ... on Organizer { oidcProviders { id name clientId hasClientSecret } } } }', { id })).node.oidcProviders;

async function invited(organizerId, email) {
  const { team } = await mutate(server, 'createTeam', 'team { id }', { organizerId, name: nobody(), role: 'SCANNER' });
  await mutate(server, 'inviteMember', 'accepted', { teamId: team.id, email });
  return newestToken();
}

one.serve(clients);
const staff = await makeProvider();

await runCases([
  ['its_owners_see_it_without_its_secret', async () => {
    assert.deepEqual(staff, { ...staff, name: 'Fabrik staff', issuer: one.issuer, hasClientSecret: true, callbackUrl: `${origin}/oidc/${staff.id}/callback`, logoutUrl: `${origin}/oidc/${staff.id}/logout` });
    assert.deepEqual(await listed(fabrik), [{ id: staff.id, name: 'Fabrik staff', clientId: `at-${staff.id}`, hasClientSecret: true }]);
    assert.deepEqual(await listed(palast), []);
  }],
  ['pages_of_the_organizer_list_it_first__others_do_not', async () => {
    const own = { name: 'Fabrik staff', startUrl: `/oidc/${staff.id}/start` }, ours = { name: 'house', startUrl: '/oidc/house/start' };
    const { fabrik, palast, none, plain } = await say(new Browser(), '{ fabrik: providers(organizerSlug: "fabrik") { ...P } palast: providers(organizerSlug: "palast") { ...P } none: providers(organizerSlug: "nobody") { ...P } plain: providers { ...P } } fragment P on Provider { name startUrl }');
    assert.deepEqual([fabrik, palast, none, plain], [[own, ours], [ours], [ours], [ours]]);
  }],
  ['who_it_vouches_for_has_an_account_of_his_own', async () => {
    const login = nobody();
    const { person } = await signedIn(staff.id, login);
    assert.deepEqual([person.email, person.name, person.memberships], [null, `Name of ${login}`, []]);
    assert.deepEqual((await signedIn(staff.id, login)).person, person);
    assert.notEqual((await signedIn(staff.id, nobody())).person.id, person.id);
  }],
  ['an_address_that_it_asserts_opens_nothing', async () => {
    const victim = nobody(), email = `${victim}@example.org`;
    const honest = await signedUp(email);
    const { token } = await hold(server, shop, 1);
    await mutate(server, 'placeOrder', 'order { id }', { holdToken: token, email, name: 'Ada' }, null);
    const { browser, person } = await signedIn(staff.id, victim);
    assert.notEqual(person.id, honest.person.id);
    assert.equal(person.email, null);
    const orders = async (who) => (await say(who, '{ viewerOrders { totalCount } }'))?.viewerOrders?.totalCount ?? 0;
    assert.deepEqual([await orders(honest.browser), await orders(browser)], [1, 0]);
    assert.deepEqual(await viewer(honest.browser), honest.person);
    assert.equal((await change(browser, 'acceptInvitation', 'team { id }', { token: await invited(palast, email) })).code, 'CONFLICT');
    assert.equal((await change(honest.browser, 'acceptInvitation', 'team { id }', { token: await newestToken() })).team?.id.slice(0, 4), 'tea_');
  }],
  ['an_address_that_it_asserts_is_not_taken_from_who_comes_later', async () => {
    const victim = nobody(), email = `${victim}@example.org`;
    const early = await signedIn(staff.id, victim);
    const honest = await signedUp(email);
    assert.equal(honest.person.email, email);
    assert.notEqual(honest.person.id, early.person.id);
    assert.equal((await signedIn(staff.id, victim)).person.id, early.person.id);
    const later = nobody(), first = await signedIn(staff.id, later); /* and the house's, of the same issuer, too */
    const housed = await signedIn('house', later);
    assert.equal(housed.person.email, `${later}@example.org`);
    assert.notEqual(housed.person.id, first.person.id);
  }],
  ['it_leads_onto_its_own_organizers_teams_alone', async () => {
    const login = nobody(), email = `${login}@example.org`;
    const { browser, person } = await signedIn(staff.id, login);
    assert.equal((await change(browser, 'acceptInvitation', 'team { id }', { token: await invited(palast, email) })).code, 'CONFLICT');
    assert.equal((await change(browser, 'acceptInvitation', 'team { id }', { token: await invited(fabrik, 'else@example.org') })).code, 'CONFLICT');
    assert.equal((await change(browser, 'acceptInvitation', 'team { id }', { token: await invited(fabrik, email) })).team.id.slice(0, 4), 'tea_');
    assert.deepEqual((await viewer(browser)).memberships, [{ organizer: { id: fabrik }, role: 'SCANNER' }]);
    const { node } = await ask(server, 'query($id: ID!) { node(id: $id) { ... on Organizer { teams { members { accountId email } } } } }', { id: fabrik });
    assert.deepEqual(node.teams.flatMap(({ members }) => members).filter(({ accountId }) => accountId === person.id), [{ accountId: person.id, email }]);
  }],
  ['nothing_is_linked_with_it_or_added_to_its_accounts', async () => {
    const honest = await signedUp(`${nobody()}@example.org`), { browser } = await signedIn(staff.id, nobody());
    const begin = { returnTo: '/', password: 'correct horse battery' };
    assert.equal((await change(honest.browser, 'startProviderLink', 'url', { provider: staff.id, ...begin })).code, 'NOT_FOUND');
    assert.equal((await change(browser, 'startProviderLink', 'url', { provider: 'house', ...begin })).code, 'CONFLICT');
    const [{ id }] = (await say(browser, '{ viewer { providerIdentities { id } } }')).viewer.providerIdentities;
    assert.equal((await change(browser, 'unlinkProvider', 'providerIdentity { id }', { providerIdentityId: id })).code, 'CONFLICT');
    for (const [name, selection, input] of [['startPasskey', 'options', begin], ['startTotp', 'token', begin], ['requestEmailChange', 'accepted', { newEmail: 'eve@example.org', ...begin }]]) {
      const { returnTo, ...rest } = input;
      assert.equal((await change(browser, name, selection, rest)).code, 'CONFLICT', name);
    }
  }],
  ['what_is_kept_of_its_people_is_shown_to_them_and_erased', async () => {
    const login = nobody(), { browser, person } = await signedIn(staff.id, login);
    const { exportMyData } = await say(browser, 'mutation { exportMyData { document userErrors { code } } }');
    assert.deepEqual(exportMyData.userErrors, []);
    const { account } = JSON.parse(exportMyData.document);
    assert.deepEqual([account.id, account.name, account.email, account.organizer_id, account.asserted_email], [person.id, `Name of ${login}`, undefined, fabrik, `${login}@example.org`]);
    assert.deepEqual((await say(browser, 'mutation { eraseMyData { userErrors { code } } }')).eraseMyData.userErrors, []);
    for (let tries = 0; await viewer(browser); tries++) { /* erased a moment later */
      assert(tries < 200);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }],
  ['two_with_one_issuer_are_two', async () => {
    const second = await makeProvider(palast), login = nobody();
    const at = await signedIn(staff.id, login), other = await signedIn(second.id, login);
    assert.notEqual(at.person.id, other.person.id);
    const { url } = await arrive(staff.id, login);
    const response = await other.browser.go(`${origin}/oidc/${second.id}/callback${new URL(url).search}`);
    assert.equal(response.status, 400);
    await mutate(server, 'removeOidcProvider', 'oidcProvider { id }', { oidcProviderId: second.id });
    assert.equal(await viewer(other.browser), null);
    assert.notEqual(await viewer(at.browser), null);
  }],
  ['only_who_says_who_is_on_a_team_may', async () => {
    const login = nobody(), { browser } = await signedIn(staff.id, login);
    const { team } = await mutate(server, 'createTeam', 'team { id }', { organizerId: fabrik, name: 'Managers', role: 'MANAGER' });
    await mutate(server, 'inviteMember', 'accepted', { teamId: team.id, email: `${login}@example.org` });
    assert((await change(browser, 'acceptInvitation', 'team { id }', { token: await newestToken() })).team);
    const input = { organizerId: fabrik, name: 'Mine', issuer: one.issuer, clientId: 'x' };
    for (const who of [browser, new Browser()]) {
      assert.match((await change(who, 'createOidcProvider', CREATE, input)).denied, /^(FORBIDDEN|UNAUTHENTICATED)$/);
      assert.match((await change(who, 'updateOidcProvider', CREATE, { oidcProviderId: staff.id, name: 'Mine' })).denied, /^(FORBIDDEN|UNAUTHENTICATED)$/);
      assert.match((await change(who, 'removeOidcProvider', CREATE, { oidcProviderId: staff.id })).denied, /^(FORBIDDEN|UNAUTHENTICATED)$/);
      assert.equal((await say(who, `{ node(id: "${fabrik}") { ... on Organizer { oidcProviders { id } } } }`)).node.oidcProviders, null);
    }
    assert.equal((await listed(fabrik))[0].name, 'Fabrik staff');
  }],
  ['an_issuer_is_met_before_anything_is_kept', async () => {
    const input = { organizerId: fabrik, name: 'Mine', clientId: 'x', clientSecret: 'hush hush' };
    const make = (issuer) => attempt('createOidcProvider', CREATE, { ...input, issuer });
    const before = await listed(fabrik);
    const words = new Set();
    for (const issuer of [inside.issuer, 'http://10.0.0.1', 'https://127.0.0.3', 'https://[::1]:1', 'http://169.254.169.254', 'http://127.0.0.1:1', `${one.issuer}/`, `${one.issuer}/elsewhere`, 'https://no.such.name.invalid']) {
      const { code, path, message } = await make(issuer);
      assert.deepEqual([code, path], ['INVALID_INPUT', ['issuer']], issuer);
      words.add(message);
    }
    assert.equal(words.size, 1); /* it says nothing of what is inside */
    assert.equal(inside.asked, 0);
    for (const issuer of ['', 'ftp://id.example', 'id.example', 'https://id.example?x', 'https://id.example#x', `https://${'x'.repeat(300)}`]) assert.equal((await make(issuer)).code, 'INVALID_INPUT', issuer);
    for (const wrong of [{ name: '' }, { clientId: '' }, { clientSecret: '' }, { clientSecret: 'x'.repeat(513) }, { clientId: 'a\nb' }]) assert.equal((await attempt('createOidcProvider', CREATE, { ...input, issuer: one.issuer, ...wrong })).code, 'INVALID_INPUT', JSON.stringify(wrong));
    assert.deepEqual(await listed(fabrik), before);
  }],
  ['of_many_issuers_the_oldest_is_forgotten', async () => {
    const path = '/.well-known/openid-configuration', login = nobody();
    await signedIn(staff.id, login);
    const asked = one.asked[path];
    await signedIn(staff.id, login);
    assert.equal(one.asked[path], asked);
    const make = (name) => attempt('createOidcProvider', CREATE, { organizerId: fabrik, name: 'Mine', clientId: 'x', issuer: `http://127.0.0.1:1/${name}` });
    for (let i = 0; i < 300; i++) assert.equal((await make(i)).code, 'INVALID_INPUT');
    await signedIn(staff.id, login);
    assert.equal(one.asked[path], asked + 1);
  }],
  ['one_key_makes_one', async () => {
    const input = { organizerId: palast, name: 'Once', issuer: one.issuer, clientId: 'x', clientSecret: SECRET, idempotencyKey: 'one-and-only-one-key-of-it' };
    const first = await attempt('createOidcProvider', CREATE, input);
    assert.deepEqual(await attempt('createOidcProvider', CREATE, input), first);
    assert.equal((await attempt('createOidcProvider', CREATE, { ...input, clientSecret: 'another' })).code, 'IDEMPOTENCY_KEY_REUSED');
    while ((await listed(palast)).length < 8) await mutate(server, 'createOidcProvider', 'oidcProvider { id }', { organizerId: palast, name: 'More', issuer: one.issuer, clientId: 'x' });
    assert.equal((await attempt('createOidcProvider', CREATE, { ...input, idempotencyKey: undefined })).code, 'OVER_LIMIT');
  }],
  ['its_secret_may_change_and_go', async () => {
    const update = (more) => mutate(server, 'updateOidcProvider', CREATE, { oidcProviderId: staff.id, ...more });
    await update({ clientSecret: 'hush hush' });
    const { browser, url } = await arrive(staff.id, nobody());
    assert.equal((await browser.go(url)).status, 400);
    assert.equal((await update({ clientSecret: null })).oidcProvider.hasClientSecret, false);
    await update({ clientSecret: SECRET, name: 'Staff' });
    await signedIn(staff.id, nobody());
    assert.equal((await update({ name: 'Fabrik staff' })).oidcProvider.hasClientSecret, true);
  }],
  ['who_signs_out_there_is_signed_out_here', async () => {
    const login = nobody(), { browser } = await signedIn(staff.id, login), away = await signedIn('house', login);
    await browser.signOut(one.issuer);
    assert.equal(await viewer(browser), null);
    assert.notEqual(await viewer(away.browser), null);
  }],
  ['removed_it_ends_what_it_began', async () => {
    const gone = await makeProvider(), login = nobody();
    const { browser } = await signedIn(gone.id, login), other = await signedIn(staff.id, login), late = await arrive(gone.id, nobody());
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    const ended = once(socket, 'close');
    const acknowledged = once(socket, 'message');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${browser.jar(origin).get('__Host-tessera-access')}` } }));
    await acknowledged;
    const { oidcProvider } = await mutate(server, 'removeOidcProvider', 'oidcProvider { id }', { oidcProviderId: gone.id });
    assert.equal(oidcProvider.id, gone.id);
    await within(1, ended);
    assert.equal(await viewer(browser), null);
    assert.equal((await browser.go(`${origin}/session`, { method: 'POST', headers: json, body: '{}' })).status, 401);
    assert.equal((await late.browser.go(late.url)).status, 404);
    assert.equal((await fetch(`${origin}/oidc/${gone.id}/start`, { redirect: 'manual' })).status, 404);
    assert.notEqual(await viewer(other.browser), null);
    await mutate(server, 'removeOidcProvider', 'oidcProvider { id }', { oidcProviderId: gone.id });
    assert.equal((await attempt('updateOidcProvider', CREATE, { oidcProviderId: gone.id, name: 'Back' })).code, 'NOT_FOUND');
    assert(!(await listed(fabrik)).some(({ id }) => id === gone.id));
  }],
  ['no_secret_is_in_the_log_or_the_audit', async () => {
    const { node } = await ask(server, 'query($id: ID!) { node(id: $id) { ... on Organizer { audit(first: 100) { nodes { operation objectId changes { field from to } } } } } }', { id: fabrik });
    const changes = node.audit.nodes.filter(({ objectId }) => objectId === staff.id);
    assert(changes.some(({ operation }) => operation === 'createOidcProvider') && changes.some(({ operation }) => operation === 'updateOidcProvider'), JSON.stringify(changes));
    const sealed = changes.flatMap((entry) => entry.changes).filter(({ field }) => field === 'sealed_secret');
    assert(sealed.length > 2 && sealed.every(({ from, to }) => [from, to].every((value) => value === null || value === '…')), JSON.stringify(sealed));
    const lines = JSON.stringify(server.log());
    assert(lines.length > 1000 && lines.includes('provider-made') && lines.includes('provider-removed'));
    for (const text of [lines, JSON.stringify(node)]) assert(!text.includes(SECRET) && !text.includes('client-secret') && !text.includes('hush hush'));
  }],
]);
await server.stop();
one.stop();
inside.close();
