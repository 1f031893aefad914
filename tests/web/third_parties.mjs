/*
 * Nobody else hears of who looks at a shop: each kind of page, the widget, the door and GraphiQL ask the shop alone, and no policy lets
 * another host in but for the pictures that promoters name. browser.mjs watches it in all journeys of tests/web, too.
 */
import assert from 'node:assert';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runCases } from '../clients/report.mjs';
import { ask, mutate } from '../clients/shop.mjs';
import { startHosts } from '../widget/hosts.mjs';
import { alive, openBrowser, person } from './browser.mjs';
import { event, hall, inDays, organizer } from './catalogue.mjs';
import { startSite } from './site.mjs';

const GRAPHIQL = fileURLToPath(new URL('../../build/graphiql/', import.meta.url));
const ROUTES = fileURLToPath(new URL('../../clients/web/src/pages/*/route.ts', import.meta.url));
const STATISTICS = 'https://statistics.example';

const program = process.argv[2];
const site = await startSite(program, '--sandbox', '--graphiql', GRAPHIQL);
const { server, origin } = site;
const hosts = await startHosts(origin);
/* No name but an address leads anywhere, so that a request that gets past the policy is seen and ends here. */
const browser = await openBrowser('--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost');

const fabrik = await organizer(server);
await mutate(server, 'setEmbedOrigins', 'organizer { id }', { organizerId: fabrik, origins: [hosts.origin] });
const night = await event(server, fabrik, 'night', [{ name: 'Entry', price: '0.00', size: 50 }]);
const theatre = await event(server, fabrik, 'theatre', [{ name: 'Stalls', price: '30.00', size: 12 }]);
await mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: theatre.quotas.Stalls, sections: hall() });
const crowded = await event(server, fabrik, 'crowded', [{ name: 'Entry', price: '19.00', size: 50 }]);
await mutate(server, 'setWaitingRoom', 'waitingRoom { state }', { eventId: crowded.id, enabled: true, startsAt: inDays(-1), admitPerMinute: 1, maxActive: 1 });

const buyer = (name, selection, input) => mutate(server, name, selection, input, null);
const read = async (path) => (await fetch(origin + path)).text();
const hold = async () => (await buyer('holdTickets', 'hold { token }', { eventId: night.id, lines: [{ ticketTypeId: night.types.Entry, quantity: 1 }] })).hold.token;
const { order } = await buyer('placeOrder', 'order { code secret }', { holdToken: await hold(), email: 'ada@example.org', name: 'Ada' });
const paid = `/order/${order.code}/${order.secret}`;

/* By the names of clients/web/src/pages. */
const pages = {
  home: ['/', '/ar/'],
  organizer: ['/o/fabrik'],
  legal: ['/o/fabrik/privacy'],
  event: [night.path, `/ja${theatre.path}`],
  seats: [`${theatre.path}/seats?date=${(await read(theatre.path)).match(/\?date=(dat_\w+)/)[1]}`],
  queue: [`/queue/${(await buyer('joinWaitingRoom', 'place { token }', { eventId: crowded.id })).place.token}`],
  checkout: [`/checkout/${await hold()}`],
  order: [paid],
  ticket: [(await read(paid)).match(/\/ticket\/[\w.-]+/)[0]],
  tickets: ['/tickets'],
  account: ['/account/sign-in', '/account/sign-up', '/account/reset-password?token=mal_0'],
  door: ['/door'],
};
const addresses = Object.values(pages).flat();

/* The page at rest, and what it complained of. */
async function look(page, address) {
  await page.goto(address);
  await alive(page);
  await page.waitForLoadState('networkidle');
}

const sources = (policy) => policy.split(';').map((directive) => directive.trim().split(/\s+/));
const OWN = ["'self'", "'none'", 'data:', 'blob:', "'wasm-unsafe-eval'", "'unsafe-inline'"];

function othersOf(policy) {
  return sources(policy).flatMap(([name, ...values]) => values.filter((value) => !OWN.includes(value)).map((value) => `${name} ${value}`));
}

