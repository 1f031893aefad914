/*
 * The widget on pages of a foreign site, in a real browser that sends no third-party cookies, against the real program
 * with tessera-web in front: whole sales, unfriendly hosts, origins that nobody allowed, forged messages.
 */
import assert from 'node:assert';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { runCases } from '../clients/report.mjs';
import { ask, mutate } from '../clients/shop.mjs';
import { axe, openBrowser, person } from '../web/browser.mjs';
import { event, inDays, organizer } from '../web/catalogue.mjs';
import { startSite } from '../web/site.mjs';
import { startHosts } from './hosts.mjs';

const LOADER_MAX = 8 * 1024;
const SHOTS = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));

const program = process.argv[2];
const only = process.argv[3]; /* cases whose name has it, for who mends one */
const site = await startSite(program);
const { server, origin: shop } = site;
const hosts = await startHosts(shop);
const browser = await openBrowser('--test-third-party-cookie-phaseout');
mkdirSync(SHOTS, { recursive: true });

const fabrik = await organizer(server);
await mutate(server, 'setEmbedOrigins', 'organizer { id }', { organizerId: fabrik, origins: [hosts.origin] });

async function advance(ms) {
  const answer = await fetch(`${server.admin}/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: ms }) });
  assert.equal(answer.status, 200);
}

async function sold(made, name) {
  const { node } = await ask(server, 'query($id: ID!) { node(id: $id) { ... on Quota { sold held } } }', { id: made.quotas[name] });
  return node;
}

/* With pages of a site that nobody allowed. */
const abroad = { others: [shop, new URL(hosts.foreign('/plain', '')).origin] };

const tag = (made, rest = '') => `<tessera-tickets id="w" event="${made.path.slice(3)}"${rest}></tessera-tickets>`;
const entry = (slug, rest = {}) => event(server, fabrik, slug, [{ name: 'Entry', price: '12.50', size: 10, ...rest }]);

/* One who reads that page of a promoter. */
async function visit(address, options = {}) {
  const page = await person(browser, hosts.origin, { locale: 'en-GB', others: [shop], ...options });
  await page.goto(address);
  return page;
}

async function choose(page, count, name = 'Entry') {
  await page.getByRole('combobox', { name: `Number of tickets: ${name}` }).selectOption(String(count));
}

const frameOf = (page) => page.frameLocator('iframe');

async function toCheckout(page, count) {
  await choose(page, count);
  await page.getByRole('button', { name: 'Get tickets' }).click();
  await frameOf(page).getByRole('heading', { level: 1, name: 'Checkout' }).waitFor();
}

/* `shown`: the frame, or the page of a tab. */
async function buy(shown) {
  await shown.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
  await shown.getByLabel('E-mail').fill('ada@example.org');
  await shown.getByRole('button', { name: /Order and pay/ }).click();
  await shown.getByRole('heading', { level: 1, name: 'You are going!' }).waitFor();
}

const heard = (page) => page.evaluate(() => globalThis.heard);
const kinds = async (page) => (await heard(page)).map(({ type }) => type);
const kept = (page) => page.evaluate(() => Object.keys(sessionStorage).map((key) => JSON.parse(sessionStorage.getItem(key))));
const hears = (page, type) => page.waitForFunction((wanted) => globalThis.heard.some((one) => one.type === wanted), type);
const tabOf = (page) => page.context().waitForEvent('page');

async function done(page, complaints = []) {
  assert.deepEqual(page.complaints, complaints);
  assert.deepEqual(await page.context().cookies(), []);
  await page.context().close();
}

const cases = [
  ['the_loader_is_one_small_file_for_all', async () => {
    const answer = await fetch(`${shop}/w/v1.js`);
    const size = gzipSync(await answer.text(), { level: 9 }).length;
    console.log(`loader ${size} bytes, compressed`);
    assert.ok(size > 2000 && size <= LOADER_MAX, `${size} bytes`);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=3600, s-maxage=60, stale-while-revalidate=86400');
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin');
    const again = await fetch(`${shop}/w/v1.js`, { headers: { 'if-none-match': answer.headers.get('etag') } });
    assert.equal(again.status, 304);
  }],

  ['a_list_is_public_and_says_who_may_frame', async () => {
    const made = await entry('listed');
    const answer = await fetch(`${shop}/w/v1/fabrik/listed`);
    const list = await answer.json();
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.match(answer.headers.get('cache-control'), /s-maxage=2/);
    assert.deepEqual([list.id, list.embedOrigins, list.dates[0].offers[0].price.amount], [made.id, [hosts.origin], '12.50']);
    assert.equal((await fetch(`${shop}/w/v1/fabrik/nothing`)).status, 404);
    assert.equal((await fetch(`${shop}/w/v1/fabrik/UP`)).status, 404);
  }],

  ['only_embed_may_be_framed_and_only_by_those_allowed', async () => {
    const made = await entry('framed');
    const ancestors = async (path) => (await fetch(shop + path)).headers.get('content-security-policy').match(/frame-ancestors (.*)$/)[1];
    const input = { eventId: made.id, lines: [{ ticketTypeId: made.types.Entry, quantity: 1 }] };
    const { token } = (await mutate(server, 'holdTickets', 'hold { token }', input, null)).hold;
    const { order } = await mutate(server, 'placeOrder', 'order { code secret }', { holdToken: token, email: 'a@example.org', name: 'A' }, null);
    for (const path of [made.path, `/checkout/${token}`, `/order/${order.code}/${order.secret}`]) {
      assert.equal(await ancestors(`/embed${path}`), hosts.origin, path);
      assert.equal(await ancestors(path), "'none'", path);
    }
    for (const path of ['/embed/', '/embed/o/fabrik', '/embed/e/fabrik/nothing', '/embed/checkout/nothing', '/', '/embed/embed' + made.path])
      assert.equal(await ancestors(path), "'none'", path);
    const other = await organizer(server, 'other', 'Other');
    const theirs = await event(server, other, 'theirs', [{ name: 'Entry', price: '1.00', size: 5 }], {}, 'other');
    assert.equal(await ancestors(`/embed${theirs.path}`), "'none'");
  }],

  ['a_form_in_a_frame_is_sent_before_its_scripts_are_there', async () => {
    const made = await entry('slow');
    const page = await person(browser, hosts.origin, { locale: 'en-GB', others: [shop] });
    let letThrough;
    const blocked = new Promise((done) => (letThrough = done));
    await page.route('**/_web/*.js', async (route) => {
      await blocked;
      await route.continue();
    });
    await page.goto(hosts.at('/plain', `<iframe src="${shop}/embed${made.path}" title="Tickets" width="400" height="900"></iframe>`), { waitUntil: 'commit' });
    await frameOf(page).getByRole('combobox').selectOption('2');
    await frameOf(page).getByRole('button', { name: 'Get tickets' }).click();
    await frameOf(page).getByRole('heading', { level: 1, name: 'Checkout' }).waitFor();
    assert.deepEqual(await sold(made, 'Entry'), { sold: 0, held: 2 });
    letThrough();
    await buy(frameOf(page));
    await done(page);
  }],

  ['a_page_with_a_strict_policy_sells', async () => {
    const made = await entry('strict');
    const page = await visit(hosts.at('/strict', tag(made)));
    await toCheckout(page, 2);
    const [{ token, count }] = await kept(page);
    assert.deepEqual([token.slice(0, 4), count], ['hld_', 2]);
    assert.equal(await page.locator('iframe').getAttribute('src').then((src) => src.split('#')[0].includes(token)), false);
    assert.deepEqual(await sold(made, 'Entry'), { sold: 0, held: 2 });
    await buy(frameOf(page));
    await hears(page, 'purchase');
    assert.deepEqual(await kept(page), []);
    await page.getByRole('button', { name: 'Close' }).click();
    await hears(page, 'close');
    assert.equal(await page.getByRole('dialog').count(), 0);
    const all = await heard(page);
    assert.deepEqual(all.map(({ type, id }) => `${type} ${id}`), ['loaded w', 'select w', 'checkout w', 'purchase w', 'close w']);
    const items = [{ item_id: made.types.Entry, item_name: 'Entry', price: 12.5, quantity: 2 }];
    const { transaction_id: code, ...rest } = all[3].detail;
    assert.match(code, /^[A-Z379]{5,}$/);
    assert.deepEqual(rest, { event: 'fabrik/strict', currency: 'EUR', value: 25, tax: 0, items });
    assert.deepEqual(all[2].detail, { event: 'fabrik/strict', currency: 'EUR', value: 25, items });
    assert.doesNotMatch(JSON.stringify(all), /ada|lovelace|hld_|secret/i);
    assert.deepEqual(await sold(made, 'Entry'), { sold: 2, held: 0 });
    await done(page);
  }],

  ['declined_then_paid_within_the_frame', async () => {
    const made = await entry('declined');
    const page = await visit(hosts.at('/plain', tag(made)));
    await toCheckout(page, 1);
    const frame = frameOf(page);
    await frame.getByLabel('Name', { exact: true }).fill('Ada');
    await frame.getByLabel('E-mail').fill('ada@example.org');
    await frame.getByLabel('Test card that is declined').check();
    await frame.getByRole('button', { name: /Order and pay/ }).click();
    await frame.getByRole('heading', { name: 'The payment was declined' }).waitFor();
    assert.ok(!(await kinds(page)).includes('purchase'));
    await frame.getByLabel('Test card', { exact: false }).first().check();
    await frame.getByRole('button', { name: /^Pay/ }).click();
    await frame.getByRole('heading', { name: 'You are going!' }).waitFor();
    await hears(page, 'purchase');
    assert.equal((await kinds(page)).filter((type) => type === 'purchase').length, 1);
    const link = frame.getByRole('link', { name: 'Open in a tab of its own' });
    const [tab] = await Promise.all([tabOf(page), link.click()]);
    await tab.getByRole('heading', { name: 'You are going!' }).waitFor();
    const [, , code, secret] = /^\/(order)\/(\w+)\/(\w+)$/.exec(new URL(tab.url()).pathname);
    const { order } = await ask(server, 'query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { consent { language marketing } } }', { code, secret });
    assert.deepEqual(order.consent, { language: 'en', marketing: false });
    await done(page);
  }],

  ['a_cart_is_found_again_after_closing_and_reloading', async () => {
    const made = await entry('again');
    const page = await visit(hosts.at('/plain', tag(made)));
    await toCheckout(page, 3);
    await frameOf(page).getByLabel('E-mail').focus();
    void page.keyboard.press('Escape').catch(() => null); /* in the frame, whose keys the page does not hear; it is gone before it could say so */
    await hears(page, 'close');
    await page.reload();
    await page.getByText('3 tickets are kept for you until').waitFor();
    await page.getByRole('button', { name: 'Go on to checkout' }).click();
    await frameOf(page).getByText('3 ×').waitFor();
    assert.deepEqual(await sold(made, 'Entry'), { sold: 0, held: 3 });
    await frameOf(page).locator('html[data-alive]').waitFor({ state: 'attached' });
    await frameOf(page).getByRole('button', { name: 'Give these tickets back' }).click();
    await frameOf(page).getByRole('heading', { level: 1, name: 'again' }).waitFor();
    await page.waitForFunction(() => sessionStorage.length === 0);
    assert.deepEqual(await sold(made, 'Entry'), { sold: 0, held: 0 });
    await done(page);
  }],

  ['more_time_is_told_to_the_page_that_keeps_the_cart', async () => {
    const made = await entry('longer');
    const page = await visit(hosts.at('/plain', tag(made)));
    await page.clock.install(); /* in the frame, too */
    await toCheckout(page, 1);
    const [before] = await kept(page);
    await advance(11 * 60_000);
    await page.clock.fastForward(11 * 60_000);
    await frameOf(page).getByRole('button', { name: 'Keep my places longer' }).click();
    await page.waitForFunction((end) => Object.keys(sessionStorage).some((key) => JSON.parse(sessionStorage.getItem(key)).expiresAt > end), before.expiresAt);
    assert.deepEqual((await kept(page)).map(({ token }) => token), [before.token]);
    assert.equal((await kinds(page)).filter((kind) => kind === 'checkout').length, 1);
    await done(page);
  }],

  ['what_is_refused_is_told_in_the_frame', async () => {
    const made = await entry('refused', { size: 2 });
    const page = await visit(hosts.at('/plain', tag(made)));
    await choose(page, 2);
    const input = { eventId: made.id, lines: [{ ticketTypeId: made.types.Entry, quantity: 1 }] };
    await mutate(server, 'holdTickets', 'hold { token }', input, null);
    await page.getByRole('button', { name: 'Get tickets' }).click();
    await frameOf(page).getByRole('alert').first().waitFor();
    assert.deepEqual(await kept(page), []);
    await frameOf(page).getByRole('combobox').selectOption('1');
    await frameOf(page).getByRole('button', { name: 'Get tickets' }).click();
    await frameOf(page).getByRole('heading', { name: 'Checkout' }).waitFor();
    await page.waitForFunction(() => sessionStorage.length === 1);
    await done(page);
  }],

  ['two_widgets_and_a_button_mind_their_own', async () => {
    const [one, two] = [await entry('one'), await entry('two')];
    const body = `<tessera-tickets id="a" event="fabrik/one"></tessera-tickets><tessera-tickets id="b" event="fabrik/two"></tessera-tickets>
      <tessera-button id="c" event="fabrik/one">Buy now</tessera-button>`;
    const page = await visit(hosts.at('/plain', body));
    await page.locator('#a').getByRole('combobox', { name: /Entry/ }).selectOption('1');
    await page.locator('#b').getByRole('combobox', { name: /Entry/ }).selectOption('4');
    await page.locator('#b').getByRole('button', { name: 'Get tickets' }).click();
    await frameOf(page).getByText('4 ×').waitFor();
    await buy(frameOf(page));
    await hears(page, 'purchase');
    await page.getByRole('button', { name: 'Close' }).click();
    assert.deepEqual([await sold(one, 'Entry'), await sold(two, 'Entry')], [{ sold: 0, held: 0 }, { sold: 4, held: 0 }]);
    assert.deepEqual((await heard(page)).filter(({ type }) => type === 'purchase').map(({ id }) => id), ['b']);
    await page.getByRole('button', { name: 'Buy now' }).click();
    await frameOf(page).getByRole('heading', { level: 1, name: 'one' }).waitFor();
    await frameOf(page).getByRole('combobox').selectOption('1');
    await frameOf(page).getByRole('button', { name: 'Get tickets' }).click();
    await buy(frameOf(page));
    await page.waitForFunction(() => globalThis.heard.some(({ type, id }) => type === 'purchase' && id === 'c'));
    assert.deepEqual(await sold(one, 'Entry'), { sold: 1, held: 0 });
    await done(page);
  }],

  ['a_hostile_sheet_changes_nothing_inside', async () => {
    const made = await entry('hostile');
    const looks = async (path) => {
      const page = await visit(hosts.at(path, tag(made)));
      await page.locator('tessera-tickets select').waitFor({ state: 'attached' });
      const found = await page.evaluate(() =>
        ['.title', '.button', '.select', '.price'].map((name) => {
          const style = getComputedStyle(document.querySelector('tessera-tickets').shadowRoot.querySelector(name));
          return [style.color, style.fontSize, style.fontStyle, style.textTransform, style.letterSpacing, style.textAlign, style.display, style.opacity, style.backgroundColor];
        }),
      );
      return { page, found };
    };
    const [plain, hostile] = [await looks('/plain'), await looks('/hostile')];
    assert.deepEqual(hostile.found, plain.found);
    await toCheckout(hostile.page, 1);
    assert.equal((await hostile.page.locator('iframe').boundingBox()).width, 736);
    await hostile.page.screenshot({ path: `${SHOTS}widget-hostile.png` });
    await buy(frameOf(hostile.page));
    await hears(hostile.page, 'purchase');
    await done(hostile.page);
    await done(plain.page);
  }],

  ['an_isolated_page_sells_in_a_tab', async () => {
    const made = await entry('isolated');
    const page = await visit(hosts.at('/isolated', tag(made)));
    await page.locator('tessera-tickets select').waitFor();
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    await choose(page, 2);
    const [tab] = await Promise.all([tabOf(page), page.getByRole('button', { name: 'Get tickets' }).click()]);
    await tab.getByRole('heading', { level: 1, name: 'Checkout' }).waitFor();
    assert.equal(await tab.evaluate(() => window.opener), null);
    await buy(tab);
    assert.deepEqual(await sold(made, 'Entry'), { sold: 2, held: 0 });
    assert.equal(await page.getByRole('dialog').count(), 0);
    await done(page);
  }],

  ['a_page_that_refuses_frames_is_told_and_sells_in_a_tab', async () => {
    const made = await entry('embedder');
    const page = await visit(hosts.at('/embedder', tag(made)));
    await choose(page, 2);
    await page.getByRole('button', { name: 'Get tickets' }).click();
    const link = page.getByRole('dialog').getByRole('link', { name: 'Open in a new tab' });
    await link.waitFor();
    assert.deepEqual((await heard(page)).at(-1), { type: 'error', id: 'w', detail: { event: 'fabrik/embedder', code: 'NO_FRAME' } });
    assert.equal(await page.locator('iframe').count(), 0);
    const [tab] = await Promise.all([tabOf(page), link.click()]);
    await tab.getByRole('heading', { level: 1, name: 'Checkout' }).waitFor();
    await tab.getByText('2 ×').waitFor();
    assert.deepEqual(await sold(made, 'Entry'), { sold: 0, held: 2 });
    await page.context().close();
  }],

  ['an_origin_that_is_not_allowed_is_refused_by_the_browser', async () => {
    const made = await entry('foreign');
    const frame = `<iframe id="raw" width="600" height="300" src="${shop}/embed${made.path}"></iframe>`;
    const text = async (page) => (await page.waitForTimeout(1000), page.frameLocator('#raw').locator('body').innerText().catch(() => ''));
    const allowed = await visit(hosts.at('/plain', frame));
    assert.match(await text(allowed), /foreign/);
    await allowed.context().close();
    const page = await visit(hosts.foreign('/plain', frame + tag(made)), abroad);
    assert.doesNotMatch(await text(page), /foreign|Entry/);
    assert.ok(page.complaints.some((one) => /frame-ancestors/.test(one)), page.complaints.join());
    await choose(page, 1);
    const [tab] = await Promise.all([tabOf(page), page.getByRole('button', { name: 'Get tickets' }).click()]);
    await tab.getByRole('heading', { level: 1, name: 'Checkout' }).waitFor();
    await page.context().close();
  }],

  ['forged_messages_change_nothing', async () => {
    const made = await entry('forged');
    const sibling = `<iframe id="sibling" src="${shop}/embed${made.path}"></iframe>`;
    const page = await visit(hosts.at('/plain', tag(made) + sibling), abroad);
    await choose(page, 1);
    await page.getByRole('button', { name: 'Get tickets' }).click();
    const real = page.locator('tessera-tickets iframe');
    await real.contentFrame().getByRole('heading', { name: 'Checkout' }).waitFor();
    await page.waitForFunction(() => globalThis.heard.some(({ type }) => type === 'checkout'));
    const nonce = new URLSearchParams((await real.getAttribute('src')).split('#')[1]).get('nonce');
    const before = [await heard(page), await kept(page)];
    const lies = (given) => [
      { v: 1, nonce: given, type: 'purchase', sale: { transaction_id: 'FAKE', currency: 'EUR', value: 1, items: [] } },
      { v: 1, nonce: given, type: 'step', step: 'tickets', hold: null },
      { v: 1, nonce: given, type: 'error', code: 'MISSING' },
      { v: 1, nonce: given, type: 'close' },
    ];
    const frames = page.frames();
    const [inSibling, inReal] = [frames.find((one) => one.url().endsWith(made.path)), frames.find((one) => one.url().includes('/embed/checkout/'))];
    const say = (where, messages) => where.evaluate((all) => all.forEach((one) => window.parent.postMessage(one, '*')), messages);
    await say(page.mainFrame(), lies(nonce)); /* another origin, another window */
    await say(inSibling, lies(nonce)); /* our origin, another window */
    await say(inReal, lies('0'.repeat(32))); /* the window, another nonce */
    await say(inReal, [{ ...lies(nonce)[3], v: 2 }, null, 'close', 7, { v: 1, nonce, type: 'constructor' }, { v: 1, nonce, type: 'toString' }]);
    await page.waitForTimeout(300);
    assert.deepEqual([await heard(page), await kept(page)], before);
    assert.equal(await page.getByRole('dialog').count(), 1);
    await say(inReal, [{ v: 1, nonce, type: 'error', code: 'TRUE' }]); /* all three: it is believed */
    await page.waitForFunction(() => globalThis.heard.at(-1).detail.code === 'TRUE');
    await real.evaluate((element, address) => element.setAttribute('src', address), hosts.foreign('/plain', ''));
    const gone = await page.waitForEvent('framenavigated', (one) => one.url().includes('app.localhost'));
    const told = (await heard(page)).length;
    await say(gone, lies(nonce)); /* the window and the nonce, another origin */
    await page.waitForTimeout(300);
    assert.deepEqual([(await heard(page)).length, await kept(page)], [told, before[1]]);
    await page.getByRole('button', { name: 'Close' }).click();
    await hears(page, 'close');
    await done(page);
  }],

  ['what_it_says_goes_to_the_page_that_opened_it_alone', async () => {
    const made = await entry('exact');
    const claimed = (origin) => `<iframe src="${shop}/embed${made.path}#${new URLSearchParams({ nonce: 'abc', origin })}"></iframe>`;
    const told = async (origin) => {
      const page = await person(browser, hosts.origin, { others: [shop] });
      await page.addInitScript(() => window.addEventListener('message', (one) => (globalThis.told ??= []).push(one.data.type)));
      await page.goto(hosts.at('/plain', claimed(origin)));
      await page.waitForTimeout(1200);
      const all = await page.evaluate(() => globalThis.told ?? []);
      await page.context().close();
      return all;
    };
    assert.ok((await told(hosts.origin)).includes('ready'));
    for (const origin of ['https://elsewhere.example', '*', `${hosts.origin}/`, '']) assert.deepEqual(await told(origin), [], origin);
  }],

  ['elements_come_go_and_change', async () => {
    const [one, two] = [await entry('first'), await entry('second')];
    const page = await visit(hosts.at('/plain', tag(one)));
    await toCheckout(page, 1);
    await page.evaluate(() => document.getElementById('w').remove());
    assert.equal(await page.locator('dialog').count(), 0);
    await page.evaluate(() => {
      const made = document.createElement('tessera-tickets');
      made.setAttribute('event', 'fabrik/second');
      document.body.append(made);
    });
    await page.getByRole('heading', { name: 'second' }).waitFor();
    await page.evaluate(() => document.querySelector('tessera-tickets').setAttribute('locale', 'de-DE'));
    await page.getByRole('button', { name: 'Tickets kaufen' }).waitFor();
    await page.getByText('12,50\u00a0€').waitFor();
    await page.evaluate(() => document.querySelector('tessera-tickets').setAttribute('event', '../../graphql'));
    await page.getByRole('alert').getByText('Tickets können hier gerade nicht gezeigt werden.').waitFor();
    assert.equal((await heard(page)).at(-1).detail.code, 'EVENT_MALFORMED');
    assert.deepEqual([await sold(one, 'Entry'), await sold(two, 'Entry')], [{ sold: 0, held: 1 }, { sold: 0, held: 0 }]);
    await done(page);
  }],

  ['each_language_is_read_when_it_is_wanted', async () => {
    await entry('languages');
    const page = await visit(hosts.at('/plain', '<tessera-tickets event="fabrik/languages" locale="ar"></tessera-tickets>'));
    await page.getByRole('button', { name: 'شراء التذاكر' }).waitFor();
    const root = page.locator('tessera-tickets .root');
    assert.deepEqual([await root.getAttribute('lang'), await root.getAttribute('dir')], ['ar', 'rtl']);
    await page.getByRole('combobox').selectOption('2');
    await page.getByText('تذكرتان').waitFor();
    await page.getByRole('button', { name: 'شراء التذاكر' }).click();
    const frame = page.frameLocator('iframe');
    await frame.getByRole('heading', { level: 1, name: 'إتمام الشراء' }).waitFor();
    assert.match(await page.locator('iframe').getAttribute('src'), /\/embed\/ar\/e\/fabrik\/languages#/);
    await page.evaluate(() => document.querySelector('tessera-tickets').setAttribute('locale', 'ja'));
    await page.getByRole('button', { name: 'チケットを購入' }).waitFor();
    await done(page);
  }],

  ['without_scripts_there_is_a_link', async () => {
    const made = await entry('link');
    const body = `<tessera-tickets event="fabrik/link"><noscript><a href="${shop}${made.path}">Tickets</a></noscript></tessera-tickets>`;
    const page = await visit(hosts.at('/plain', body), { javaScriptEnabled: false });
    await page.getByRole('link', { name: 'Tickets' }).click();
    await page.getByRole('heading', { level: 1, name: 'link' }).waitFor();
    await page.context().close();
  }],

  ['it_looks_well_and_reads_aloud', async () => {
    const made = await event(server, fabrik, 'night', [
      { name: 'Standing', price: '25.00', size: 100, description: 'In front of the stage.' },
      { name: 'Balcony', price: '38.50', size: 4 },
      { name: 'Box', price: '90.00', size: 0 },
      { name: 'Late entry', price: '15.00', size: 50, saleStartsAt: inDays(1) },
    ], { title: 'Opening Night with a rather long title' });
    await mutate(server, 'createEventDate', 'eventDate { id }', { eventId: made.id, startsAt: inDays(37) });
    for (const [width, theme] of [[390, 'light'], [390, 'dark'], [1280, 'light'], [1280, 'dark']]) {
      const page = await visit(hosts.at('/plain', tag(made, ` theme="${theme}"`)), { viewport: { width, height: 844 }, colorScheme: null });
      await choose(page, 2, 'Standing');
      await page.screenshot({ path: `${SHOTS}widget-list-${width}-${theme}.png`, fullPage: true });
      const axeOf = async () => (await axe(page)).filter((line) => !/^(landmark|region|page-has)/.test(line));
      assert.deepEqual(await axeOf(), []);
      await page.getByRole('button', { name: 'Get tickets' }).click();
      await frameOf(page).getByRole('heading', { name: 'Checkout' }).waitFor();
      await page.waitForTimeout(400);
      const scheme = await frameOf(page).locator('html').evaluate(() => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
      assert.equal(scheme, theme); /* the frame's pages follow the widget, not the system */
      await page.screenshot({ path: `${SHOTS}widget-checkout-${width}-${theme}.png` });
      assert.deepEqual(await axeOf(), []);
      await buy(frameOf(page));
      await page.waitForTimeout(400);
      await page.screenshot({ path: `${SHOTS}widget-paid-${width}-${theme}.png` });
      await done(page);
    }
  }],
];

await runCases(cases.filter(([name]) => !only || name.includes(only)));
await browser.close();
await hosts.stop();
await site.stop();
