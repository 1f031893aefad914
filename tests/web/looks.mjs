/*
 * Every page at 390, 768 and 1440 pixels, light and dark, from left to right and from right to left: pictures into a folder for people to look at (build/screenshots),
 * no violation that axe finds, nothing wider than the screen, and no more script than a page may cost.
 */
import assert from 'node:assert';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { runCases } from '../clients/report.mjs';
import { ask, mutate } from '../clients/shop.mjs';
import { alive, axe, openBrowser, person } from './browser.mjs';
import { event, hall, inDays, organizer, theatre as theatreSeats } from './catalogue.mjs';
import { BUILT, startSite } from './site.mjs';

const SCRIPT_MAX = 175 * 1024; /* of an event's page, compressed */
const STYLE_MAX = 20 * 1024;
const SHOTS = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));

const program = process.argv[2];
const site = await startSite(program, '--outbound-allow', 'oidc=127.0.0.1/32', '--oidc', 'house=tessera@http://127.0.0.1:1');
const { server, origin } = site;
const browser = await openBrowser();
mkdirSync(SHOTS, { recursive: true });

const fabrik = await organizer(server);
const venueId = (await mutate(server, 'createVenue', 'venue { id }', { organizerId: fabrik, name: 'Alte Halle', address: 'Werkstr. 1', city: 'Berlin', country: 'DE', latitude: 52.5, longitude: 13.4 })).venue.id;
const night = await event(server, fabrik, 'opening-night', [
  { name: 'Standing', price: '25.00', size: 100, description: 'In front of the stage.' },
  { name: 'Balcony', price: '38.50', size: 4 },
  { name: 'Box', price: '90.00', size: 0 },
  { name: 'Late entry', price: '15.00', size: 50, saleStartsAt: inDays(1) },
  { name: 'Early bird', price: '12.00', size: 50, saleEndsAt: inDays(-1) },
], { title: 'Opening Night with a rather long title that takes two lines', description: 'Four bands, one hall.\n\nDoors at six; bring a coat for the yard.', venueId, endsAt: inDays(30.1), doorsAt: inDays(29.95) });
const series = await event(server, fabrik, 'series', [{ name: 'Entry', price: '8.00' }], { title: 'Every Friday', venueId });
for (let week = 1; week < 9; week++) {
  const { eventDate } = await mutate(server, 'createEventDate', 'eventDate { id }', { eventId: series.id, startsAt: inDays(30 + 7 * week) });
  await mutate(server, 'createQuota', 'quota { id }', { eventId: series.id, dateId: eventDate.id, name: 'Hall', size: week === 2 ? 0 : 5 * week, ticketTypeIds: [series.types.Entry] });
}
const called = await event(server, fabrik, 'called-off', [{ name: 'Entry', price: '8.00', size: 9 }], { title: 'Called off', venueId });
await mutate(server, 'updateEvent', 'event { id }', { eventId: called.id, status: 'CANCELLED' });

const buyer = (name, selection, input) => mutate(server, name, selection, input, null);
const crowded = await event(server, fabrik, 'crowded', [{ name: 'Entry', price: '19.00', size: 50 }], { title: 'Crowded', venueId });
const early = await event(server, fabrik, 'early', [{ name: 'Entry', price: '19.00', size: 50 }], { title: 'Early', venueId });
const room = { enabled: true, message: 'Thank you for your patience.' };
await mutate(server, 'setWaitingRoom', 'waitingRoom { state }', { eventId: crowded.id, ...room, startsAt: inDays(-1), admitPerMinute: 1, maxActive: 1 });
await mutate(server, 'setWaitingRoom', 'waitingRoom { state }', { eventId: early.id, ...room, preQueueFrom: inDays(-1), startsAt: inDays(0.1) });
const line = async (made) => `/queue/${(await buyer('joinWaitingRoom', 'place { token }', { eventId: made.id })).place.token}`;