await runCases([
  ['each_kind_of_page_has_its_address_here', async () => {
    const kinds = globSync(ROUTES).map((file) => file.match(/pages\/(\w+)\/route\.ts$/)[1]);
    assert.deepEqual(Object.keys(pages).sort(), kinds.sort());
    for (const kind of kinds) {
      const path = readFileSync(ROUTES.replace('*', kind), 'utf8').match(/path: '(.*)'/)[1];
      const pattern = new RegExp(`^(/\\w\\w)?${path.replace(/:\w+|\*/g, '[^?]+')}(\\?.*)?$`);
      for (const address of pages[kind]) assert.match(address, pattern, kind);
    }
  }],

  ['each_page_asks_the_shop_alone', async () => {
    const page = await person(browser, origin);
    for (const address of addresses) {
      await look(page, address);
      assert.deepEqual(page.complaints, [], address);
    }
    await page.context().close();
  }],

  ['the_widget_asks_the_shop_alone', async () => {
    const page = await person(browser, hosts.origin, { others: [origin] });
    await page.goto(hosts.at('/plain', `<tessera-tickets event="fabrik/night"></tessera-tickets>`));
    await page.getByRole('combobox', { name: 'Number of tickets: Entry' }).selectOption('1');
    await page.getByRole('button', { name: /Get tickets|Reserve/ }).click();
    await page.frameLocator('iframe').getByRole('heading', { level: 1, name: 'Checkout' }).waitFor();
    await page.waitForLoadState('networkidle');
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ['graphiql_asks_the_shop_alone', async () => {
    const page = await person(browser, origin);
    await page.goto('/graphql');
    await page.locator('.graphiql-container').waitFor();
    await page.waitForLoadState('networkidle');
    assert.deepEqual(page.complaints.filter((text) => text.startsWith('asked elsewhere')), []);
    await page.context().close();
  }],

  ['no_policy_lets_another_host_in_but_for_pictures', async () => {
    for (const address of addresses) {
      const policy = (await fetch(origin + address)).headers.get('content-security-policy');
      assert.match(policy, /^default-src 'none'; .*connect-src 'self'/, address);
      assert.deepEqual(othersOf(policy), ['img-src https:'], address);
    }
    const { headers } = await fetch(`${origin}/graphql`, { headers: { accept: 'text/html' } });
    assert.deepEqual(othersOf(headers.get('content-security-policy')), []);
    const framed = (await fetch(`${origin}/embed${night.path}`)).headers.get('content-security-policy');
    assert.deepEqual(othersOf(framed), ['img-src https:', `frame-ancestors ${hosts.origin}`]);
  }],

  ['the_host_of_a_picture_does_not_hear_which_page_shows_it', async () => {
    const imageUrl = `${STATISTICS}/poster.png`;
    const made = await event(server, fabrik, 'pictured', [{ name: 'Entry', price: '0.00', size: 5 }], { imageUrl });
    const page = await person(browser, origin);
    const asked = page.waitForRequest(imageUrl);
    await page.goto(`${made.path}?from=letter-7`);
    const { referer = '' } = await (await asked).allHeaders();
    assert.ok(['', `${origin}/`].includes(referer), referer);
    assert.equal(page.complaints.filter((text) => text === `asked elsewhere: ${imageUrl}`).length, 1);
    await page.context().close();
  }],

  ['what_is_planted_is_seen', async () => {
    const planted = {
      picture: (html) => html.replace('</body>', `<img src="${STATISTICS}/pixel.gif" alt=""></body>`),
      script: (html) => html.replace('</head>', `<script src="${STATISTICS}/tag.js"></script></head>`),
    };
    for (const [name, plant] of Object.entries(planted)) {
      const page = await person(browser, origin);
      await page.route(origin + night.path, async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, body: plant(await answer.text()) });
      });
      await look(page, night.path);
      assert.ok(page.complaints.some((text) => text.includes(STATISTICS)), name);
      await page.context().close();
    }
    const page = await person(browser, origin);
    await look(page, night.path);
    await page.evaluate((address) => navigator.sendBeacon(address, 'x'), `${STATISTICS}/collect`);
    await page.evaluate((address) => fetch(address).catch(() => 0), `${STATISTICS}/collect`);
    await page.evaluate((address) => new Promise((resolve) => (new WebSocket(address).onerror = resolve)).catch(() => 0), 'wss://statistics.example/live').catch(() => 0);
    assert.ok(page.complaints.filter((text) => text.includes('statistics.example')).length >= 3, page.complaints.join('\n'));
    await page.context().close();
  }],
]);

await browser.close();
await hosts.stop();
await site.stop();
