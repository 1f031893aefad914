/* Signing in with a provider as a person does: Chromium, npm oidc-provider's own form, and pages of ours that are signed in. */
import assert from 'node:assert';
import { runCases } from '../clients/report.mjs';
import { SECRET, openProvider } from '../clients/provider.mjs';
import { ask, mutate, openShop } from '../clients/shop.mjs';
import { alive, axe, openBrowser, person } from './browser.mjs';
import { startSite } from './site.mjs';
import { totp } from './totp.mjs';

const provider = await openProvider();
const site = await startSite(process.argv[2], '--outbound-allow', 'oidc=127.0.0.1/32,organizer-oidc=127.0.0.1/32', '--oidc', `house=tessera@${provider.issuer}`, '--oidc-secrets', `house=${SECRET}`);
const { server } = site;
const house = { client_id: 'tessera', redirect_uris: [`${server.origin}/oidc/house/callback`] };
provider.serve([house]);
const browser = await openBrowser();

/* Who the page is signed in as, asked by a script of its own. */
const viewer = (page) =>
  page.evaluate(async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query: '{ viewer { email } }' }) });
    return (await response.json()).data.viewer?.email ?? null;
  });

async function someone(scripts = true) {
  const page = await person(browser, server.origin, { javaScriptEnabled: scripts });
  page.scripts = scripts;
  return page;
}

/* The provider's own form; who is known there does not see it. */
async function sayWho(page, login) {
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
}

async function signIn(page) {
  await page.goto('/oidc/house/start?returnTo=/livez');
  await sayWho(page, 'ada');
  await page.waitForURL(`${server.origin}/livez`);
}

const PASSWORD = 'correct horse battery';

/* From the page that offers it, there and back. */
async function signInBy(page, login = 'ada') {
  await page.goto('/account/sign-in');
  if (page.scripts) await alive(page); /* the button for passkeys is there by then, and moves this one no more */
  await page.getByRole('link', { name: 'Sign in with house' }).click();
  await sayWho(page, login);
}

/* For who came by a provider: a password by a mail's link, then an app. Return: a recovery code. */
async function addSecondStep(email) {
  const person = (name, selection, input, token = null) => mutate(server, name, selection, input, token);
  await person('requestPasswordReset', 'accepted', { email });
  const { token } = (await ask(server, '{ mails(first: 1) { nodes { token } } }')).mails.nodes[0];
  const { accessToken } = (await person('resetPassword', 'session { accessToken }', { token, password: PASSWORD })).session;
  const begun = await person('startTotp', 'token secret', { password: PASSWORD }, accessToken);
  return (await person('confirmTotp', 'recoveryCodes', { token: begun.token, code: totp(begun.secret) }, accessToken)).recoveryCodes[0];
}

/* Somebody who signed up here, in a browser of his own that is signed in by password. */
async function signedUp(email, scripts = true) {
  await mutate(server, 'signUp', 'accepted', { email, name: 'Dora' }, null);
  const { token } = (await ask(server, '{ mails(first: 1) { nodes { token } } }')).mails.nodes[0];
  await mutate(server, 'verifyEmail', 'session { accessToken }', { token, password: PASSWORD }, null);
  const page = await someone(scripts);
  await page.goto('/account/sign-in');
  if (scripts) await alive(page);
  await page.getByLabel('E-mail', { exact: true }).first().fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
  return page;
}

/* From the account to the provider and back, to the press that links. */
async function goToLink(page, login) {
  await page.getByRole('link', { name: 'Link house' }).click();
  await page.getByRole('heading', { level: 1, name: 'Link house' }).waitFor();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Go on to house' }).click();
  await sayWho(page, login);
  await page.getByRole('button', { name: 'Link it' }).waitFor();
}

/* Text of a noscript is looked for by no getByText(). */
const withoutScript = (page) => page.locator('noscript p', { hasText: 'Linking takes a script' }).waitFor();
const ours = (page) => page.complaints.filter((text) => !text.includes('NAME_NOT_RESOLVED')); /* the provider's own page wants a font */