async function hold(...lines) {
  return (await buyer('holdTickets', 'hold { token }', { eventId: night.id, lines: lines.map(([type, quantity]) => ({ ticketTypeId: night.types[type], quantity })) })).hold.token;
}
async function order(method, ...lines) {
  const placed = await buyer('placeOrder', 'order { id code secret }', { holdToken: await hold(...lines), email: 'ada@example.org', name: 'Ada Lovelace', consent: { language: 'en' } });
  const { id, code, secret } = placed.order;
  const [provider, how] = method.split(':');
  if (provider !== 'none') await mutate(server, 'payOrder', 'order { id }', { orderId: id, secret, provider, ...(how && { method: how }) }, null).catch((error) => assert.match(String(error), /PAYMENT_DECLINED/));
  return `/order/${code}/${secret}`;
}

const theatre = await event(server, fabrik, 'theatre', [{ name: 'Stalls', price: '30.00', size: 12 }, { name: 'Circle', price: '20.00', size: 12 }], { title: 'Theatre', venueId });
await mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: theatre.quotas.Stalls, sections: hall() });
await mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: theatre.quotas.Circle, sections: hall('Circle') });
const theatreDate = (await (await fetch(`${origin}${theatre.path}`)).text()).match(/\?date=(dat_\w+)/)[1];

/* Too large for one page, and bought as two kinds of ticket. */
const opera = await event(server, fabrik, 'opera', [{ name: 'Seat', price: '40.00' }, { name: 'Student', price: '15.00' }], { title: 'Opera', venueId });
const operaSeats = (await mutate(server, 'createQuota', 'quota { id }', { eventId: opera.id, name: 'House', size: 0, ticketTypeIds: Object.values(opera.types) })).quota.id;
await mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: operaSeats, sections: theatreSeats() });
const operaDate = (await (await fetch(`${origin}${opera.path}`)).text()).match(/\?date=(dat_\w+)/)[1];

/* A colour that no page could use as it is. */
const gelb = await organizer(server, 'gelb', 'Gelb');
await mutate(server, 'setTheme', 'organizer { id }', { organizerId: gelb, accentColor: '#ffcc00', logoUrl: null });
await mutate(server, 'setLegalTexts', 'organizer { id }', { organizerId: gelb, imprint: 'Gelb GmbH\nWerkstr. 1\n\nCourt of Berlin, HRB 1', terms: 'Doors close at nine.\n\nMoney back until the day before.', privacy: 'We keep your name until the evening is over.' });
const themed = await event(server, gelb, 'themed', [{ name: 'Entry', price: '12.00', size: 50 }], { title: 'In yellow', description: 'A colour of its own.' }, 'gelb');

const ended = await hold(['Standing', 1]);
await buyer('releaseHold', 'released', { token: ended });
const paid = await order('sandbox:success', ['Standing', 2], ['Balcony', 1]);
const read = async (path) => (await fetch(origin + path)).text();
const ticket = (await read(paid)).match(/\/ticket\/[\w.-]+/)[0];

/* Somebody with an account; signed in anew for each look, for a token lasts ten minutes. */
const ada = { email: 'ada@example.org', password: 'correct horse battery' };
await buyer('signUp', 'accepted', { email: ada.email, name: 'Ada Lovelace' });
const { token } = (await ask(server, '{ mails(first: 1) { nodes { token } } }')).mails.nodes[0];
await buyer('verifyEmail', 'session { accessToken }', { token, password: ada.password });

