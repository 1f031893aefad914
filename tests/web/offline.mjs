/* What is there when nothing answers any more: orders and tickets that were looked at, their list, and the door. */
import assert from 'node:assert';
import { runCases } from '../clients/report.mjs';
import { order, pay, mutate } from '../clients/shop.mjs';
import { OWNER_TOKEN } from '../clients/server.mjs';
import { alive, axe, openBrowser, person } from './browser.mjs';
import { event, organizer } from './catalogue.mjs';
import { startSite } from './site.mjs';

const site = await startSite(process.argv[2]);
const { server, origin } = site;
const browser = await openBrowser();
const made = await event(server, await organizer(server), 'night', [{ name: 'Entry', price: '9.00', size: 9 }], { title: 'Night' });
const bought = await order(server, { event: made.id, type: made.types.Entry });
await pay(server, bought);
await mutate(server, 'createCheckInList', 'checkInList { id }', { eventId: made.id, name: 'Main door' });
const path = `/order/${bought.code}/${bought.secret}`;

const buyer = await person(browser, origin);
const staff = await person(browser, origin);

/* Until the worker has it. */
async function kept(page, ...names) {
  const has = async (wanted) => {
    const addresses = [];
    for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) addresses.push(url);
    return wanted.every((one) => addresses.some((address) => address.includes(one)));
  };
  await page.waitForFunction(has, names);
}

async function codeIsDrawn(page) {
  const code = page.getByRole('img', { name: /^Code/ }).first();
  await page.waitForFunction((image) => image.complete && image.naturalWidth > 0, await code.elementHandle());
}

await runCases([
  ['an_event_page_begins_no_worker', async () => {
    const page = await person(browser, origin);
    await page.goto(made.path);
    await alive(page);
    assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
    await page.goto('/tickets');
    await page.getByText('There are none yet.').waitFor();
    await page.context().close();
  }],

  ['orders_that_were_looked_at_are_remembered', async () => {
    await buyer.goto(path);
    await alive(buyer);
    await kept(buyer, path, '/t/', '/_web/frame-', '/_web/shop-', '/tickets');
    await buyer.getByRole('link', { name: 'Show it alone' }).click();
    await buyer.getByRole('img', { name: 'Code of this ticket, for the door' }).waitFor();
    await buyer.reload();
    await kept(buyer, '/ticket/');
    await buyer.getByRole('link', { name: 'My tickets' }).click();
    await buyer.getByRole('link', { name: 'Night' }).waitFor();
    await buyer.getByText(`1 ticket · Order ${bought.code}`).waitFor();
    assert.deepEqual(await axe(buyer), []);
    assert.deepEqual(buyer.complaints, []);
  }],

  ['the_door_is_kept', async () => {
    await staff.goto('/door');
    await staff.getByText('Use an access token instead').click();
    await staff.getByLabel('Token').fill(OWNER_TOKEN);
    await staff.getByRole('button', { name: 'Use this token' }).click();
    await staff.getByRole('button', { name: /Main door/ }).click();
    await staff.getByText('Online').waitFor();
    await kept(staff, '/door', '/_web/start-', '/_web/door-');
    await staff.reload(); /* through the worker from here on */
    await staff.getByText('Online').waitFor();
    assert.deepEqual(staff.complaints, []);
  }],

  ['without_anything_that_answers_they_are_all_there', async () => {
    await site.stop();
    await buyer.goto('/tickets');
    await buyer.getByRole('link', { name: 'Night' }).click();
    await buyer.getByRole('heading', { level: 1, name: 'You are going!' }).waitFor();
    await codeIsDrawn(buyer);
    await alive(buyer);
    const ticket = await buyer.getByRole('link', { name: 'Show it alone' }).getAttribute('href');
    await buyer.goto(ticket);
    await codeIsDrawn(buyer);
    await buyer.goto('/order/NOTHERE/never-looked-at');
    await buyer.getByRole('heading', { level: 1, name: 'My tickets' }).waitFor();
  }],

  ['the_door_is_opened_again_and_decides', async () => {
    await staff.reload();
    await staff.getByRole('heading', { level: 1, name: 'Main door' }).waitFor();
    await staff.getByText(/Offline/).waitFor();
    await staff.getByLabel('Code', { exact: true }).fill('T1.nonsense');
    await staff.getByRole('button', { name: 'Check' }).click();
    await staff.getByRole('alert').getByText('Not a ticket').waitFor();
  }],

  ['what_is_forgotten_is_gone', async () => {
    await buyer.goto('/tickets');
    await buyer.getByRole('button', { name: 'Forget them in this browser' }).click();
    await buyer.getByText('There are none yet.').waitFor();
    assert.equal(await buyer.evaluate(() => localStorage.getItem('tessera.orders')), null);
    await buyer.waitForFunction(async () => !(await caches.has('tessera-pages-1')));
  }],
]);
await browser.close();
