/* Pages as robots, caches and browsers without scripts get them: what they say, with which status and headers. */
import assert from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCases } from '../clients/report.mjs';
import { mutate, order } from '../clients/shop.mjs';
import { startServer } from '../clients/server.mjs';
import { event, inDays, organizer } from './catalogue.mjs';
import { startSite, startWeb } from './site.mjs';

const program = process.argv[2];
const site = await startSite(program);
const { server, origin } = site;

const fabrik = await organizer(server);
const venueId = (
  await mutate(server, 'createVenue', 'venue { id }', {
    organizerId: fabrik, name: 'Halle', address: 'Werkstr. 1', city: 'Berlin', country: 'DE', latitude: 52.5, longitude: 13.4,
  })
).venue.id;
const opening = await event(server, fabrik, 'opening', [{ name: 'Standing', price: '25.00', size: 100 }, { name: 'Child', price: '0.00', size: 3 }], {
  title: 'Opening <night> & "more"', description: 'First.\n\n</script><b>Second</b>', venueId, endsAt: inDays(30.1), doorsAt: inDays(29.95),
});
const soon = await event(server, fabrik, 'soon', [{ name: 'Seat', price: '9.00', size: 5, saleStartsAt: inDays(2), saleEndsAt: inDays(20) }]);

const get = (path, headers = {}) => fetch(origin + path, { headers, redirect: 'manual' });
const read = async (path) => (await get(path)).text();

function jsonLdOf(html) {
  return JSON.parse(html.match(/<script type="application\/ld\+json">(.*?)<\/script>/s)[1]);
}

/* By the control socket of a server on that folder. */
function askFolder(folder, query) {
  return new Promise((resolve, reject) => {
    const options = { socketPath: join(folder, 'control.sock'), path: '/graphql', method: 'POST', headers: { 'content-type': 'application/json' } };
    const asked = request(options, async (answer) => resolve(JSON.parse(Buffer.concat(await answer.toArray()).toString()).data));
    asked.on('error', reject);
    asked.end(JSON.stringify({ query }));
  });
}

