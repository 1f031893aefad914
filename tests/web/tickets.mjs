/*
 * An order's tickets as a PDF, read back as people's machines read it: each page is drawn by poppler and its code found in that
 * picture by zbar; texts are those that readers copy and hear. Pictures go into build/screenshots.
 */
import assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCases } from '../clients/report.mjs';
import { ask, mutate } from '../clients/shop.mjs';
import { alive, axe, openBrowser, person } from './browser.mjs';
import { event, organizer } from './catalogue.mjs';
import { startSite, webOf } from './site.mjs';

const SHOTS = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));
mkdirSync(SHOTS, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'tessera-tickets-'));
const site = await startSite(process.argv[2], '--sandbox');
const { server, origin } = site;
const fabrik = await organizer(server, 'fabrik', 'Die Fabrik für Kultur');

const run = (command, ...words) => execFileSync(command, words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/* An evening in Tokyo: 18:30 there, whatever the clock is here. */
async function evening(slug, title, venue, rest = {}) {
  const venueId = (await mutate(server, 'createVenue', 'venue { id }', { organizerId: fabrik, ...venue })).venue.id;
  const times = { startsAt: '2031-06-01T09:30:00Z', doorsAt: '2031-06-01T08:15:00Z', timeZone: 'Asia/Tokyo' };
  return event(server, fabrik, slug, [{ name: 'Standing', price: '25.00', size: 50 }], { title, venueId, ...times, ...rest });
}

/* Return: {id, code, secret, positions}, paid unless said otherwise. */
async function order(made, names, isPaid = true, email = 'ada@example.org') {
  const buyer = (name, selection, input) => mutate(server, name, selection, input, null);
  const { token } = (await buyer('holdTickets', 'hold { token }', { eventId: made.id, lines: [{ ticketTypeId: made.types.Standing, quantity: names.length }] })).hold;
  const placed = (await buyer('placeOrder', 'order { id code secret }', { holdToken: token, email, attendees: names.map((name) => ({ name })) })).order;
  if (isPaid) await buyer('payOrder', 'order { status }', { orderId: placed.id, secret: placed.secret, provider: 'sandbox', method: 'success' });
  const query = 'query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { positions { attendeeName ticket { id qr } } } }';
  const { positions } = (await ask(server, query, placed, null)).order;
  return { ...placed, positions };
}

const pdfOf = (placed, language = '') => fetch(`${origin}${language}/order/${placed.code}/${placed.secret}.pdf`);

/* Return: of each page its text, and the code that is read off its picture at `dpi`. */
async function pagesOf(answer, name, dpi = 100) {
  assert.equal(answer.status, 200, name);
  writeFileSync(join(folder, `${name}.pdf`), Buffer.from(await answer.arrayBuffer()));
  const texts = run('pdftotext', '-layout', `${name}.pdf`, '-').split('\f').slice(0, -1);
  run('pdftoppm', '-r', String(dpi), '-png', `${name}.pdf`, join(SHOTS, `pdf-${name}`));
  return texts.map((text, at) => {
    const number = String(at + 1).padStart(String(texts.length).length, '0');
    return { text: text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '').replace(/\s+/g, ' '), code: run('zbarimg', '--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', join(SHOTS, `pdf-${name}-${number}.png`)).trim() };
  });
}