async function signIn(page) {
  const { session } = await buyer('signIn', 'session { refreshToken }', ada);
  await page.evaluate((body) => fetch('/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body }), JSON.stringify(session));
}

const pages = {
  home: '/',
  found: '/?q=night&city=Berlin',
  'found-nothing': '/?q=zzz',
  organizer: '/o/fabrik',
  event: night.path,
  'event-series': series.path,
  'event-cancelled': called.path,
  'event-seats': theatre.path,
  seats: `${theatre.path}/seats?date=${theatreDate}`,
  'seats-hall': `${opera.path}/seats?date=${operaDate}`,
  'seats-section': `${opera.path}/seats?date=${operaDate}&section=${operaSeats}/Circle`,
  'event-themed': themed.path,
  'checkout-themed': `/checkout/${(await buyer('holdTickets', 'hold { token }', { eventId: themed.id, lines: [{ ticketTypeId: themed.types.Entry, quantity: 2 }] })).hold.token}`,
  imprint: '/o/gelb/imprint',
  terms: '/o/fabrik/terms',
  'event-room': crowded.path,
  'queue-first': await line(crowded),
  'queue-waiting': await line(crowded),
  'queue-early': await line(early),
  checkout: `/checkout/${await hold(['Standing', 2], ['Balcony', 1])}`,
  'checkout-ended': `/checkout/${ended}`,
  'order-paid': paid,
  'order-declined': await order('sandbox:decline', ['Standing', 1]),
  'order-transfer': await order('manual', ['Standing', 1]),
  'order-pending': await order('sandbox:pending', ['Standing', 1]),
  ticket,
  tickets: '/tickets',
  'sign-in': '/account/sign-in',
  'sign-up': '/account/sign-up',
  'reset-password': '/account/reset-password?token=mal_0',
  missing: '/nothing',
};

/* For who is signed in, and so not beside the others. */
const ownPages = {
  account: '/account',
  email: '/account/email',
  passkey: '/account/passkey',
  provider: '/account/provider?name=house',
};

/* Pages differ in their words alone by language, so not each is looked at in each. */
const looks = [
  { width: 390, colorScheme: 'light', language: 'en' },
  { width: 768, colorScheme: 'light', language: 'ja' },
  { width: 1440, colorScheme: 'light', language: 'en' },
  { width: 1440, colorScheme: 'dark', language: 'de' },
  { width: 390, colorScheme: 'light', language: 'ar' },
  { width: 1440, colorScheme: 'light', language: 'ar' },
];

const inLanguage = (language, path) => (language === 'en' ? path : `/${language}${path}`);

/* The list of seats laid open, and some chosen. */
async function withSeats(page, language) {
  await page.goto(inLanguage(language, pages.seats));
  await alive(page);
  for (const summary of await page.locator('summary').all()) await summary.click();
  await page.locator('[data-seat]').nth(2).click();
  await page.locator('[data-seat]').nth(3).click();
  await page.locator('.seats-chosen strong').waitFor();
}

/* On one page with errors in it, too. */
async function afterErrors(page, language) {
  await page.goto(inLanguage(language, pages.checkout));
  await alive(page);
  await page.locator('.details > .button-wide').click();
  await page.locator('[aria-invalid]').first().waitFor();
}

/* Four minutes before its places go back on sale: the way to more time is there. */
async function beforeItEnds(page, language) {
  await page.clock.install();
  await page.goto(inLanguage(language, `/checkout/${await hold(['Standing', 1])}`));
  await alive(page);
  await page.clock.fastForward(11 * 60_000);
  await page.locator('.timer button').waitFor();
}

/* Half way to a second step. */
async function withKey(page, language) {
  await page.goto(inLanguage(language, '/account/second-factor'));
  await alive(page);
  await page.locator('input[name=password]').fill(ada.password);
  await page.locator('.account-form button').click();
  await page.locator('.account-qr').waitFor();
}

/* What makes the page wider than the screen. */
async function widest(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const beyond = [...document.body.querySelectorAll('*')].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
    return beyond.slice(-2).map((element) => `${scrollWidth - clientWidth} px, ${element.outerHTML.slice(0, 90)}`);
  });
}

async function look(page, name, { width, colorScheme, language }) {
  const file = `${SHOTS}${name}-${width}${colorScheme === 'dark' ? '-dark' : ''}${language === 'en' ? '' : `-${language}`}.png`;
  await page.screenshot({ path: file, fullPage: true });
  assert.deepEqual(await widest(page), [], name);
  assert.deepEqual(await axe(page), [], name);
  assert.deepEqual(page.complaints, [], name);
}

