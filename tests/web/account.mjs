/*
 * An account's pages in a real browser, against the real program: from signing up to signing out, by scripts and by plain forms; the
 * links of mails, a second step, passkeys. What a link's token is the owner reads where there is no mail server.
 */
import assert from 'node:assert';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCases } from '../clients/report.mjs';
import { ask, mutate } from '../clients/shop.mjs';
import { alive, openBrowser, person } from './browser.mjs';
import { startSite } from './site.mjs';
import { totp } from './totp.mjs';

const PASSWORD = 'correct horse battery';
const OTHER = 'another horse battery';
const program = process.argv[2];
const site = await startSite(program);
const { server, origin } = site;
const browser = await openBrowser();
let count = 0;
let aheadMs = 0;

const address = () => `ada-${++count}@example.org`;

/* The newest mail to that address: {kind, token}. */
async function mailTo(email) {
  const { mails } = await ask(server, '{ mails(first: 50) { nodes { kind email token } } }');
  return mails.nodes.find((mail) => mail.email === email);
}

async function advance(ms) {
  const answer = await fetch(`${server.admin}/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: ms }) });
  assert.equal(answer.status, 200);
  aheadMs += ms;
}

async function settled(page, title) {
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  if (page.scripts) await alive(page);
}

async function go(page, path, title) {
  await page.goto(path);
  await settled(page, title);
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

/* An account, made behind the pages' back. */
async function account() {
  const email = address();
  await mutate(server, 'signUp', 'accepted', { email, name: 'Ada Lovelace' }, null);
  const { token } = await mailTo(email);
  await mutate(server, 'verifyEmail', 'session { accessToken }', { token, password: PASSWORD }, null);
  return email;
}

async function signIn(page, email, password = PASSWORD) {
  await go(page, '/account/sign-in', 'Sign in');
  await page.getByLabel('E-mail').first().fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await press(page, 'Sign in');
}

async function signedIn(page) {
  const email = await account();
  await signIn(page, email);
  await settled(page, 'My account');
  return email;
}

async function toSecondStep(page, email, password) {
  await signIn(page, email, password);
  await settled(page, 'One more step');
}

/* Return: its key. */
async function setUpSecondStep(page) {
  await page.getByRole('link', { name: 'Set up a second step' }).click();
  await settled(page, 'Set up a second step');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await press(page, 'Go on');
  await settled(page, 'Show this to your app');
  await page.getByRole('img', { name: 'The key of your second step, for your app' }).waitFor();
  const key = await page.locator('.account-key').textContent();
  await page.getByLabel('Code', { exact: true }).fill(totp(key, aheadMs) === '000000' ? '000001' : '000000');
  await press(page, 'Turn it on');
  await page.getByText('This code is wrong').waitFor();
  assert.equal(await page.locator('.account-key').textContent(), key, 'the key stays');
  await page.getByLabel('Code', { exact: true }).fill(totp(key, aheadMs));
  await press(page, 'Turn it on');
  await settled(page, 'Your recovery codes');
  return key;
}

/* Each is made twice: by scripts, and by forms alone. */
function twice(name, body) {
  return [true, false].map((scripts) => [
    `${name}__${scripts ? 'by_scripts' : 'by_plain_forms'}`,
    async () => {
      const page = await person(browser, origin, { javaScriptEnabled: scripts });
      page.scripts = scripts;
      try {
        await body(page);
        assert.deepEqual(page.complaints, []);
      } finally {
        await page.context().close();
      }
    },
  ]);
}

/* A person at this device, whose passkeys Chromium's own authenticator keeps. */
async function withDevice(at) {
  const page = await person(browser, at);
  page.scripts = true;
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return page;
}

const cookies = async (page) => (await page.context().cookies()).map(({ name }) => name).sort();

/* A mail server that takes what comes; `next()` is the text of the newest mail, or of the next one. */
async function openMailbox() {
  const mails = [];
  let wanted = () => {};
  const sink = createServer((socket) => {
    let text = '', inMail = false;
    socket.write('220 here\r\n');
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      text += bytes;
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        if (inMail && !text.includes('\r\n.\r\n')) return;
        const line = inMail ? text.slice(0, text.indexOf('\r\n.\r\n')) : text.slice(0, end);
        text = text.slice(inMail ? line.length + 5 : end + 2);
        if (inMail) mails.push(line), wanted();
        inMail = !inMail && line === 'DATA';
        socket.write(inMail ? '354 go on\r\n' : line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n');
      }
    });
  });
  await once(sink.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `smtp://127.0.0.1:${sink.address().port}`,
    async next() {
      if (mails.length === 0) await Promise.race([new Promise((resolve) => (wanted = resolve)), sleep(10_000, null, { ref: false })]);
      assert.ok(mails.length > 0, 'no mail came');
      return Buffer.from(mails.pop().split('base64\r\n\r\n')[1].split('\r\n--')[0], 'base64').toString();
    },
    close: () => sink.close(),
  };
}