/* The organizer's own, at the same issuer under another client's id. */
async function openFabrik() {
  await openShop(server, 'fabrik', 10);
  const organizerId = (await ask(server, '{ organizer(slug: "fabrik") { id } }')).organizer.id;
  const input = { organizerId, name: 'Fabrik staff', issuer: provider.issuer, clientId: 'fabrik', clientSecret: SECRET };
  const { oidcProvider } = await mutate(server, 'createOidcProvider', 'oidcProvider { id callbackUrl }', input);
  provider.serve([house, { client_id: 'fabrik', redirect_uris: [oidcProvider.callbackUrl] }]);
  return oidcProvider.id;
}

await runCases([
  ['from_the_sign_in_page_to_the_account__by_plain_forms_too', async () => {
    for (const scripts of [true, false]) {
      const page = await someone(scripts);
      await signInBy(page);
      await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
      await page.getByText('ada@example.org').waitFor();
      if (scripts) await page.getByRole('link', { name: 'My account' }).waitFor(); /* the header knows, too */
      assert.deepEqual(ours(page), []);
      await page.context().close();
    }
  }],
  ['from_an_organizers_page_by_his_own_provider__by_plain_forms_too', async () => {
    const id = await openFabrik();
    for (const scripts of [true, false]) {
      const page = await someone(scripts);
      await page.goto('/account/sign-in');
      assert.equal(await page.getByRole('link', { name: 'Fabrik staff' }).count(), 0);
      await page.goto('/o/fabrik');
      await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
      await page.getByRole('link', { name: 'Sign in with house' }).waitFor();
      await page.getByRole('link', { name: 'Sign in with Fabrik staff' }).click();
      await sayWho(page, 'bea');
      await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
      await page.getByText('Hello, Name of bea.').waitFor();
      await page.getByText('This account is your organizer’s').waitFor();
      assert.equal(await page.getByText('bea@example.org').count(), 0);
      assert.equal(await page.getByRole('link', { name: 'Add a passkey' }).count(), 0);
      await page.goto('/account/sign-in?organizer=fabrik'); /* signed in: no page for him, and no loop */
      await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
      assert.deepEqual(ours(page), []);
      if (!scripts) {
        await mutate(server, 'removeOidcProvider', 'oidcProvider { id }', { oidcProviderId: id });
        await page.goto('/account');
        await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
      }
      await page.context().close();
    }
  }],
  ['a_person_signs_in_and_no_script_reads_the_cookies', async () => {
    const page = await someone();
    await signIn(page);
    assert.equal(await viewer(page), 'ada@example.org');
    assert.equal(await page.evaluate(() => document.cookie), '');
    await page.goto('/oidc/house/start?returnTo=/readyz'); /* the provider knows its person by now */
    await page.waitForURL(`${server.origin}/readyz`);
    assert.equal(await viewer(page), 'ada@example.org');
    await page.context().close();
  }],
  ['an_answer_in_another_browser_is_a_page_that_says_so', async () => {
    const page = await someone();
    const asked = page.waitForRequest('**/oidc/house/callback*');
    await signIn(page);
    const answer = (await asked).url();
    const other = await someone();
    const response = await other.goto(answer);
    assert.equal(response.status(), 400);
    assert.equal(await other.locator('h1').textContent(), 'You are not signed in');
    await other.goto('/livez');
    assert.equal(await viewer(other), null);
  }],
  ['who_has_a_second_step_is_asked_for_it__by_plain_forms_too', async () => {
    const code = await addSecondStep('ada@example.org');
    const page = await someone(false);
    await signInBy(page);
    await page.getByRole('heading', { level: 1, name: 'One more step' }).waitFor();
    await page.getByLabel('Code', { exact: true }).fill('nonsense');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This code is wrong').waitFor();
    await page.getByLabel('Code', { exact: true }).fill(code);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
    await page.context().close();
  }],
  ['who_has_no_password_is_asked_for_none_but_for_a_recent_sign_in', async () => {
    const page = await someone(false);
    await signInBy(page, 'cleo');
    await page.getByText('None yet.').waitFor();
    await page.goto('/account/second-factor');
    assert.equal(await page.getByLabel('Password').count(), 0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('heading', { level: 1, name: 'Show this to your app' }).waitFor();
    const answer = await fetch(`${server.admin}/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: 5 * 60_000 }) });
    assert.equal(answer.status, 200);
    await page.goto('/account/email');
    await page.getByLabel('The new address').fill('cleo-new@example.org');
    await page.getByRole('button', { name: 'Send a mail there' }).click();
    await page.getByText('Please sign out and in again').waitFor();
    await page.context().close();
  }],
  ['who_is_signed_in_links_a_provider__and_unlinks_it', async () => {
    const page = await signedUp('dora@example.com');
    await page.getByRole('link', { name: 'Link house' }).click();
    await page.getByLabel('Password', { exact: true }).fill('not it, not at all');
    await page.getByRole('button', { name: 'Go on to house' }).click();
    await page.getByText('This is not your password.').waitFor();
    assert.deepEqual(await axe(page), []);
    await page.getByRole('link', { name: 'Back to my account' }).click();
    await goToLink(page, 'theodora');
    assert.equal(page.url(), `${server.origin}/account/provider?name=house`); /* and nothing of the token */
    await page.getByText('just now can sign in to your account with it from now on: to that of dora@example.com.').waitFor();
    assert.deepEqual(await axe(page), []);
    await page.reload();
    await page.getByRole('button', { name: 'Link it' }).click();
    await page.getByText('It is linked, and signs you in from now on.').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Link house' }).count(), 0);
    assert.deepEqual(await axe(page), []);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('link', { name: 'Sign in with house' }).click(); /* who knows him by now */
    await page.getByText('dora@example.com').waitFor();
    await page.getByRole('link', { name: 'Remove house' }).click();
    await page.getByRole('heading', { level: 1, name: 'Remove house' }).waitFor();
    await alive(page);
    assert.deepEqual(await axe(page), []);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Remove house' }).click();
    await page.getByText('It is removed, and does not sign you in any more.').waitFor();
    await page.getByRole('link', { name: 'Link house' }).waitFor();
    assert.deepEqual(ours(page), []);
    await page.context().close();
  }],
  ['what_comes_back_is_good_for_a_while__and_of_nobody_else', async () => {
    const page = await signedUp('emil@example.com');
    await goToLink(page, 'cleo'); /* who has an account by it */
    await page.getByRole('button', { name: 'Link it' }).click();
    await page.getByText('It signs in to another account.').waitFor();
    await page.getByRole('link', { name: 'Begin anew' }).click();
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Go on to house' }).click();
    await page.getByRole('button', { name: 'Link it' }).waitFor();
    const answer = await fetch(`${server.admin}/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: 5 * 60_000 }) });
    assert.equal(answer.status, 200);
    await page.getByRole('button', { name: 'Link it' }).click();
    await page.getByText('This took too long, was used, or was begun in another account.').waitFor();
    await page.goto('/account/link?name=house');
    await page.getByText('Nothing came back from there.').waitFor();
    assert.deepEqual(await axe(page), []);
    assert.deepEqual(ours(page), []);
    await page.context().close();
  }],
  ['without_scripts_linking_says_that_it_takes_one', async () => {
    const page = await signedUp('fay@example.com', false);
    await page.getByRole('link', { name: 'Link house' }).click();
    await withoutScript(page);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Go on to house' }).click();
    await page.getByRole('link', { name: 'Go on to house' }).click();
    await sayWho(page, 'fay');
    await withoutScript(page);
    assert.equal(page.url().split('#')[0], `${server.origin}/account/link?name=house`);
    await page.getByRole('link', { name: 'Back to my account' }).click();
    await page.getByRole('link', { name: 'Link house' }).waitFor();
    await page.context().close();
  }],
  ['coming_back_shows_no_cookie_and_needs_none', async () => {
    const response = await fetch(`${server.origin}/account/link?name=house`, { redirect: 'manual' }); /* as after another site's redirect */
    assert.equal(response.status, 200);
    assert.match(await response.text(), /One moment/);
  }],
  ['the_last_way_in_is_not_removed__by_plain_forms_too', async () => {
    for (const scripts of [true, false]) {
      const page = await someone(scripts);
      await signInBy(page, 'gus');
      await page.getByRole('link', { name: 'Remove house' }).click();
      await page.getByRole('heading', { level: 1, name: 'Remove house' }).waitFor();
      if (scripts) await alive(page);
      assert.equal(await page.getByLabel('Password').count(), 0);
      await page.getByRole('button', { name: 'Remove house' }).click();
      await page.getByText('It is your only way in.').waitFor();
      assert.deepEqual(ours(page), []);
      await page.context().close();
    }
  }],
]);
await browser.close();
await site.stop();
provider.stop();
