/* Passkeys in Chromium, whose virtual authenticators share nothing with ours: passkey.mjs PROGRAM */
import assert from 'node:assert';
import { runCases } from '../clients/report.mjs';
import { startServer } from '../clients/server.mjs';
import { ask, mutate } from '../clients/shop.mjs';
import { openBrowser } from './browser.mjs';

const PASSWORD = 'correct horse battery';
const server = await startServer(process.argv[2]);
const origin = server.origin.replace('127.0.0.1', 'localhost');
const browser = await openBrowser();

async function account(email) {
  await mutate(server, 'signUp', 'accepted', { email, name: 'Ada "The Countess" Ł' }, null);
  const { mails } = await ask(server, '{ mails(first: 1) { nodes { token } } }');
  const { session } = await mutate(server, 'verifyEmail', 'session { accessToken }', { token: mails.nodes[0].token, password: PASSWORD }, null);
  return session.accessToken;
}

/* A page of ours on a device: `options` of WebAuthn.addVirtualAuthenticator. */
async function device(options = {}) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${origin}/livez`);
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...options },
  });
  return page;
}

async function create(page, token, name) {
  const { options } = await mutate(server, 'startPasskey', 'options', { password: PASSWORD }, token);
  const said = await page.evaluate(async (json) => {
    const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(json));
    const { response } = await navigator.credentials.create({ publicKey });
    return { clientData: text(response.clientDataJSON), authenticatorData: text(response.getAuthenticatorData()) };
  }, options);
  return (await mutate(server, 'createPasskey', 'passkey { id name }', { name, ...said }, token)).passkey;
}

/* By what the browser offers, and the same page's own request. Return: who is signed in. */
async function signIn(page) {
  const { startPasskeySignIn: { options } } = await ask(server, 'mutation { startPasskeySignIn { options } }', {}, null);
  const session = await page.evaluate(async (json) => {
    const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const { id, response } = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(json)) });
    const input = { credentialId: id, clientData: text(response.clientDataJSON), authenticatorData: text(response.authenticatorData), signature: text(response.signature) };
    const query = 'mutation($input: SignInByPasskeyInput!) { signInByPasskey(input: $input) { session { accessToken } userErrors { message } } }';
    const answer = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables: { input } }) });
    const { data, errors } = await answer.json();
    if (errors || data.signInByPasskey.userErrors.length) throw new Error(JSON.stringify(errors ?? data));
    return data.signInByPasskey.session;
  }, options);
  return (await ask(server, '{ viewer { email } }', {}, session.accessToken)).viewer.email;
}

await runCases([
  ['a_device_signs_in_whom_it_belongs_to', async () => {
    const [ada, bob] = [await device(), await device({ transport: 'usb' })];
    const made = await create(ada, await account('ada@example.org'), 'Laptop');
    assert.equal(made.name, 'Laptop');
    await create(bob, await account('bob@example.org'), 'Key');
    for (let times = 0; times < 2; times++) {
      assert.equal(await signIn(ada), 'ada@example.org');
      assert.equal(await signIn(bob), 'bob@example.org');
    }
  }],
  ['a_device_that_has_one_is_not_asked_again', async () => {
    const page = await device(), token = await account('cat@example.org');
    await create(page, token, 'Laptop');
    await assert.rejects(create(page, token, 'Laptop'), /InvalidStateError/);
  }],
  ['a_device_that_verifies_nobody_makes_none', async () => {
    const page = await device({ isUserVerified: false });
    await assert.rejects(create(page, await account('dan@example.org'), 'Key'), /NotAllowedError/);
  }],
]);
await browser.close();
await server.stop();