/* The event that `tessera import` makes of a page. */
async function importedFrom(html) {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-web-'));
  const data = join(folder, 'data');
  writeFileSync(join(folder, 'page.html'), html);
  execFileSync(program, ['import', join(folder, 'page.html'), '--data', data, '--publish'], { stdio: 'pipe' });
  const child = spawn(program, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'], { stdio: 'ignore' });
  try {
    while (!existsSync(join(data, 'control.sock'))) await new Promise((resolve) => setTimeout(resolve, 20));
    const query = `{ events(first: 9) { nodes { title description startsAt endsAt doorsAt venue { name address city country latitude longitude }
      organizer { name } ticketTypes { name price { amount currency } } } } }`;
    return (await askFolder(data, query)).events.nodes[0];
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(folder, { recursive: true });
  }
}

/* In front of that GraphQL: tells in `steps` what is asked and answered, in order. Return: {url, steps, close()}. */
async function listening(graphql) {
  const steps = [];
  const proxy = createServer(async (asked, response) => {
    const body = Buffer.concat(await asked.toArray());
    const { operationName } = JSON.parse(body);
    steps.push(`${operationName} asked`);
    const answer = await fetch(graphql, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const text = await answer.text();
    steps.push(`${operationName} answered`);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return { url: `http://127.0.0.1:${proxy.address().port}/graphql`, steps, close: () => proxy.close() };
}

await runCases([
  ['pages_have_the_right_status', async () => {
    const statuses = {
      '/': 200, '/?q=opening': 200, '/o/fabrik': 200, '/e/fabrik/opening': 200, '/e/fabrik/nothing': 404, '/e/nobody/opening': 404,
      '/o/nobody': 404, '/nothing': 404, '/e/fabrik/opening/': 308, '/robots.txt': 200, '/sitemap.xml': 200, '/icon.svg': 200,
      '/mosaic/abc.svg': 200, '/_web/nothing.js': 404, '/healthz': 200,
    };
    for (const [path, status] of Object.entries(statuses)) assert.equal((await get(path)).status, status, path);
    assert.equal((await fetch(origin, { method: 'DELETE' })).status, 405);
  }],

  ['text_of_an_event_is_text', async () => {
    const html = await read(opening.path);
    assert.match(html, /<h1 dir="auto">Opening &lt;night&gt; &amp; &quot;more&quot;<\/h1>/);
    assert.ok(!html.includes('<b>Second</b>'));
    assert.equal(html.split('</script>').length - 1, html.split(/<script\b/).length - 1, 'each script ends once');
  }],

  ['the_head_names_the_page', async () => {
    const html = await read(`${opening.path}?utm=1`);
    assert.match(html, new RegExp(`<link rel="canonical" href="${origin}/e/fabrik/opening"/>`));
    assert.match(html, new RegExp(`<link rel="alternate" hrefLang="x-default" href="${origin}/e/fabrik/opening"/>`, 'i'));
    assert.match(html, /<meta property="og:title" content="Opening &lt;night&gt;/);
    assert.match(html, /<meta name="description" content="First\./);
    assert.match(await read('/e/fabrik/nothing'), /<meta name="robots" content="noindex"\/>/);
    assert.match(await read('/?q=opening'), /<meta name="robots" content="noindex"\/>/);
  }],

  ['each_language_has_addresses_of_its_own', async () => {
    const words = { de: 'Veranstalter', fr: 'Organisateur', ja: '主催者', ar: 'المنظّم' };
    for (const [language, word] of Object.entries(words)) {
      const page = await get(`/${language}${opening.path}`);
      const html = await page.text();
      assert.equal(page.status, 200);
      assert.match(html, new RegExp(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`));
      assert.ok(html.includes(`<dt>${word}</dt>`), language);
      assert.match(html, new RegExp(`<link rel="canonical" href="${origin}/${language}/e/fabrik/opening"/>`));
      for (const other of ['en', 'de', 'fr', 'ja', 'ar'])
        assert.match(html, new RegExp(`<link rel="alternate" hrefLang="${other}" href="${origin}${other === 'en' ? '' : `/${other}`}/e/fabrik/opening"/>`, 'i'));
      assert.match(html, new RegExp(`<form [^>]*action="/${language}/e/fabrik/opening`));
      assert.match(html, new RegExp(`href="/${language}/o/fabrik"`), 'links stay in the language');
    }
    assert.match(await read('/de'), /<link rel="canonical" href="[^"]*\/de"\/>/);
    const statuses = { '/de': 200, '/de?q=opening': 200, '/de/e/fabrik/nothing': 404, '/de/': 308, '/en': 404, '/xx/e/fabrik/opening': 404, '/embed/ar/e/fabrik/opening': 200, '/ar/embed/e/fabrik/opening': 404 };
    for (const [path, status] of Object.entries(statuses)) assert.equal((await get(path)).status, status, path);
  }],

  ['an_event_is_told_in_the_pages_language_where_it_was_written', async () => {
    const made = await event(server, fabrik, 'tongues', [{ name: 'Entry', price: '9.00', size: 5 }], { title: 'Summer night', description: 'With music.' });
    const translations = [{ language: 'de', title: 'Sommernacht', description: 'Mit Musik.' }, { language: 'pt-BR', title: 'Noite de verão' }];
    const alternates = (html) => [...html.matchAll(/<link rel="alternate" hrefLang="([\w-]+)" href="([^"]+)"/gi)].map(([, language, href]) => [language, href.slice(origin.length)]);
    assert.equal(alternates(await read(made.path)).length, 6, 'nobody has said which languages it is in');
    await mutate(server, 'setEventTranslations', 'event { id }', { eventId: made.id, language: 'en', translations });
    const [english, german, french] = await Promise.all(['', '/de', '/fr'].map((prefix) => read(`${prefix}${made.path}?told`)));
    assert.match(english, /<h1 dir="auto" lang="en">Summer night</);
    assert.match(german, /<h1 dir="auto" lang="de">Sommernacht</);
    assert.match(german, /<p dir="auto" lang="de">Mit Musik\.</);
    assert.match(german, /<meta name="description" content="Mit Musik\."/);
    assert.match(french, /<h1 dir="auto" lang="en">Summer night</, 'else as it was written');
    for (const html of [english, german, french]) assert.deepEqual(alternates(html), [['en', made.path], ['de', `/de${made.path}`], ['x-default', made.path]]);
    const { name, description, inLanguage, url } = jsonLdOf(german);
    assert.deepEqual({ name, description, inLanguage, url }, { name: 'Sommernacht', description: 'Mit Musik.', inLanguage: 'de', url: `${origin}/de${made.path}` });
    assert.deepEqual([jsonLdOf(english).name, jsonLdOf(french).inLanguage], ['Summer night', 'en']);
    const list = await read('/de?q=sommernacht');
    assert.ok(list.includes('>Sommernacht</a>') && !list.includes('>Summer night</a>'));
  }],

  ['an_organizer_has_a_colour_and_legal_texts', async () => {
    const organizerId = await organizer(server, 'gelb', 'Gelb');
    const made = await event(server, organizerId, 'night', [{ name: 'Entry', price: '9.00', size: 5 }], {}, 'gelb');
    assert.doesNotMatch(await read(made.path), /\/theme\//);
    assert.match(await read('/o/gelb/terms'), /You buy from Gelb\. The price that is shown is what you pay/);
    assert.match(await read('/de/o/gelb/imprint'), /Diese Tickets verkauft Gelb\./);
    await mutate(server, 'setTheme', 'organizer { id }', { organizerId, accentColor: '#ffcc00', logoUrl: 'https://gelb.example/logo.svg' });
    await mutate(server, 'setLegalTexts', 'organizer { id }', { organizerId, imprint: 'Gelb GmbH\nWerkstr. 1\n\n<b>Berlin</b>' });
    const html = await read(`${made.path}?themed`);
    assert.match(html, /<div class="themed theme-ffcc00">/);
    assert.match(html, /<link rel="stylesheet" href="\/theme\/ffcc00\.css"/);
    assert.match(html, /src="https:\/\/gelb\.example\/logo\.svg"/);
    assert.match(html, /href="\/o\/gelb\/imprint"/);
    const sheet = await get('/theme/ffcc00.css');
    assert.match(sheet.headers.get('content-type'), /^text\/css/);
    assert.match(sheet.headers.get('cache-control'), /immutable/);
    assert.match(await sheet.text(), /^\.theme-ffcc00\{--accent:#/);
    const imprint = await read('/o/gelb/imprint?again');
    assert.match(imprint, /Gelb GmbH\nWerkstr\. 1<\/p>/);
    assert.ok(imprint.includes('&lt;b&gt;Berlin&lt;/b&gt;'));
    for (const path of ['/o/gelb/nothing', '/o/nobody/terms', '/theme/fff.css', '/theme/FFCC00.css']) assert.equal((await get(path)).status, 404, path);
  }],

  ['money_dates_and_counts_follow_the_language', async () => {
    assert.match(await read(`/de${opening.path}`), /25,00\s€/);
    assert.match(await read(`/ja${opening.path}`), /€25\.00/);
    assert.match(await read('/de?q=opening'), /1 Veranstaltung zu „opening“/);
    assert.match(await read('/ar?q=opening'), /فعالية واحدة عن «opening»/);
    const day = new Intl.DateTimeFormat('fr-FR', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'Europe/Berlin' }).format(new Date(inDays(30)));
    assert.ok((await read(`/fr${opening.path}`)).includes(day), day);
  }],

  ['each_state_of_a_ticket_type_is_told', async () => {
    const html = await read(opening.path);
    assert.match(html, /€25\.00/);
    assert.match(html, />Free</);
    assert.match(html, /3 left/);
    assert.match(await read(soon.path), /On sale <time/);
    assert.doesNotMatch(await read(soon.path), /<select/);
    const gone = await event(server, fabrik, 'gone', [{ name: 'Seat', price: '9.00', size: 0 }]);
    assert.match(await read(gone.path), /Sold out/);
    const over = await event(server, fabrik, 'over', [{ name: 'Seat', price: '9.00', size: 1, saleEndsAt: inDays(-1) }]);
    assert.match(await read(over.path), /The sale has ended/);
    await mutate(server, 'updateEvent', 'event { id }', { eventId: over.id, status: 'CANCELLED' });
    await new Promise((resolve) => setTimeout(resolve, 2100)); /* what the page was kept for */
    assert.match(await read(over.path), /This event was cancelled/);
  }],

  ['search_finds_words_cities_and_days', async () => {
    assert.match(await read('/?q=opening'), /1 event for/);
    assert.match(await read('/?city=Berlin'), /1 event in Berlin/);
    assert.match(await read('/?q=zzz'), /Nothing found/);
    const day = inDays(30).slice(0, 10);
    assert.match(await read(`/?from=${day}&to=${day}&q=opening`), /1 event/);
    assert.match(await read(`/?from=2001-01-01&to=2001-01-02`), /Nothing found/);
    assert.equal((await get('/?from=nonsense')).status, 200);
  }],

  ['json_ld_is_imported_as_the_same_event', async () => {
    const whole = await importedFrom(await read(opening.path));
    assert.equal(whole.title, 'Opening <night> & "more"');
    assert.equal(whole.description, 'First.\n\n</script><b>Second</b>');
    assert.deepEqual([whole.startsAt, whole.endsAt, whole.doorsAt].map(Date.parse), [inDays(30), inDays(30.1), inDays(29.95)].map(Date.parse));
    assert.deepEqual(whole.venue, { name: 'Halle', address: 'Werkstr. 1', city: 'Berlin', country: 'DE', latitude: 52.5, longitude: 13.4 });
    assert.equal(whole.organizer.name, 'Die Fabrik');
    assert.deepEqual(whole.ticketTypes, [
      { name: 'Standing', price: { amount: '25.00', currency: 'EUR' } },
      { name: 'Child', price: { amount: '0.00', currency: 'EUR' } },
    ]);
  }],

  ['json_ld_tells_the_sale', async () => {
    const [offer] = jsonLdOf(await read(soon.path)).offers;
    assert.equal(offer.availability, 'https://schema.org/PreOrder');
    assert.deepEqual([offer.price, offer.priceCurrency], ['9.00', 'EUR']);
    assert.equal(offer.validFrom, inDays(2));
    assert.equal(offer.validThrough, inDays(20));
  }],

  ['dates_go_into_calendars', async () => {
    const answer = await get(`${opening.path}.ics`);
    assert.equal(answer.headers.get('content-type'), 'text/calendar; charset=utf-8');
    const lines = (await answer.text()).split('\r\n');
    assert.equal(lines[0], 'BEGIN:VCALENDAR');
    assert.ok(lines.includes(`DTSTART:${inDays(30).replace(/[-:]|\.\d{3}/g, '')}`));
    assert.ok(lines.includes('LOCATION:Halle\\, Werkstr. 1\\, Berlin'));
    assert.equal((await get('/e/fabrik/nothing.ics')).status, 404);
  }],

  ['the_sitemap_lists_public_pages', async () => {
    const map = await read('/sitemap.xml');
    for (const path of ['/', '/o/fabrik', '/e/fabrik/opening']) assert.ok(map.includes(`<loc>${origin}${path}</loc>`), path);
    assert.ok(map.includes(`hreflang="de" href="${origin}/de/e/fabrik/opening"`));
    assert.match(await read('/robots.txt'), new RegExp(`Sitemap: ${origin}/sitemap.xml`));
  }],

  ['shared_caches_are_told_how_long_and_of_what', async () => {
    const page = await get(opening.path);
    assert.match(page.headers.get('cache-control'), /^public, max-age=0, s-maxage=2,/);
    assert.equal(page.headers.get('surrogate-key'), `event/${opening.id} organizer/fabrik`);
    const again = await get(opening.path, { 'if-none-match': page.headers.get('etag') });
    assert.ok(again.status === 304 || again.headers.get('etag') !== page.headers.get('etag'));
    const file = (await read('/')).match(/src="(\/_web\/boot-[\w-]+\.js)"/)[1];
    assert.match((await get(file)).headers.get('cache-control'), /immutable/);
  }],

  ['an_event_names_what_else_its_organizer_has', async () => {
    const off = await event(server, fabrik, 'off', [{ name: 'Seat', price: '9.00', size: 5 }], { startsAt: inDays(1) });
    await mutate(server, 'updateEvent', 'event { id }', { eventId: off.id, status: 'CANCELLED' });
    for (const [shown, other] of [[opening, soon], [soon, opening]]) {
      const page = await get(`${shown.path}?anew`); /* as no cache has it */
      const [, more] = (await page.text()).split('id="more-events"');
      assert.match(more, new RegExp(`href="${other.path}"`));
      assert.doesNotMatch(more.split('</section>')[0], new RegExp(`href="(${shown.path}|${off.path})"`));
      assert.equal(page.headers.get('surrogate-key'), `event/${shown.id} organizer/fabrik`);
    }
    assert.doesNotMatch(await read(`/embed${opening.path}`), /more-events/, 'a frame is for one sale');
  }],

  ['what_is_asked_for_first_is_one_file_that_waits', async () => {
    const [tag, path] = (await read(opening.path)).match(/<script type="module"[^>]*? src="(\/_web\/boot-[^"]+)"[^>]*>/);
    assert.match(tag, /fetchPriority="low"/);
    assert.doesNotMatch(await read(path), /^import|;import[{"]/m, 'it needs no second one to begin');
  }],

  ['nothing_inline_may_run', async () => {
    const page = await get(opening.path);
    const policy = page.headers.get('content-security-policy');
    assert.match(policy, /script-src 'self';/);
    assert.match(policy, /style-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
    const html = await page.text();
    for (const [, attributes] of html.matchAll(/<script\b([^>]*)>/g))
      assert.match(attributes, /src="\/_web\/|type="application\/(ld\+)?json"/, attributes);
    assert.doesNotMatch(html, /\sstyle="|\son\w+="/);
  }],

  ['a_hundred_at_once_are_one_rendering', async () => {
    const pages = await Promise.all(Array.from({ length: 100 }, () => get(`${opening.path}?herd=1`)));
    const etags = new Set(pages.map((page) => page.headers.get('etag')));
    assert.equal(etags.size, 1); /* the boot state has the time to the millisecond */
  }],

  /* Read while it is paid, the page said that the payment is on its way, for good: it has no script to hear more. */
  ['a_form_is_done_before_its_page_is_read', async () => {
    const shop = { event: opening.id, type: opening.types.Standing };
    const { id, code, secret } = await order(server, shop);
    const heard = await listening(server.url);
    const web = await startWeb(heard.url, '--sandbox');
    try {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = `form=pay&order=${id}&method=sandbox%3Adecline`;
      const page = await fetch(`${web.origin}/order/${code}/${secret}`, { method: 'POST', headers, body });
      assert.equal(page.status, 422);
      assert.match(await page.text(), /role="alert"[^>]*><p>The payment was declined/);
      assert.deepEqual(heard.steps.slice(0, 3), ['PayOrder asked', 'PayOrder answered', 'OrderPage asked']);
    } finally {
      await web.stop();
      heard.close();
    }
  }],

  ['a_server_without_our_documents_gets_texts', async () => {
    const plain = await startServer(program);
    const web = await startWeb(plain.url);
    try {
      const page = await fetch(`${web.origin}/`);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /"knowsDocuments":false/);
    } finally {
      await web.stop();
      await plain.stop();
    }
  }],

  ['without_tessera_the_last_good_page_stays_and_others_are_503', async () => {
    const plain = await startServer(program);
    const web = await startWeb(plain.url);
    try {
      assert.equal((await fetch(`${web.origin}/?q=a`)).status, 200);
      await plain.stop();
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal((await fetch(`${web.origin}/?q=a`)).status, 200);
      const other = await fetch(`${web.origin}/?q=b`);
      assert.equal(other.status, 503);
      assert.equal(other.headers.get('retry-after'), '5');
      assert.match(await other.text(), /does not work right now/);
    } finally {
      await web.stop();
    }
  }],
]);
await site.stop();