const only = process.argv[3]; /* cases whose name has it, for who mends one */
await runCases([
  ...looks.map((kind) => [
    `pages_at_${kind.width}_${kind.colorScheme}_${kind.language}`,
    async () => {
      const page = await person(browser, origin, { viewport: { width: kind.width, height: 900 }, colorScheme: kind.colorScheme });
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(inLanguage(kind.language, path));
        await alive(page);
        await look(page, name, kind);
      }
      await afterErrors(page, kind.language);
      await look(page, 'checkout-errors', kind);
      await withSeats(page, kind.language);
      await look(page, 'seats-chosen', kind);
      await signIn(page);
      for (const [name, path] of Object.entries(ownPages)) {
        await page.goto(inLanguage(kind.language, path));
        await alive(page);
        await look(page, name, kind);
      }
      await withKey(page, kind.language);
      await look(page, 'second-step', kind);
      await beforeItEnds(page, kind.language);
      await look(page, 'checkout-soon', kind);
      await page.context().close();
    },
  ]),

  ['pages_fit_320_pixels_and_twice_the_text', async () => {
    const page = await person(browser, origin, { viewport: { width: 320, height: 640 } });
    const tooWide = [];
    for (const [name, path] of Object.entries({ ...pages, ...ownPages })) {
      if (path === ownPages.account) await signIn(page);
      await page.goto(path);
      for (const size of ['16px', '32px']) {
        await page.evaluate((text) => (document.documentElement.style.fontSize = text), size);
        tooWide.push(...(await widest(page)).map((what) => `${name} with text of ${size}: ${what}`));
      }
    }
    assert.deepEqual(tooWide, []);
    await page.context().close();
  }],

  ['all_that_is_pressed_is_large_enough', async () => {
    const page = await person(browser, origin, { viewport: { width: 390, height: 844 } });
    for (const [name, path] of Object.entries({ ...pages, ...ownPages })) {
      if (path === ownPages.account) await signIn(page);
      await page.goto(path);
      await alive(page);
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('button, select, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), .button, .date-link, .seat-box, .method, summary')]
          .filter((element) => element.getBoundingClientRect().height < 44 && element.getClientRects().length > 0)
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      assert.deepEqual(small, [], name);
    }
    await page.context().close();
  }],

  ['an_event_costs_no_more_script_than_it_may', async () => {
    const html = await read(night.path);
    const page = await person(browser, origin);
    await page.goto(night.path);
    await alive(page);
    await page.waitForLoadState('networkidle');
    const asked = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname));
    const sizes = { js: 0, css: 0, first: 0 };
    for (const path of new Set(asked.filter((path) => /^\/_web\/.*\.(js|css)$/.test(path)))) {
      const size = gzipSync(readFileSync(`${BUILT}public/${path.slice('/_web/'.length)}`), { level: 9 }).length;
      const kind = path.split('.').pop();
      sizes[kind] += size;
      if (html.includes(`"${path}"`) && kind === 'js') sizes.first += size;
    }
    await page.context().close();
    console.log(`scripts ${sizes.js} bytes, of which at once ${sizes.first}, styles ${sizes.css} bytes, compressed`);
    assert.ok(sizes.js > 50_000 && sizes.js <= SCRIPT_MAX, `${sizes.js} bytes`);
    assert.ok(sizes.first > 100 && sizes.first < 5000, `${sizes.first} bytes`);
    assert.ok(sizes.css > 1000 && sizes.css <= STYLE_MAX, `${sizes.css} bytes`);
    assert.equal(readdirSync(`${BUILT}public`).filter((name) => name.endsWith('.map')).length, 0);
  }],
].filter(([name]) => !only || name.includes(only)));
await browser.close();
await site.stop();