const only = process.argv[3]; /* cases whose name has it, for who mends one */
await runCases([
  ['each_ticket_is_a_page_with_its_code_and_what_it_is_for', async () => {
    const made = await evening('opening', 'Opening night', { name: 'Halle', address: 'Werkstr. 1', city: 'Berlin' });
    const placed = await order(made, ['Ada Lovelace', 'Grace Hopper']);
    const pages = await pagesOf(await pdfOf(placed), 'latin');
    assert.deepEqual(pages.map(({ code }) => code), placed.positions.map(({ ticket }) => ticket.qr));
    for (const [at, { text }] of pages.entries()) {
      for (const said of ['Die Fabrik für Kultur', 'Opening night', 'Sunday, 1 June 2031, 18:30 GMT+9', 'Doors 17:15', 'Halle, Werkstr. 1, Berlin', placed.positions[at].attendeeName, 'Standing', `Order ${placed.code} · ticket ${at + 1} of 2`])
        assert.ok(text.includes(said), `${said} is missing in ${text}`);
    }
    assert.match(run('pdfinfo', 'latin.pdf'), /Title: +Opening night – Order [\s\S]*Tagged: +yes[\s\S]*Page size: +595\.28 x 841\.89 pts \(A4\)/);
  }],

  ['a_telephones_camera_reads_it_off_another_telephone', async () => {
    const made = await evening('phone', 'A small screen', { name: 'Halle' });
    const placed = await order(made, ['Ada']);
    const [page] = await pagesOf(await pdfOf(placed), 'phone', 390 / 8.27); /* as wide as its screen, at one dot a pixel */
    assert.equal(page.code, placed.positions[0].ticket.qr);
  }],

  ['it_is_private_and_named', async () => {
    const made = await evening('private', 'Private', { name: 'Halle' });
    const placed = await order(made, ['Ada']);
    const { headers } = await pdfOf(placed);
    assert.equal(headers.get('content-type'), 'application/pdf');
    assert.equal(headers.get('content-disposition'), `inline; filename="tickets-${placed.code}.pdf"`);
    assert.equal(headers.get('cache-control'), 'private, no-store');
    assert.equal(headers.get('x-robots-tag'), 'noindex');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    const page = await (await fetch(`${origin}/de/order/${placed.code}/${placed.secret}`)).text();
    assert.ok(!page.includes('.pdf"') || page.includes(`href="/de/order/${placed.code}/${placed.secret}.pdf"`));
  }],

  ['japanese_and_arabic_are_written_as_they_are_read', async () => {
    const tokyo = await evening('tokyo', '東京の夏のコンサート', { name: '代々木公園野外ステージ', city: '東京' });
    const placed = await order(tokyo, ['山田 花子']);
    const [page] = await pagesOf(await pdfOf(placed, '/ja'), 'japanese');
    for (const said of ['東京の夏のコンサート', '代々木公園野外ステージ', '山田 花子', '2031年6月1日日曜日', '開場 17:15']) assert.ok(page.text.includes(said), `${said} is missing in ${page.text}`);
    assert.equal(page.code, placed.positions[0].ticket.qr);

    const cairo = await evening('cairo', 'حفل موسيقي في القاهرة (Live 2031)', { name: 'دار الأوبرا', city: 'القاهرة' });
    const arabic = await order(cairo, ['ليلى أحمد']);
    const [seen] = await pagesOf(await pdfOf(arabic, '/ar'), 'arabic');
    for (const said of ['حفل موسيقي في القاهرة', 'Live 2031', 'ليلى أحمد']) assert.ok(seen.text.includes(said), `${said} is missing in ${seen.text}`);
    assert.equal(seen.code, arabic.positions[0].ticket.qr);
    /* Letters that join are other shapes than letters that stand alone: the fonts' own letters would be drawn if nothing shaped them. */
    assert.match(run('pdffonts', 'arabic.pdf'), /Vazirmatn-Bold +CID TrueType +Identity-H +yes yes yes/);
  }],

  ['long_names_stay_on_the_page', async () => {
    const made = await evening('long', 'An evening whose name does not end '.repeat(5).trim(), { name: 'A hall with a name as long as its roof '.repeat(4).trim(), address: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft 1' });
    const placed = await order(made, ['Wolfeschlegelsteinhausenbergerdorff '.repeat(5).trim()]);
    const pages = await pagesOf(await pdfOf(placed), 'long');
    assert.equal(pages.length, 1);
    assert.match(pages[0].text, /…/);
    assert.equal(pages[0].code, placed.positions[0].ticket.qr);
    assert.match(pages[0].text, /keep it to yourself/);
  }],

  ['only_who_has_the_secret_gets_what_is_valid', async () => {
    const made = await evening('right', 'Rights', { name: 'Halle' });
    const placed = await order(made, ['Ada', 'Grace']);
    const other = await order(made, ['Eve'], false);
    assert.equal((await pdfOf({ ...placed, secret: other.secret })).status, 404);
    assert.equal((await pdfOf({ ...placed, secret: placed.secret.slice(1) })).status, 404);
    assert.equal((await pdfOf({ ...placed, code: 'ZZZZZ' })).status, 404);
    const unpaid = await pdfOf(other);
    assert.equal(unpaid.status, 409);
    assert.match(await unpaid.text(), /not paid yet/);
    await ask(server, 'mutation($input: TicketInput!) { revokeTicket(input: $input) { userErrors { code } } }', { input: { ticketId: placed.positions[0].ticket.id } });
    const left = await pagesOf(await pdfOf(placed), 'left');
    assert.deepEqual(left.map(({ code }) => code), [placed.positions[1].ticket.qr]);
  }],

  ['a_crowd_waits_or_is_told_to_come_back', async () => {
    const made = await evening('crowd', 'A crowd', { name: 'Halle' });
    const placed = await order(made, ['Ada']);
    const answers = await Promise.all(Array.from({ length: 30 }, () => pdfOf(placed)));
    const statuses = answers.map(({ status }) => status);
    assert.deepEqual([...new Set(statuses)].sort(), [200, 503]);
    assert.ok(answers.filter(({ status }) => status === 503).every(({ headers }) => headers.get('retry-after') === '5'));
    assert.equal((await pdfOf(placed)).status, 200, 'and it goes on');
    assert.ok(webOf(server), 'in the same process');
  }],

  ['my_tickets_has_those_of_the_account_that_is_signed_in', async () => {
    const made = await evening('account', 'An account’s evening', { name: 'Halle' });
    const placed = await order(made, ['Ada']);
    const elsewhere = await order(made, ['Grace'], true, 'grace@example.org');
    await mutate(server, 'signUp', 'accepted', { email: 'Ada@example.org', name: 'Ada' }, null);
    const { mails } = await ask(server, '{ mails(first: 1) { nodes { token } } }');
    const { session } = await mutate(server, 'verifyEmail', 'session { refreshToken }', { token: mails.nodes[0].token, password: 'a long pass phrase of hers' }, null);
    const browser = await openBrowser();
    const page = await person(browser, origin);
    const kept = page.locator('.kept-order');
    try {
      await page.goto(`/order/${elsewhere.code}/${elsewhere.secret}`);
      await alive(page);
      await page.goto('/tickets');
      await alive(page);
      await kept.filter({ hasText: elsewhere.code }).waitFor();
      assert.equal(await kept.count(), 1, 'nobody is signed in');
      await page.evaluate((refreshToken) => fetch('/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ refreshToken }) }), session.refreshToken);
      await page.reload();
      await page.getByRole('heading', { name: 'Bought with Ada@example.org' }).waitFor();
      await page.locator('section').filter({ has: page.getByRole('heading', { name: /Bought with/ }) }).last().locator('.kept-order').filter({ hasText: placed.code }).waitFor();
      assert.equal(await kept.filter({ hasText: elsewhere.code }).count(), 1, 'that of this browser, too');
      assert.deepEqual(await axe(page), []);
      for (const width of [390, 1440]) {
        await page.setViewportSize({ width, height: 844 });
        await page.screenshot({ path: `${SHOTS}my-tickets-${width}.png`, fullPage: true });
      }
      await kept.filter({ hasText: placed.code }).getByRole('link').click();
      await page.getByRole('link', { name: 'Tickets as PDF' }).waitFor();
      await page.screenshot({ path: `${SHOTS}order-pdf-1440.png` });
      /* The cookie of ten minutes is gone, the session is not. */
      await page.evaluate(() => localStorage.setItem('tessera.account', '1'));
      await page.context().clearCookies({ name: /access$/ });
      await page.goto('/tickets');
      await page.getByRole('heading', { name: 'Bought with Ada@example.org' }).waitFor();
      assert.ok((await page.context().cookies()).some(({ name }) => /access$/.test(name)), 'and has a new one');
      await page.evaluate(() => localStorage.removeItem('tessera.account'));
      await page.evaluate(() => fetch('/session', { method: 'DELETE' }));
      await page.goto('/tickets');
      await kept.filter({ hasText: elsewhere.code }).waitFor();
      assert.equal(await page.getByRole('heading', { name: /Bought with/ }).count(), 0);
      assert.deepEqual(page.complaints, []);
    } finally {
      await browser.close();
    }
  }],
].filter(([name]) => !only || name.includes(only)));
rmSync(folder, { recursive: true });
await site.stop();
