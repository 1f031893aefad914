/*
 * Whole sales in a real browser, against the real program: free, paid, declined then paid, by transfer, after the hold's
 * time, sold out under two people, a sale that opens while one looks; and the same by plain HTML without scripts.
 */
import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { runCases } from '../clients/report.mjs';
import { ask, mutate } from '../clients/shop.mjs';
import { alive, axe, openBrowser, person } from './browser.mjs';
import { event, hall, organizer, ring, theatre } from './catalogue.mjs';
import { startSite } from './site.mjs';

const program = process.argv[2];
const site = await startSite(program);
const { server, origin } = site;
const browser = await openBrowser();
const fabrik = await organizer(server);

async function advance(ms) {
  const answer = await fetch(`${server.admin}/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: ms }) });
  assert.equal(answer.status, 200);
}

async function choose(page, name, count) {
  await page.getByRole('combobox', { name: `Number of tickets: ${name}` }).selectOption(String(count));
}

async function fill(page, name = 'Ada Lovelace', email = 'ada@example.org') {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('E-mail').fill(email);
}

async function settled(page, title) {
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

/* From the event's page to the checkout. */
async function toCheckout(page, made, name, count) {
  await page.goto(made.path);
  if (page.scripts) await alive(page);
  await choose(page, name, count);
  await page.getByRole('button', { name: /Get tickets|Reserve/ }).click();
  await settled(page, 'Checkout');
}

async function sold(made, name) {
  const data = await ask(server, 'query($id: ID!) { node(id: $id) { ... on Quota { sold held } } }', { id: made.quotas[name] });
  return data.node;
}

/* What was agreed to with the order that the page shows. */
async function consentOf(page) {
  const [, , code, secret] = new URL(page.url()).pathname.split('/');
  return (await ask(server, 'query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { consent { termsHash privacyHash language marketing } } }', { code, secret })).order.consent;
}

/* When the hold of the checkout that the page shows ends, and how far that can be moved. */
async function heldUntil(page) {
  const [, , token] = new URL(page.url()).pathname.split('/');
  const { hold } = await ask(server, 'query($token: String!) { hold(token: $token) { expiresAt extendableUntil } }', { token });
  return { ends: Date.parse(hold.expiresAt), more: Date.parse(hold.extendableUntil) };
}

/* Four minutes before it ends: who hears the page is told, finds the button by keys, and is not lost when it goes. */
async function askByKeys(page, button, { ends }) {
  const said = page.locator('.timer [role=status]');
  assert.equal(await button.count(), 0);
  assert.equal(await said.textContent(), '');
  await page.clock.fastForward(ends - Date.now() - 4 * 60_000);
  await said.filter({ hasText: 'Five minutes left. You can ask for more time.' }).waitFor({ state: 'attached' });
  assert.deepEqual(await axe(page), []);
  await page.evaluate(() => document.activeElement.blur());
  await tabTo(page, button);
  await page.keyboard.press('Enter');
  await said.filter({ hasText: 'You have more time.' }).waitFor({ state: 'attached' });
  assert.equal(await page.evaluate(() => document.activeElement.className), 'timer');
}

const hashOf = (text) => createHash('sha256').update(text).digest('hex');

/* By the key alone, as far as `target`; whatever has the focus on the way can be seen. */
async function tabTo(page, target) {
  for (let steps = 0; steps < 80; steps++) {
    await page.keyboard.press('Tab');
    const covered = await page.evaluate(() => {
      const { activeElement: one } = document;
      const { left, top, width, height } = one.getBoundingClientRect();
      const there = document.elementFromPoint(left + width / 2, top + height / 2);
      return one === document.body || one.contains(there) || there?.contains(one) ? null : one.outerHTML.slice(0, 120);
    });
    assert.equal(covered, null, 'the focus is hidden');
    if (await target.evaluate((one) => one === document.activeElement)) return;
  }
  assert.fail(`no way by keys to ${target}`);
}

/* Each journey is made twice: by scripts, and by forms alone. */
function twice(name, body) {
  return [true, false].map((scripts) => [
    `${name}__${scripts ? 'by_scripts' : 'by_plain_forms'}`,
    async () => {
      const page = await person(browser, origin, { javaScriptEnabled: scripts });
      page.scripts = scripts;
      try {
        await body(page, scripts ? 'live' : 'plain');
        assert.deepEqual(page.complaints, []);
      } finally {
        await page.context().close();
      }
    },
  ]);
}

const only = process.argv[3]; /* cases whose name has it, for who mends one */
await runCases([
  ['a_sale_opens_while_one_looks', async () => {
    const opens = new Date(Date.now() + 6000).toISOString();
    const made = await event(server, fabrik, 'opens', [{ name: 'Entry', price: '10.00', size: 5, saleStartsAt: opens }]);
    const page = await person(browser, origin);
    await page.goto(made.path);
    await alive(page);
    await page.getByText(/On sale/).waitFor();
    assert.equal(await page.getByRole('combobox').count(), 0);
    await page.getByRole('combobox').waitFor();
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ['an_event_is_shared_by_its_address', async () => {
    const made = await event(server, fabrik, 'shared', [{ name: 'Entry', price: '10.00', size: 50, minPerOrder: 2, maxPerOrder: 4 }]);
    const page = await person(browser, origin, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(`/de${made.path}?date=none`);
    assert.equal(await page.getByText('Mindestens 2 je Bestellung · Höchstens 4 je Bestellung').count(), 1);
    await alive(page);
    await page.getByRole('button', { name: 'Teilen' }).click();
    await page.getByText('Der Link ist kopiert.').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${origin}/de${made.path}`);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ...twice('free_sale', async (page, way) => {
    const made = await event(server, fabrik, `free-${way}`, [{ name: 'Entry', price: '0.00', size: 10 }]);
    await toCheckout(page, made, 'Entry', 2);
    await fill(page);
    await page.getByLabel('Ticket 2: Entry').fill('Grace Hopper');
    await page.getByRole('button', { name: 'Get my tickets' }).click();
    await settled(page, 'You are going!');
    assert.match(new URL(page.url()).pathname, /^\/order\/[A-Z379]{5,}\/\w+/);
    assert.equal(await page.getByRole('img', { name: /^Code of the ticket for/ }).count(), 2);
    assert.equal(await page.getByRole('img', { name: 'Code of the ticket for Grace Hopper' }).count(), 1);
    assert.equal(await page.getByRole('img', { name: 'Code of the ticket for Ada Lovelace' }).count(), 1);
    assert.deepEqual(await sold(made, 'Entry'), { sold: 2, held: 0 });
    await page.getByRole('link', { name: 'Show it alone' }).first().click();
    const code = page.getByRole('img', { name: 'Code of this ticket, for the door' });
    await code.waitFor();
    if (page.scripts) await page.waitForFunction((image) => image.complete && image.naturalWidth > 0, await code.elementHandle());
  }),

  ...twice('paid_sale', async (page, way) => {
    const made = await event(server, fabrik, `paid-${way}`, [{ name: 'Entry', price: '12.50', size: 10 }, { name: 'Child', price: '5.00', size: 10 }]);
    await page.goto(made.path);
    if (page.scripts) await alive(page);
    await choose(page, 'Entry', 2);
    await choose(page, 'Child', 1);
    if (page.scripts) await page.getByText('3 tickets').waitFor();
    await page.getByRole('button', { name: 'Get tickets' }).click();
    await settled(page, 'Checkout');
    await fill(page);
    await page.getByRole('button', { name: /Order and pay.*€30\.00/ }).click();
    await settled(page, 'You are going!');
    assert.equal(await page.getByText('€30.00').count(), 1);
    assert.deepEqual(await consentOf(page), { termsHash: null, privacyHash: null, language: 'en', marketing: false });
    assert.deepEqual(await sold(made, 'Entry'), { sold: 2, held: 0 });
  }),

  ...twice('declined_then_paid', async (page, way) => {
    const made = await event(server, fabrik, `declined-${way}`, [{ name: 'Entry', price: '12.50', size: 10 }]);
    await toCheckout(page, made, 'Entry', 1);
    await fill(page);
    await page.getByLabel('Test card that is declined').check();
    await page.getByRole('button', { name: /Order and pay/ }).click();
    await settled(page, 'The payment was declined');
    assert.equal(await page.getByRole('img', { name: /^Code/ }).count(), 0);
    assert.deepEqual(await sold(made, 'Entry'), { sold: 0, held: 1 });
    await page.getByLabel('Test card that is declined').check();
    await page.getByRole('button', { name: /^Pay/ }).click();
    await page.getByRole('alert').filter({ hasText: 'declined' }).waitFor();
    await page.getByLabel('Test card', { exact: false }).first().check();
    await page.getByRole('button', { name: /^Pay/ }).click();
    await settled(page, 'You are going!');
    await page.getByRole('img', { name: /^Code/ }).waitFor();
  }),

  ...twice('transfer_waits_and_is_confirmed', async (page, way) => {
    const made = await event(server, fabrik, `transfer-${way}`, [{ name: 'Entry', price: '12.50', size: 10 }]);
    await toCheckout(page, made, 'Entry', 1);
    await fill(page);
    await page.getByLabel('Transfer, or at the box office').check();
    await page.getByRole('button', { name: /Order and pay/ }).click();
    await settled(page, 'Your places are waiting');
    const [, , code, secret] = new URL(page.url()).pathname.split('/');
    const { order } = await ask(server, 'query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { payments { id } } }', { code, secret });
    await mutate(server, 'confirmPayment', 'order { id }', { paymentId: order.payments[0].id });
    if (!page.scripts) await page.reload();
    await settled(page, 'You are going!'); /* by scripts: told, without a reload */
  }),

  ...twice('wrong_fields_are_named_and_values_stay', async (page, way) => {
    const made = await event(server, fabrik, `fields-${way}`, [{ name: 'Entry', price: '0.00', size: 10 }]);
    await page.goto(made.path);
    if (page.scripts) await alive(page);
    await page.getByRole('button', { name: 'Reserve' }).click();
    await page.getByRole('alert').filter({ hasText: 'how many tickets' }).waitFor();
    await choose(page, 'Entry', 2);
    await page.getByRole('button', { name: 'Reserve' }).click();
    await settled(page, 'Checkout');
    await page.getByLabel('Name', { exact: true }).fill('Ada <b>');
    await page.getByLabel('E-mail').fill('not an address');
    await page.getByLabel('Ticket 2: Entry').fill('Grace');
    await page.getByRole('button', { name: 'Get my tickets' }).click();
    await page.getByText('This does not look like an e-mail address').waitFor();
    assert.equal(await page.getByLabel('E-mail').getAttribute('aria-invalid'), 'true');
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Ada <b>');
    assert.equal(await page.getByLabel('E-mail').inputValue(), 'not an address');
    assert.equal(await page.getByLabel('Ticket 2: Entry').inputValue(), 'Grace');
    await page.getByLabel('E-mail').fill('ada@example.org');
    await page.getByRole('button', { name: 'Get my tickets' }).click();
    await settled(page, 'You are going!');
  }),

  ...twice('the_buyer_agrees_to_what_is_shown', async (page, way) => {
    const slug = `agreed-${way}`;
    const organizerId = await organizer(server, slug, 'Haus Übermut');
    const texts = { organizerId, terms: 'No dogs.\n\nMoney back until May: 100 €.', privacy: 'We keep your name.' };
    await mutate(server, 'setLegalTexts', 'organizer { id }', texts);
    const made = await event(server, organizerId, 'show', [{ name: 'Entry', price: '12.50', size: 10 }], {}, slug);
    await toCheckout(page, made, 'Entry', 1);
    await fill(page);
    const terms = page.getByText('No dogs.');
    assert.equal(await terms.isVisible(), false);
    await page.getByText('Terms of sale and refunds').click();
    await terms.waitFor();
    await page.getByText('Privacy notice').click();
    await page.getByText('We keep your name.').waitFor();
    assert.match(await page.getByRole('link', { name: 'Imprint' }).first().getAttribute('href'), new RegExp(`/o/${slug}/imprint$`));
    const letters = page.getByRole('checkbox', { name: /may write to me about other events/ });
    assert.equal(await letters.isChecked(), false);
    await letters.check();
    const later = { ...texts, terms: 'No cats either.' };
    await mutate(server, 'setLegalTexts', 'organizer { id }', later);
    await page.getByRole('button', { name: /Order and pay/ }).click();
    await page.getByRole('alert').filter({ hasText: 'has just changed the terms' }).waitFor();
    assert.equal(await page.getByText('No cats either.').count(), 1);
    assert.equal(await letters.isChecked(), true);
    await page.getByRole('button', { name: /Order and pay/ }).click();
    await settled(page, 'You are going!');
    assert.deepEqual(await consentOf(page), { termsHash: hashOf(later.terms), privacyHash: hashOf(later.privacy), language: 'en', marketing: true });
    const agreed = page.locator('.agreed');
    await agreed.getByText('Agreed on').waitFor();
    await agreed.getByText('may write to you about other events').waitFor();
    assert.match(await agreed.getByRole('link', { name: 'terms of sale and refunds' }).getAttribute('href'), new RegExp(`/o/${slug}/terms$`));
  }),

  ...twice('more_time_is_had_by_asking_for_it', async (page, way) => {
    const made = await event(server, fabrik, `longer-${way}`, [{ name: 'Entry', price: '10.00', size: 10 }]);
    if (page.scripts) await page.clock.install();
    await toCheckout(page, made, 'Entry', 2);
    await fill(page);
    await page.getByLabel('Ticket 2: Entry').fill('Grace Hopper');
    await page.getByLabel('Transfer, or at the box office').check();
    const button = page.getByRole('button', { name: 'Keep my places longer' });
    const before = await heldUntil(page);
    assert.equal(before.more - before.ends, 45 * 60_000);
    await advance(11 * 60_000);
    if (page.scripts) await askByKeys(page, button, before);
    else await button.click();
    await page.waitForFunction(() => !document.querySelector('.timer-last, .timer-soon'));
    const after = await heldUntil(page);
    assert.ok(after.ends - before.ends >= 11 * 60_000 && after.more === before.more, JSON.stringify([before, after]));
    assert.equal(await page.getByLabel('E-mail').inputValue(), 'ada@example.org');
    assert.equal(await page.getByLabel('Ticket 2: Entry').inputValue(), 'Grace Hopper');
    assert.equal(await page.getByLabel('Transfer, or at the box office').isChecked(), true);
    await page.getByRole('button', { name: /Order and pay/ }).click();
    await page.waitForURL(/\/order\//);
    assert.deepEqual(await sold(made, 'Entry'), { sold: 0, held: 2 });
  }),

  ['other_tabs_hear_of_more_time', async () => {
    const made = await event(server, fabrik, 'tabs', [{ name: 'Entry', price: '10.00', size: 10 }]);
    const page = await person(browser, origin);
    page.scripts = true;
    await page.clock.install();
    await toCheckout(page, made, 'Entry', 1);
    const tab = await page.context().newPage();
    await tab.goto(page.url());
    await alive(tab);
    const before = await heldUntil(page);
    await advance(11 * 60_000);
    await page.clock.fastForward(before.ends - Date.now() - 4 * 60_000); /* in both */
    await tab.locator('.timer-soon').waitFor();
    await page.getByRole('button', { name: 'Keep my places longer' }).click();
    await tab.waitForFunction(() => Number(document.querySelector('.timer-left').textContent.split(':')[0]) > 10);
    assert.equal(await tab.locator('.timer-soon').count(), 0);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ...twice('hold_that_expired_is_had_again_with_what_changed', async (page, way) => {
    const made = await event(server, fabrik, `expired-${way}`, [{ name: 'Entry', price: '10.00', size: 10 }, { name: 'Extra', price: '3.00', size: 1 }]);
    await page.goto(made.path);
    if (page.scripts) await alive(page);
    await choose(page, 'Entry', 2);
    await choose(page, 'Extra', 1);
    await page.getByRole('button', { name: 'Get tickets' }).click();
    await settled(page, 'Checkout');
    await advance(16 * 60_000);
    await mutate(server, 'updateTicketType', 'ticketType { id }', { ticketTypeId: made.types.Entry, price: '11.00' });
    await mutate(server, 'holdTickets', 'hold { id }', { eventId: made.id, lines: [{ ticketTypeId: made.types.Extra, quantity: 1 }] }, null);
    await fill(page);
    await page.getByRole('button', { name: /Order and pay/ }).click();
    await page.getByRole('heading', { name: 'Your time is over' }).waitFor();
    await page.getByRole('button', { name: 'Get them again' }).click();
    await page.getByRole('heading', { name: 'Not everything is as it was' }).waitFor();
    await page.getByText('is gone, somebody else has it now').waitFor();
    assert.equal(await page.getByText('€11.00 now, before it was').count(), 2);
    if (page.scripts) assert.equal(await page.getByLabel('E-mail').inputValue(), 'ada@example.org');
    await fill(page);
    await page.getByRole('button', { name: /Order and pay.*€22\.00/ }).click();
    await settled(page, 'You are going!');
  }),

  ...twice('through_the_waiting_room', async (page, way) => {
    const made = await event(server, fabrik, `room-${way}`, [{ name: 'Entry', price: '0.00', size: 10 }]);
    await mutate(server, 'setWaitingRoom', 'waitingRoom { state }', { eventId: made.id, enabled: true, startsAt: '2020-01-01T00:00:00Z', admitPerMinute: 600, message: 'We begin at ten.' });
    await page.goto(made.path);
    if (page.scripts) await alive(page);
    assert.equal(await page.getByRole('combobox').count(), 0);
    await page.getByText('We begin at ten.').waitFor();
    await page.getByRole('button', { name: 'Get in line' }).click();
    await page.waitForURL(/\/queue\//);
    const turn = page.getByRole('heading', { level: 1, name: 'It is your turn' });
    for (let tries = 0; !page.scripts && !(await turn.count()) && tries < 20; tries++) {
      await page.waitForTimeout(300);
      await page.reload(); /* the place stays */
    }
    await turn.waitFor();
    await choose(page, 'Entry', 2);
    await page.getByRole('button', { name: 'Reserve' }).click();
    await settled(page, 'Checkout');
    await fill(page);
    await page.getByRole('button', { name: 'Get my tickets' }).click();
    await settled(page, 'You are going!');
    assert.deepEqual(await sold(made, 'Entry'), { sold: 2, held: 0 });
  }),

  ...twice('who_waits_keeps_his_place_and_may_give_it_up', async (page, way) => {
    const made = await event(server, fabrik, `line-${way}`, [{ name: 'Entry', price: '0.00', size: 10 }]);
    await mutate(server, 'setWaitingRoom', 'waitingRoom { state }', { eventId: made.id, enabled: true, startsAt: '2020-01-01T00:00:00Z', admitPerMinute: 1, maxActive: 1 });
    for (let before = 0; before < 3; before++) await mutate(server, 'joinWaitingRoom', 'place { id }', { eventId: made.id }, null);
    await page.goto(made.path);
    if (page.scripts) await alive(page);
    await page.getByRole('button', { name: 'Get in line' }).click();
    await settled(page, 'You are in line');
    const place = async () => Number((await page.locator('.standing-number span').textContent()) ?? 0);
    const first = await place();
    assert.ok(first >= 1 && first <= 4, `${first}`);
    await page.reload();
    assert.ok((await place()) <= first);
    await page.getByRole('button', { name: 'Give up my place' }).click();
    await settled(page, `line-${way}`);
  }),

  ...twice('seats_are_chosen_by_hand', async (page, way) => {
    const made = await event(server, fabrik, `seats-${way}`, [{ name: 'Seat', price: '20.00', size: 12 }]);
    await mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: made.quotas.Seat, sections: hall() });
    await page.goto(made.path);
    if (page.scripts) await alive(page);
    await page.getByRole('link', { name: 'Choose seats on the plan' }).click();
    await settled(page, 'Choose your seats');
    await page.getByRole('button', { name: 'Take these seats' }).click();
    await page.getByRole('alert').filter({ hasText: 'at least one seat' }).waitFor();
    if (page.scripts) await page.locator('[data-seat]').nth(2).click(); /* on the map: A 3 */
    await page.locator('summary').filter({ hasText: 'Stalls' }).click();
    const box = (row, number) => page.getByRole('group', { name: `Stalls, Row ${row}` }).getByRole('checkbox', { name: number, exact: true });
    if (!page.scripts) await box('A', '3').check();
    await box('A', '4').check();
    if (page.scripts) await page.getByText('2 seats:').waitFor();
    await page.getByRole('button', { name: 'Take these seats' }).click();
    await settled(page, 'Checkout');
    await page.getByText('Stalls A 3').first().waitFor();
    await page.getByText('Stalls A 4').first().waitFor();
    await fill(page);
    await page.getByRole('button', { name: /Order and pay.*€40\.00/ }).click();
    await settled(page, 'You are going!');
    assert.ok((await page.getByText('Stalls A 3').count()) >= 1);
  }),

  ...twice('seats_of_a_large_hall_are_chosen_by_section', async (page, way) => {
    const made = await event(server, fabrik, `theatre-${way}`, [{ name: 'Full', price: '20.00' }, { name: 'Student', price: '8.00' }]);
    const { quota } = await mutate(server, 'createQuota', 'quota { id }', { eventId: made.id, name: 'House', size: 0, ticketTypeIds: Object.values(made.types) });
    await mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: quota.id, sections: theatre() });
    await page.goto(made.path);
    if (page.scripts) await alive(page);
    await page.getByRole('link', { name: 'Choose seats on the plan' }).click();
    await settled(page, 'Choose your seats');
    assert.deepEqual(await page.getByRole('listitem').filter({ hasText: /\d+ free/ }).allTextContents(), ['Stalls743 free · from €8.00', 'Circle453 free · from €8.00', 'Balcony804 free · from €8.00']);
    assert.equal(await page.getByRole('button', { name: 'Take these seats' }).count(), 0);
    await page.getByRole('link', { name: /Circle/ }).click();
    await page.getByRole('heading', { level: 2, name: 'Circle' }).waitFor();
    await page.getByRole('radio', { name: /Student/ }).check();
    await page.locator('summary').filter({ hasText: 'Circle' }).click();
    const box = (section, row, number) => page.getByRole('group', { name: `${section}, Row ${row}` }).getByRole('checkbox', { name: number, exact: true });
    await box('Circle', 'A', '3').check();
    await box('Circle', 'A', '4').check();
    if (page.scripts) {
      await page.goBack();
      await page.getByRole('group', { name: 'Chosen in other sections' }).getByRole('checkbox', { name: 'Circle, row A, seat 4' }).click();
      await page.getByText('1 seat:').waitFor();
      await page.locator('.map-hall a').filter({ hasText: 'Stalls' }).click();
      await page.getByRole('heading', { level: 2, name: 'Stalls' }).waitFor();
      await page.locator('[data-seat]').first().click();
      await page.getByText('2 seats:').waitFor();
    }
    await page.getByRole('button', { name: 'Take these seats' }).click();
    await settled(page, 'Checkout');
    await page.getByText('Circle A 3').first().waitFor();
    await page.getByText(page.scripts ? 'Stalls A 1' : 'Circle A 4').first().waitFor();
    await fill(page);
    await page.getByRole('button', { name: /Order and pay.*€16\.00/ }).click();
    await settled(page, 'You are going!');
  }),

  ['a_stadium_fits_a_telephone', async () => {
    const made = await event(server, fabrik, 'stadium', [{ name: 'Lower', price: '60.00', size: 0 }, { name: 'Upper', price: '30.00', size: 0 }]);
    await mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: made.quotas.Lower, sections: ring(40, 101, 4200) });
    await mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: made.quotas.Upper, sections: ring(40, 201, 5500) });
    const page = await person(browser, origin, { viewport: { width: 390, height: 844 } });
    const sized = async (most) => {
      const { nodes, bytes } = await page.evaluate(() => ({ nodes: document.querySelectorAll('*').length, bytes: performance.getEntriesByType('navigation')[0].decodedBodySize }));
      assert.ok(nodes < most.nodes && bytes < most.bytes, `${nodes} nodes, ${bytes} bytes`);
    };
    await page.goto(made.path);
    await alive(page);
    await page.getByRole('link', { name: 'Choose seats on the plan' }).click();
    await settled(page, 'Choose your seats');
    await page.reload();
    await alive(page);
    await sized({ nodes: 1500, bytes: 120_000 });
    assert.deepEqual(await axe(page), []);
    const lower = page.getByRole('link', { name: /^105/ });
    await lower.filter({ hasText: '250 free · €60.00' }).waitFor();

    /* Somebody takes a seat there while one looks at the hall, and another while one looks at the section. */
    const take = (place) => mutate(server, 'holdTickets', 'hold { id }', { eventId: made.id, lines: [{ ticketTypeId: made.types.Lower, quantity: 1, seatIds: [`${made.quotas.Lower}/${place}`] }] }, null);
    await take(4 * 250);
    await lower.filter({ hasText: '249 free' }).waitFor();
    await lower.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 2, name: '105' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent === '105');
    const drawn = (place) => page.locator(`[data-seat="${made.quotas.Lower}/${place}"].seat-taken`);
    await drawn(4 * 250).waitFor();
    await take(4 * 250 + 7);
    await drawn(4 * 250 + 7).waitFor();
    await page.goBack();
    await page.waitForFunction(() => document.activeElement?.textContent?.startsWith('105'));
    await lower.filter({ hasText: '248 free' }).waitFor();

    /* The address of a section is one to come back to; of one that is gone it is the hall's. */
    await page.goForward();
    await page.getByRole('heading', { level: 2, name: '105' }).waitFor();
    await page.reload();
    await alive(page);
    await sized({ nodes: 2500, bytes: 200_000 });
    assert.deepEqual(await axe(page), []);
    await page.goto(page.url().replace('%2F105', '%2F999'));
    await page.getByRole('heading', { level: 2, name: 'Sections' }).waitFor();
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ['a_form_sent_before_the_page_is_alive_is_sent', async () => {
    const made = await event(server, fabrik, 'early', [{ name: 'Entry', price: '10.00', size: 50 }]);
    const held = async () => (await mutate(server, 'holdTickets', 'hold { token }', { eventId: made.id, lines: [{ ticketTypeId: made.types.Entry, quantity: 1 }] }, null)).hold.token;
    const givenBack = async (page) => {
      await settled(page, 'early');
      await page.context().close();
      assert.deepEqual(await sold(made, 'Entry'), { sold: 0, held: 0 });
    };
    const slow = await person(browser, origin);
    await slow.route('**/_web/*.js', async (route) => {
      await new Promise((done) => setTimeout(done, 1000));
      await route.continue();
    });
    await slow.goto(`/checkout/${await held()}`);
    await slow.getByRole('button', { name: 'Give these tickets back' }).click();
    await givenBack(slow);

    /* React has taken the page over, and its effects, which begin the sagas, are still to come. */
    const page = await person(browser, origin);
    await page.addInitScript(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        const root = Object.keys(document).find((key) => key.startsWith('__reactContainer'));
        if (!root || document[root].stateNode.current.memoizedState.isDehydrated) return port2.postMessage(null);
        return [...document.querySelectorAll('button')].find((button) => button.textContent === 'Give these tickets back').click();
      };
      if (location.pathname.startsWith('/checkout/')) port2.postMessage(null);
    });
    await page.goto(`/checkout/${await held()}`);
    await givenBack(page);
  }],

  ['a_button_pressed_before_the_page_is_alive_is_pressed', async () => {
    const made = await event(server, fabrik, 'pressed-early', [{ name: 'Seat', price: '20.00', size: 12 }]);
    await mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: made.quotas.Seat, sections: hall() });
    const page = await person(browser, origin);
    const path = (await (await fetch(origin + made.path)).text()).match(/href="([^"]*\/seats\?date=\w+)"/)[1];
    let letThrough;
    const blocked = new Promise((done) => (letThrough = done));
    await page.route(/_web\/browser-/, async (route) => {
      await blocked;
      await route.continue();
    });
    await page.goto(path);
    await page.getByRole('button', { name: 'Closer' }).click();
    assert.equal(await page.locator('.map-hall-1').count(), 1);
    letThrough();
    await alive(page);
    await page.locator('.map-hall-2').waitFor();
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ['a_seat_that_somebody_takes_is_told_at_once', async () => {
    const made = await event(server, fabrik, 'contested', [{ name: 'Seat', price: '20.00', size: 12 }]);
    await mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: made.quotas.Seat, sections: hall() });
    const page = await person(browser, origin);
    await page.goto(made.path);
    await alive(page);
    await page.getByRole('link', { name: 'Choose seats on the plan' }).click();
    await settled(page, 'Choose your seats');
    const seat = page.locator('[data-seat]').nth(7);
    const seatId = await seat.getAttribute('data-seat');
    await seat.click();
    await page.getByText('1 seat:').waitFor();
    await mutate(server, 'holdTickets', 'hold { id }', { eventId: made.id, lines: [{ ticketTypeId: made.types.Seat, quantity: 1, seatIds: [seatId] }] }, null);
    await page.getByText('Just taken by somebody else: Stalls, row B, seat 2').waitFor();
    assert.equal(await page.locator(`[data-seat="${seatId}"].seat-taken`).count(), 1);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ['a_plan_that_is_changed_is_drawn_anew', async () => {
    const made = await event(server, fabrik, 'redrawn', [{ name: 'Seat', price: '20.00', size: 12 }]);
    const draw = (...sections) => mutate(server, 'setSeatPlan', 'quota { size }', { quotaId: made.quotas.Seat, sections: sections.flatMap((name) => hall(name)) });
    await draw('Stalls');
    const page = await person(browser, origin);
    await page.goto(made.path);
    await alive(page);
    await page.getByRole('link', { name: 'Choose seats on the plan' }).click();
    await settled(page, 'Choose your seats');
    assert.equal(await page.locator('[data-seat]').count(), 12);
    await page.locator('[data-seat]').first().click();
    await page.getByText('1 seat:').waitFor();
    await draw('Stalls', 'Circle');
    await page.locator('[data-seat]').nth(23).waitFor();
    await page.getByText('1 seat:').waitFor();
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ...twice('given_back_places_are_on_sale_again', async (page, way) => {
    const made = await event(server, fabrik, `back-${way}`, [{ name: 'Entry', price: '10.00', size: 2 }]);
    await toCheckout(page, made, 'Entry', 2);
    assert.deepEqual(await sold(made, 'Entry'), { sold: 0, held: 2 });
    await page.getByRole('button', { name: 'Give these tickets back' }).click();
    await settled(page, `back-${way}`);
    assert.deepEqual(await sold(made, 'Entry'), { sold: 0, held: 0 });
    assert.equal(new URL(page.url()).pathname, made.path);
  }),

  ...twice('a_sale_goes_on_in_its_language', async (page, way) => {
    const made = await event(server, fabrik, `arabic-${way}`, [{ name: 'Entry', price: '12.50', size: 10 }]);
    await page.goto(made.path);
    await page.getByRole('link', { name: 'العربية' }).click();
    if (page.scripts) await alive(page);
    await page.getByRole('button', { name: 'شراء التذاكر' }).click();
    await page.getByRole('alert').filter({ hasText: 'يرجى اختيار عدد التذاكر.' }).waitFor();
    await page.getByRole('combobox').selectOption('2');
    await page.getByRole('button', { name: 'شراء التذاكر' }).click();
    await settled(page, 'إتمام الشراء');
    await page.getByLabel('الاسم', { exact: true }).fill('آدا لوفلايس');
    await page.getByLabel('البريد الإلكتروني').fill('ada@example.org');
    await page.getByLabel('بطاقة تجريبية تُرفض').check();
    await page.getByRole('button', { name: /اطلب وادفع/ }).click();
    await settled(page, 'رُفضت الدفعة');
    await page.getByRole('button', { name: /^ادفع/ }).click();
    await settled(page, 'أنت ذاهب!');
    assert.match(new URL(page.url()).pathname, /^\/ar\/order\//);
    assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), ['ar', 'rtl']);
    assert.deepEqual(await sold(made, 'Entry'), { sold: 2, held: 0 });
  }),

  ['an_event_is_shown_without_asking_twice', async () => {
    const made = await event(server, fabrik, 'once', [{ name: 'Entry', price: '10.00', size: 2 }]);
    const page = await person(browser, origin);
    await page.goto(made.path);
    await alive(page);
    await page.waitForTimeout(300);
    assert.deepEqual(page.asked, ['EventLive']);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ['sold_out_under_two_people', async () => {
    const made = await event(server, fabrik, 'last', [{ name: 'Entry', price: '10.00', size: 1 }]);
    const [ada, eve] = [await person(browser, origin), await person(browser, origin)];
    const deaf = await person(browser, origin); /* is not told of changes */
    await deaf.route(/\/graphql\?/, (route) => route.abort());
    for (const page of [ada, eve, deaf]) {
      await page.goto(made.path);
      await alive(page);
      await choose(page, 'Entry', 1);
    }
    await ada.getByRole('button', { name: 'Get tickets' }).click();
    await settled(ada, 'Checkout');
    await eve.getByText('All in other carts').waitFor();
    assert.equal(await eve.getByRole('combobox').count(), 0);
    await deaf.getByRole('button', { name: 'Get tickets' }).click();
    await deaf.getByRole('alert').filter({ hasText: 'in other carts' }).waitFor();
    await fill(ada);
    await ada.getByRole('button', { name: /Order and pay/ }).click();
    await settled(ada, 'You are going!');
    await eve.getByText('Sold out', { exact: true }).waitFor();
    assert.deepEqual(await sold(made, 'Entry'), { sold: 1, held: 0 });
    assert.deepEqual([...ada.complaints, ...eve.complaints], []);
    for (const page of [ada, eve, deaf]) await page.context().close();
  }],

  ['a_sale_by_keys_alone_on_a_small_screen', async () => {
    const made = await event(server, fabrik, 'keys', [{ name: 'Entry', price: '10.00', size: 5 }]);
    const page = await person(browser, origin, { viewport: { width: 320, height: 640 }, reducedMotion: 'reduce', forcedColors: 'active' });
    await page.goto(made.path);
    await alive(page);
    await tabTo(page, page.getByRole('link', { name: 'Skip to content' }));
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('combobox', { name: 'Number of tickets: Entry' }));
    await page.keyboard.press('2');
    await tabTo(page, page.getByRole('button', { name: 'Get tickets' }));
    await page.keyboard.press('Enter');
    await settled(page, 'Checkout');
    await tabTo(page, page.getByLabel('Name', { exact: true }));
    await page.keyboard.type('Ada');
    await tabTo(page, page.getByLabel('E-mail'));
    await page.keyboard.type('ada@example.org');
    const letters = page.getByRole('checkbox', { name: /may write to me/ });
    await tabTo(page, letters);
    await page.keyboard.press('Space');
    assert.equal(await letters.isChecked(), true);
    await tabTo(page, page.getByRole('button', { name: /Order and pay/ }));
    await page.keyboard.press('Enter');
    await settled(page, 'You are going!');
    assert.deepEqual(await axe(page), []);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ['the_cart_is_found_again_from_any_page', async () => {
    const made = await event(server, fabrik, 'cart', [{ name: 'Entry', price: '10.00', size: 5 }]);
    const page = await person(browser, origin);
    page.scripts = true;
    await toCheckout(page, made, 'Entry', 2);
    await page.getByRole('link', { name: 'Tessera' }).click();
    await settled(page, 'What is on');
    await page.reload();
    await page.getByRole('link', { name: /Your cart/ }).click();
    await settled(page, 'Checkout');
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],

  ['a_slip_in_the_address_is_noticed', async () => {
    const made = await event(server, fabrik, 'slip', [{ name: 'Entry', price: '0.00', size: 5 }]);
    const page = await person(browser, origin);
    page.scripts = true;
    await toCheckout(page, made, 'Entry', 1);
    await page.getByLabel('E-mail').fill('ada@gmial.com');
    await page.getByRole('button', { name: 'ada@gmail.com' }).click();
    assert.equal(await page.getByLabel('E-mail').inputValue(), 'ada@gmail.com');
    await page.context().close();
  }],
].filter(([name]) => !only || name.includes(only)));
await browser.close();
await site.stop();