const only = process.argv[3]; /* cases whose name has it, for who mends one */
await runCases([
  ...twice('from_signing_up_to_signing_out', async (page) => {
    const email = address();
    await page.goto('/');
    if (page.scripts) await alive(page);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await settled(page, 'Sign in');
    await page.getByRole('link', { name: 'Make one' }).click();
    await settled(page, 'Make an account');
    await press(page, 'Go on');
    await page.getByText('Please write a name').waitFor();
    await page.getByLabel('Name').fill('Ada <b>');
    await page.getByLabel('E-mail').fill('nobody');
    await press(page, 'Go on');
    await page.getByText('This does not look like an e-mail address').waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'Ada <b>');
    await page.getByLabel('E-mail').fill(email);
    await press(page, 'Go on');
    await page.getByText(`A mail is on its way to ${email}`).waitFor();
    const { token } = await mailTo(email);

    await go(page, `/account/verify-email?token=${encodeURIComponent(token)}`, 'Your account is almost there');
    await page.getByLabel('Choose a password').fill('password');
    await press(page, 'Make my account');
    await page.getByText('Please choose another password').waitFor();
    if (!page.scripts) assert.equal(await page.getByLabel('Choose a password').inputValue(), '', 'no password comes back');
    await page.getByLabel('Choose a password').fill(PASSWORD);
    await press(page, 'Make my account');
    await settled(page, 'My account');
    await page.getByText('Your account is made').waitFor();
    await page.getByText('Hello, Ada <b>.').waitFor();
    assert.deepEqual(await cookies(page), ['__Host-tessera-access', '__Host-tessera-refresh']);
    await page.goto('/');
    if (page.scripts) {
      await alive(page);
      await page.getByRole('link', { name: 'My account' }).waitFor();
    }

    await go(page, '/account/sign-in?next=/tickets', 'My tickets'); /* signed in already */
    await go(page, '/account', 'My account');
    await press(page, 'Sign out');
    await settled(page, 'Sign in');
    await page.getByText('You are signed out.').waitFor();
    assert.deepEqual(await cookies(page), []);
    await page.goto('/account');
    await settled(page, 'Sign in');
    assert.equal(new URL(page.url()).search, '?next=%2Faccount');
    await page.goto(`/account/verify-email?token=${encodeURIComponent(token)}`);
    await settled(page, 'Your account is almost there');
    await page.getByLabel('Choose a password').fill(PASSWORD);
    await press(page, 'Make my account');
    await page.getByText('This link was used').waitFor();
  }),

  ...twice('a_second_step', async (page) => {
    const email = await signedIn(page);
    const key = await setUpSecondStep(page);
    const codes = await page.locator('.account-codes code').allTextContents();
    assert.equal(new Set(codes).size, 10);
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await settled(page, 'My account');
    await page.getByText('10 recovery codes are left.').waitFor();
    assert.equal(await page.getByText(codes[0]).count(), 0, 'they are shown once');
    await press(page, 'Sign out');
    await settled(page, 'Sign in');

    await toSecondStep(page, email);
    await page.getByLabel('Code', { exact: true }).fill('123');
    await press(page, 'Sign in');
    await page.getByText('This code is wrong').waitFor();
    assert.deepEqual(await cookies(page), []);
    await advance(30_000); /* the code that turned it on is used */
    await page.getByLabel('Code', { exact: true }).fill(totp(key, aheadMs));
    await press(page, 'Sign in');
    await settled(page, 'My account');
    await press(page, 'Sign out');
    await settled(page, 'Sign in');

    await toSecondStep(page, email);
    await page.getByLabel('Code', { exact: true }).fill(codes[3]);
    await press(page, 'Sign in');
    await settled(page, 'My account');
    await page.getByText('9 recovery codes are left.').waitFor();

    await page.getByRole('link', { name: 'Look at the second step' }).click();
    await settled(page, 'Your second step');
    await page.getByLabel('Password', { exact: true }).first().fill(PASSWORD);
    await page.getByLabel('Code', { exact: true }).first().fill(codes[4]);
    await press(page, 'Make new recovery codes');
    await settled(page, 'Your recovery codes');
    const renewed = await page.locator('.account-codes code').allTextContents();
    assert.equal(renewed.filter((code) => codes.includes(code)).length, 0);
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await page.getByRole('link', { name: 'Look at the second step' }).click();
    await page.getByLabel('Password', { exact: true }).last().fill(PASSWORD);
    await page.getByLabel('Code', { exact: true }).last().fill(renewed[0]);
    await press(page, 'Turn the second step off');
    await settled(page, 'My account');
    await page.getByText('The second step is off').waitFor();
  }),

  ...twice('a_forgotten_password', async (page) => {
    const email = await account();
    await signIn(page, email, 'not it at all');
    await page.getByText('This did not sign you in').waitFor();
    assert.equal(await page.getByLabel('E-mail').first().inputValue(), email);
    await page.getByRole('link', { name: 'I have forgotten my password' }).click();
    await settled(page, 'Choose another password');
    const answers = [];
    for (const to of [`nobody-${count}@example.org`, email]) {
      await go(page, '/account/forgot-password', 'Choose another password');
      await page.getByLabel('E-mail').fill(to);
      await press(page, 'Send me a link');
      const notice = page.getByRole('status').filter({ hasText: to });
      await notice.waitFor();
      answers.push((await notice.textContent()).replace(to, ''));
    }
    assert.equal(answers[0], answers[1], 'one answer, whoever has an account');
    const { kind, token } = await mailTo(email);
    assert.equal(kind, 'RESET_PASSWORD');
    await go(page, `/account/reset-password?token=${encodeURIComponent(token)}`, 'Choose another password');
    await page.getByLabel('Choose a password').fill(OTHER);
    await press(page, 'Use this password');
    await settled(page, 'My account');
    await page.getByText('Your password is changed').waitFor();
    await press(page, 'Sign out');
    await settled(page, 'Sign in');
    await signIn(page, email, OTHER);
    await settled(page, 'My account');
  }),

  ...twice('a_link_signs_in_the_browser_that_asked', async (page) => {
    const email = await account();
    await go(page, '/account/sign-in', 'Sign in');
    await page.getByText('Have a link sent to you instead').click();
    await page.getByLabel('E-mail').last().fill(email);
    await press(page, 'Send me a link');
    await page.getByText(`A mail is on its way to ${email}`).waitFor();
    const { kind, token } = await mailTo(email);
    assert.equal(kind, 'SIGN_IN');
    const path = `/account/sign-in?token=${encodeURIComponent(token)}`;
    const thief = await person(browser, origin, { javaScriptEnabled: page.scripts });
    thief.scripts = page.scripts;
    await go(thief, path, 'Sign in');
    await press(thief, 'Sign in');
    await thief.getByText('This link signs in the browser that asked for it').waitFor();
    await thief.context().close();
    await go(page, path, 'Sign in');
    await press(page, 'Sign in');
    await settled(page, 'My account');
  }),

  ...twice('another_address_and_its_undoing', async (page) => {
    const [email, other] = [await signedIn(page), address()];
    await page.getByRole('link', { name: 'Use another address' }).click();
    await settled(page, 'Use another address');
    await page.getByLabel('The new address').fill(other);
    await page.getByLabel('Password', { exact: true }).fill('not it at all');
    await press(page, 'Send a mail there');
    await page.getByText('This is not your password').waitFor();
    assert.equal(await page.getByLabel('The new address').inputValue(), other);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press(page, 'Send a mail there');
    await page.getByText(`A mail is on its way to ${other}`).waitFor();
    await go(page, `/account/change-email?token=${encodeURIComponent((await mailTo(other)).token)}`, 'Use this address');
    await press(page, 'Use this address');
    await settled(page, 'My account');
    await page.getByText(other).waitFor();
    const { kind, token } = await mailTo(email);
    assert.equal(kind, 'EMAIL_CHANGED');
    const owner = await person(browser, origin, { javaScriptEnabled: page.scripts });
    owner.scripts = page.scripts;
    await go(owner, `/account/undo-email-change?token=${encodeURIComponent(token)}`, 'Get your address back');
    await owner.getByLabel('Choose a password').fill(OTHER);
    await press(owner, 'Undo the change');
    await settled(owner, 'My account');
    await owner.getByText(email).waitFor();
    await owner.context().close();
    await page.goto('/account'); /* its session ended */
    await settled(page, 'Sign in');
  }),

  ...twice('sessions_are_ended_here_and_elsewhere', async (page) => {
    const email = await signedIn(page);
    const elsewhere = await person(browser, origin, { javaScriptEnabled: page.scripts });
    elsewhere.scripts = page.scripts;
    await signIn(elsewhere, email);
    await settled(elsewhere, 'My account');
    await page.reload();
    await settled(page, 'My account');
    assert.equal(await page.getByText('This browser').count(), 1);
    const others = await page.getByRole('button', { name: 'End it' }).count();
    assert.equal(others, 2, 'that of the link of the mail, and the other browser');
    await page.getByRole('button', { name: 'End it' }).first().click(); /* used last */
    await page.getByText('The session has ended.').waitFor();
    await page.getByRole('button', { name: 'End it' }).nth(1).waitFor({ state: 'detached' });
    assert.equal(await page.getByRole('button', { name: 'End it' }).count(), 1);
    await elsewhere.goto('/account');
    await settled(elsewhere, 'Sign in');

    await signIn(elsewhere, email);
    await settled(elsewhere, 'My account');
    await page.getByRole('link', { name: 'Choose another password' }).click();
    await settled(page, 'Choose another password');
    await page.getByLabel('Your password now').fill(PASSWORD);
    await page.getByLabel('The new password').fill(OTHER);
    await press(page, 'Use this password');
    await settled(page, 'My account');
    await page.getByText('Your password is changed').waitFor();
    await page.getByRole('button', { name: 'End it' }).first().waitFor({ state: 'detached' });
    await elsewhere.goto('/account');
    await settled(elsewhere, 'Sign in');

    await signIn(elsewhere, email, OTHER);
    await settled(elsewhere, 'My account');
    await press(page, 'Sign out everywhere');
    await settled(page, 'Sign in');
    await page.getByText('here and everywhere else').waitFor();
    await elsewhere.goto('/account');
    await settled(elsewhere, 'Sign in');
    await elsewhere.context().close();
  }),

  ...twice('a_session_goes_on_when_its_token_ends', async (page) => {
    await signedIn(page);
    await page.context().clearCookies({ name: '__Host-tessera-access' }); /* after ten minutes */
    if (page.scripts) {
      await page.getByRole('link', { name: 'Add a passkey' }).click(); /* asked by the page itself */
      await settled(page, 'Add a passkey');
      for (let tries = 0; tries < 50 && !(await cookies(page)).includes('__Host-tessera-access'); tries++) await page.waitForTimeout(100);
    }
    assert.ok(!page.scripts || (await cookies(page)).includes('__Host-tessera-access'));
    await page.goto('/account');
    await settled(page, 'My account');
    assert.ok((await cookies(page)).includes('__Host-tessera-access'));
  }),

  ['a_passkey_is_added_named_used_and_removed', async () => {
    const local = origin.replace('127.0.0.1', 'localhost');
    const page = await withDevice(local);
    await signedIn(page);
    await page.getByRole('link', { name: 'Add a passkey' }).click();
    await settled(page, 'Add a passkey');
    await page.getByLabel('Name').fill('Telephone');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press(page, 'Add a passkey');
    await settled(page, 'My account');
    await page.getByText('The passkey is added').waitFor();
    await page.getByRole('link', { name: 'Change Telephone' }).click();
    await settled(page, 'Change a passkey');
    assert.equal(await page.getByLabel('Name').inputValue(), 'Telephone');
    await page.getByLabel('Name').fill('Old telephone');
    await press(page, 'Use this name');
    await settled(page, 'My account');
    await page.getByText('Old telephone').first().waitFor();
    await page.getByRole('link', { name: 'Add a passkey' }).click();
    await page.getByLabel('Name').fill('Again');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press(page, 'Add a passkey');
    await page.getByText('This device has a passkey of this account already').waitFor();
    await page.getByRole('link', { name: 'Back to my account' }).click();
    const left = page.waitForURL(/\/account\/sign-in/, { waitUntil: 'commit' });
    await press(page, 'Sign out');
    await left; /* either way: offered by the browser, which may be done at once, or by the button */
    const button = page.getByRole('button', { name: 'Sign in with a passkey' });
    await Promise.race([button.click().catch(() => {}), settled(page, 'My account')]);
    await settled(page, 'My account');
    await page.getByText(/^used /).waitFor();
    await page.getByRole('link', { name: 'Change Old telephone' }).click();
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press(page, 'Remove this passkey');
    await settled(page, 'My account');
    await page.getByText('The passkey is removed').waitFor();
    /* Chromium would like a third algorithm. */
    assert.deepEqual(page.complaints.filter((text) => !text.includes('pubKeyCredParams')), []);
    await page.context().close();
  }],

  ['the_links_of_mails_lead_here', async () => {
    const mailbox = await openMailbox();
    const house = await startSite(program, '--web-origin', 'https://tickets.example', '--smtp', mailbox.url, '--mail-from', 'shop@example.org');
    const page = await person(browser, house.origin);
    page.scripts = true;
    /* What is behind the origin that people would know. */
    const link = async () => /https:\/\/tickets\.example(\/account\/[\w-]+\?token=[\w.%-]+)/.exec(await mailbox.next())[1];
    await go(page, '/account/sign-up', 'Make an account');
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('E-mail').fill('ada@example.org');
    await press(page, 'Go on');
    await go(page, await link(), 'Your account is almost there');
    await page.getByLabel('Choose a password').fill(PASSWORD);
    await press(page, 'Make my account');
    await settled(page, 'My account');
    await press(page, 'Sign out');
    await settled(page, 'Sign in');
    await page.getByText('Have a link sent to you instead').click();
    await page.getByLabel('E-mail').last().fill('ada@example.org');
    await press(page, 'Send me a link');
    await go(page, await link(), 'Sign in');
    await press(page, 'Sign in');
    await settled(page, 'My account');
    assert.deepEqual(page.complaints, []);
    await page.context().close();
    await house.stop();
    mailbox.close();
  }],

  ['mails_are_in_the_language_of_the_page', async () => {
    const mailbox = await openMailbox();
    const house = await startSite(program, '--web-origin', 'https://tickets.example', '--smtp', mailbox.url, '--mail-from', 'shop@example.org');
    for (const scripts of [true, false]) {
      const page = await person(browser, house.origin, { javaScriptEnabled: scripts });
      page.scripts = scripts;
      await go(page, '/de/account/sign-up', 'Konto anlegen');
      await page.getByLabel('Name').fill('Ada');
      await page.getByLabel('E-Mail').fill(address());
      await press(page, 'Weiter');
      const text = await mailbox.next();
      assert.match(text, /^Jemand, hoffentlich Sie, möchte mit dieser Adresse ein Konto anlegen\./, text);
      await go(page, /https:\/\/tickets\.example(\/de\/account\/[\w-]+\?token=[\w.%-]+)/.exec(text)[1], 'Ihr Konto ist fast fertig');
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }
    await house.stop();
    mailbox.close();
  }],

  ['nobody_is_sent_elsewhere_nor_signed_in_by_others', async () => {
    const page = await person(browser, origin);
    page.scripts = true;
    const email = await account();
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      await go(page, `/account/sign-in?next=${encodeURIComponent(next)}`, 'Sign in');
      assert.equal(await page.locator('form input[name=next]').first().inputValue(), '/account', next);
    }
    const body = new URLSearchParams({ form: 'signIn', email, password: PASSWORD });
    const post = (headers) => fetch(`${origin}/account/sign-in`, { method: 'POST', body, redirect: 'manual', headers });
    assert.equal((await post({ origin: 'https://evil.example' })).status, 403);
    assert.equal((await post({ 'sec-fetch-site': 'cross-site' })).status, 403);
    const answer = await post({ origin });
    assert.equal(answer.status, 303);
    const given = answer.headers.getSetCookie();
    assert.equal(given.length, 2);
    for (const cookie of given) assert.match(cookie, /^__Host-tessera-(access|refresh)=[\w.-]+; Path=\/; Max-Age=\d+; Secure; HttpOnly; SameSite=Strict$/);
    const own = given.map((cookie) => cookie.split(';')[0]).join('; ');
    const shown = await fetch(`${origin}/account`, { headers: { cookie: `${own}; other=1` } });
    assert.equal(shown.status, 200);
    assert.equal(shown.headers.get('cache-control'), 'private, no-store');
    assert.match(await shown.text(), new RegExp(email));
    /* What everybody sees is the same for who is signed in, and stays in caches. */
    const [mine, theirs] = [await fetch(origin, { headers: { cookie: own } }), await fetch(origin)];
    assert.match(mine.headers.get('cache-control'), /^public/);
    assert.equal(await mine.text(), await theirs.text());
    assert.equal((await fetch(`${origin}/account`, { redirect: 'manual' })).status, 307);
    assert.equal((await fetch(`${origin}/account/nothing`)).status, 404);
    await page.context().close();
  }],
  ['what_is_typed_before_the_page_has_loaded_stays', async () => {
    const page = await person(browser, origin);
    let letGo;
    const held = new Promise((resolve) => (letGo = resolve));
    await page.route('**/held.svg', async (route) => {
      await held;
      await route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' });
    });
    await page.addInitScript(() => (new Image().src = '/held.svg')); /* the page has not loaded before */
    await page.goto('/account/sign-in', { waitUntil: 'domcontentloaded' });
    await page.getByLabel('Password').focus();
    await alive(page); /* by that */
    assert.equal(await page.evaluate(() => document.readyState), 'interactive');
    await page.getByLabel('Password').fill(PASSWORD);
    letGo();
    await page.waitForLoadState('networkidle');
    assert.equal(await page.getByLabel('Password').inputValue(), PASSWORD);
    assert.deepEqual(page.complaints, []);
    assert.equal(page.asked.filter((name) => name === 'StartPasskeySignIn').length, 1);
    await page.context().close();
  }],
].filter(([name]) => !only || name.includes(only)));
await browser.close();
await site.stop();
