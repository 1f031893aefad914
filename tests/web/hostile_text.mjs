/*
 * Two hundred texts that want to be code, in each field that a page shows: of promoters, of buyers, of addresses. In a real
 * browser none becomes an element or runs; what the pages' policy would stop counts as a failure, too.
 */
import assert from 'node:assert';
import { runCases } from '../clients/report.mjs';
import { hold, mutate, pay } from '../clients/shop.mjs';
import { startHosts } from '../widget/hosts.mjs';
import { alive, openBrowser, person } from './browser.mjs';
import { event, organizer } from './catalogue.mjs';
import { startSite } from './site.mjs';

const site = await startSite(process.argv[2], '--sandbox');
const { server, origin } = site;
const browser = await openBrowser();
const hosts = await startHosts(origin);

const RUN = 'globalThis.hit=1';
const BREAKS = ['', '">', "'>", '-->', '</title>', '</script>', '</textarea>', '</style>', '</a>', ']]>'];
const MARKUP = [
  `<script data-hit>${RUN}</script>`, `<img data-hit src=x onerror=${RUN}>`, `<svg data-hit onload=${RUN}>`, `<svg data-hit><script>${RUN}</script></svg>`,
  `<iframe data-hit srcdoc="<script>parent.hit=1</script>">`, `<body data-hit onpageshow=${RUN}>`, `<details data-hit open ontoggle=${RUN}>`, `<input data-hit autofocus onfocus=${RUN}>`,
  `<a data-hit href="javascript:${RUN}">x</a>`, `<form data-hit action="javascript:${RUN}">`, `<meta data-hit http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `<base data-hit href="//evil.example/">`, `<link data-hit rel=stylesheet href="//evil.example/x.css">`, `<style data-hit>*{display:none}</style>`, `<object data-hit data="javascript:${RUN}">`,
  `<math data-hit><mtext><img src=x onerror=${RUN}></mtext></math>`, `&lt;script data-hit&gt;${RUN}&lt;/script&gt;`, `\\u003cscript data-hit>${RUN}\\u003c/script>`,
  `\${${RUN}}{{${RUN}}}`, `" data-hit onmouseover="${RUN}" style="position:fixed;inset:0" x="`,
];
const texts = MARKUP.flatMap((markup) => BREAKS.map((before) => before + markup));
assert.equal(texts.length, 200);

const [hall, ...rest] = texts.filter((text) => text.length <= 100);
const fabrik = await organizer(server, 'fabrik', `Fabrik ${hall}`);
await mutate(server, 'setLegalTexts', 'organizer { id }', { organizerId: fabrik, imprint: texts.join('\n\n'), privacy: texts.join('\n'), terms: rest.join(' ') });
await mutate(server, 'setEmbedOrigins', 'organizer { id }', { organizerId: fabrik, origins: [hosts.origin] });
const events = [];
for (const [number, markup] of MARKUP.entries()) {
  const mine = BREAKS.map((before) => before + markup);
  const venue = { organizerId: fabrik, name: mine[1], address: mine[2], city: mine[3], country: 'DE' };
  const venueId = (await mutate(server, 'createVenue', 'venue { id }', venue)).venue.id;
  const types = mine.map((name, at) => ({ name, description: mine[(at + 1) % 10], group: mine[(at + 2) % 10], price: '5.00', size: 9 }));
  events.push(await event(server, fabrik, `e${number}`, types, { title: mine[number % 10], description: mine.join('\n\n'), venueId }));
}

/* Nothing of the texts is more than text, wherever it stands. */
async function assertText(page, path) {
  assert.equal(await page.locator('[data-hit]').count(), 0, path);
  assert.equal(await page.locator('[href^="javascript:" i], [action^="javascript:" i], [src^="javascript:" i]').count(), 0, path);
  assert.equal(await page.evaluate(() => globalThis.hit), undefined, path);
  assert.deepEqual({ path, complaints: page.complaints }, { path, complaints: [] });
}

const pages = { true: await person(browser, origin), false: await person(browser, origin, { javaScriptEnabled: false }) };

async function look(path, scripts) {
  const page = pages[scripts];
  await page.goto(path);
  if (scripts) await alive(page);
  await assertText(page, path);
  return page.locator('body').innerText();
}

/* By scripts and without them. */
async function bothWays(path) {
  await look(path, false);
  return look(path, true);
}

await runCases([
  ['a_promoters_texts_are_text', async () => {
    for (const made of events.filter((_, at) => at % 5 === 0)) assert.match(await look(made.path, true), /data-hit/);
    for (const made of events) assert.match(await look(made.path, false), /hit=1|evil\.example|display:none/);
    /* the home page by a search: as it is, it is kept from when there were no events */
    for (const path of ['/?q=data-hit', '/o/fabrik', '/o/fabrik/imprint', '/o/fabrik/privacy', '/o/fabrik/terms', '/ar/o/fabrik']) assert.match(await bothWays(path), /data-hit/);
  }],
  ['a_buyers_texts_are_text', async () => {
    const shop = { event: events[0].id, type: Object.values(events[0].types)[0] };
    for (const text of [rest[0], rest[40]]) {
      const { token } = await hold(server, shop, 1);
      await bothWays(`/checkout/${token}`);
      const input = { holdToken: token, email: 'ada@example.org', name: text.slice(0, 190), attendees: [] };
      const { order } = await mutate(server, 'placeOrder', 'order { id code secret }', input, null);
      await pay(server, order);
      assert.match(await bothWays(`/order/${order.code}/${order.secret}`), /data-hit/);
    }
  }],
  ['an_addresss_texts_are_text', async () => {
    for (const text of texts.filter((_, at) => at % 41 === 0)) {
      const word = encodeURIComponent(text);
      for (const path of [`/?q=${word}&city=${word}`, `/checkout/${word}`, `/order/${word}/${word}`, `/e/${word}/${word}`, `/o/fabrik/${word}`]) await look(path, false);
    }
  }],
  ['in_a_widget_they_are_text', async () => {
    for (const made of [events[0], events[1], events[19]]) {
      const page = await person(browser, hosts.origin, { others: [origin] });
      const address = hosts.at('/plain', `<tessera-tickets event="${made.path.slice(3)}"></tessera-tickets>`);
      await page.goto(address);
      await page.getByRole('combobox').first().waitFor();
      await assertText(page, address);
      await page.context().close();
    }
  }],
]);
await browser.close();
await hosts.stop();
await site.stop();
