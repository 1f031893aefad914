/*
 * A sale that is paid on Stripe's page, in a real browser: there and back, with scripts and without, and what a buyer sees who
 * turns back. This Stripe is a page with two links; the one with books of its own is tests/support/stripeserver.py.
 */
import assert from 'node:assert';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { runCases } from '../clients/report.mjs';
import { ask, mutate } from '../clients/shop.mjs';
import { alive, axe, openBrowser, person } from './browser.mjs';
import { event, organizer } from './catalogue.mjs';
import { startSite } from './site.mjs';
import { startHosts } from '../widget/hosts.mjs';

const SECRET = 'whsec_test';
const sessions = new Map();
let hears = true;

async function tell(session) {
  const body = JSON.stringify({ id: `evt_${session.id}`, object: 'event', type: 'checkout.session.completed', data: { object: session } });
  const at = Math.floor(Date.now() / 1000);
  const signature = `t=${at},v1=${createHmac('sha256', SECRET).update(`${at}.${body}`).digest('hex')}`;
  const { status } = await fetch(`${origin}/webhooks/stripe`, { method: 'POST', body, headers: { 'stripe-signature': signature, 'content-type': 'application/json' } });
  assert.equal(status, 200);
}

/* Asked by the shop for a page; by a browser for that page, and that it is paid. */
async function serve(request, response) {
  const [, , action, id] = request.url.split('/');
  let text = '';
  for await (const piece of request) text += piece;
  if (request.method === 'POST') {
    const form = new URLSearchParams(text);
    const name = `cs_test_${sessions.size + 1}`;
    const amount = Number(form.get('line_items[0][price_data][unit_amount]'));
    sessions.set(name, { id: name, object: 'checkout.session', status: 'open', payment_status: 'unpaid', url: `${stripe}/c/pay/${name}`, amount_total: amount,
      currency: form.get('line_items[0][price_data][currency]'), metadata: { payment: form.get('metadata[payment]') }, payment_intent: null, form });
    return response.setHeader('content-type', 'application/json').end(JSON.stringify(sessions.get(name)));
  }
  const session = sessions.get(id);
  if (!session) return response.writeHead(404).end();
  const to = (where) => session.form.get(where);
  if (action === 'paid') {
    Object.assign(session, { status: 'complete', payment_status: 'paid', payment_intent: `pi_${id}`, url: null });
    if (hears) await tell(session);
    return response.writeHead(303, { location: to('success_url') }).end();
  }
  response.setHeader('content-type', 'text/html').setHeader('x-frame-options', 'DENY');
  response.end(`<!DOCTYPE html><title>Stripe</title><h1>Pay ${session.amount_total}</h1><a href="/c/paid/${id}">Pay</a> <a href="${to('cancel_url')}">Back</a>`);
}

const server = createServer((request, response) => void serve(request, response));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const stripe = `http://127.0.0.1:${server.address().port}`;
const site = await startSite(process.argv[2], '--stripe-key', 'sk_test_x', '--stripe-webhook-secrets', SECRET, '--stripe-url', stripe, '--outbound-allow', 'stripe=127.0.0.1/32');
const { origin } = site;
const browser = await openBrowser();
const fabrik = await organizer(site.server);
const hosts = await startHosts(origin);
await mutate(site.server, 'setEmbedOrigins', 'organizer { id }', { organizerId: fabrik, origins: [hosts.origin] });

async function settled(page, title) {
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

/* As far as Stripe's page. */
async function toPay(page, slug, scripts) {
  const made = await event(site.server, fabrik, slug, [{ name: 'Entry', price: '12.50', size: 10 }]);
  await page.goto(made.path);
  if (scripts) await alive(page);
  await page.getByRole('combobox', { name: 'Number of tickets: Entry' }).selectOption('2');
  await page.getByRole('button', { name: 'Get tickets' }).click();
  await settled(page, 'Checkout');
  await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill('ada@example.org');
  assert.equal(await page.getByLabel('Card, wallet and more').isChecked(), true);
  await page.getByRole('button', { name: /Order and pay/ }).click();
}

async function orderOf(page) {
  const [, , code, secret] = new URL(page.url()).pathname.split('/');
  return (await ask(site.server, 'query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { status balance { amount } payments { provider status } } }', { code, secret })).order;
}

/* With nothing that the browser complained of. */
const story = (name, run, options) => [name, async () => {
  const page = await person(browser, origin, options);
  await run(page);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}];

await runCases([
  story('a_buyer_pays_on_stripes_page_and_comes_back', async (page) => {
    await toPay(page, 'there', true);
    await settled(page, 'Pay 2500');
    await page.getByRole('link', { name: 'Pay' }).click();
    await settled(page, 'You are going!');
    assert.deepEqual(await orderOf(page), { status: 'PAID', balance: { amount: '0.00' }, payments: [{ provider: 'stripe', status: 'CONFIRMED' }] });
  }),

  story('without_scripts_a_link_leads_on', async (page) => {
    await toPay(page, 'plain', false);
    await settled(page, 'Almost there');
    await page.getByRole('link', { name: 'Go on to the page where you pay' }).click();
    await settled(page, 'Pay 2500');
    await page.getByRole('link', { name: 'Pay' }).click();
    await settled(page, 'You are going!');
  }, { javaScriptEnabled: false }),

  story('who_turns_back_goes_on_or_pays_otherwise', async (page) => {
    await toPay(page, 'back', true);
    await settled(page, 'Pay 2500');
    await page.getByRole('link', { name: 'Back' }).click();
    await settled(page, 'Almost there');
    await alive(page);
    assert.deepEqual(await axe(page), []);
    await page.getByRole('link', { name: 'Go on to the page where you pay' }).click();
    await settled(page, 'Pay 2500');
    await page.getByRole('link', { name: 'Back' }).click();
    await alive(page);
    await page.getByLabel('Test card').first().check();
    await page.getByRole('button', { name: /^Pay/ }).click();
    await settled(page, 'You are going!');
  }),

  story('who_pays_once_more_goes_to_stripe', async (page) => {
    await toPay(page, 'again', true);
    await settled(page, 'Pay 2500');
    await page.getByRole('link', { name: 'Back' }).click();
    await alive(page);
    await page.getByLabel('Card, wallet and more').check();
    await page.getByRole('button', { name: /^Pay/ }).click();
    await settled(page, 'Pay 2500');
  }),

  story('who_has_paid_is_not_asked_again_before_we_hear_of_it', async (page) => {
    await toPay(page, 'quiet', true);
    await settled(page, 'Pay 2500');
    hears = false;
    await page.getByRole('link', { name: 'Pay' }).click();
    await settled(page, 'The payment is on its way');
    hears = true;
    assert.equal(await page.getByRole('button', { name: /^Pay/ }).count(), 0);
    await alive(page);
    await tell([...sessions.values()].at(-1));
    await settled(page, 'You are going!'); /* told, without a reload */
  }),

  ['out_of_a_widgets_frame_the_tab_goes', async () => {
    const made = await event(site.server, fabrik, 'framed', [{ name: 'Entry', price: '12.50', size: 10 }]);
    const page = await person(browser, hosts.origin, { others: [origin] });
    await page.goto(hosts.at('/plain', `<tessera-tickets event="${made.path.slice(3)}"></tessera-tickets>`));
    await page.getByRole('combobox', { name: 'Number of tickets: Entry' }).selectOption('2');
    await page.getByRole('button', { name: 'Get tickets' }).click();
    const frame = page.frameLocator('iframe');
    await frame.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
    await frame.getByLabel('E-mail').fill('ada@example.org');
    await frame.getByRole('button', { name: /Order and pay/ }).click();
    await settled(page, 'Pay 2500');
    await page.getByRole('link', { name: 'Pay' }).click();
    await settled(page, 'You are going!');
    assert.equal(new URL(page.url()).origin, origin);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }],
]);

await browser.close();
await hosts.stop();
await site.stop();
server.closeAllConnections();
server.close();
