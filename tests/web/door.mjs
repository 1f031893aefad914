/*
 * The door in a real browser, against the real program: by hand scanner, by camera, twice, at a wrong door, without a network
 * and after it. Pictures of it go into build/screenshots beside those of the shop's pages (looks.mjs).
 */
import assert from 'node:assert';
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCases } from '../clients/report.mjs';
import { OWNER_TOKEN } from '../clients/server.mjs';
import { ask, mutate } from '../clients/shop.mjs';
import { alive, axe, openBrowser, person } from './browser.mjs';
import { event, inDays, organizer } from './catalogue.mjs';
import { startSite } from './site.mjs';

const SHOTS = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));

const program = process.argv[2];
const site = await startSite(program, '--sandbox');
const { server, origin } = site;
const browser = await openBrowser();
mkdirSync(SHOTS, { recursive: true });
const fabrik = await organizer(server);
const other = await event(server, fabrik, 'other', [{ name: 'Entry', price: '0.00', size: 50 }], { title: 'Another evening' });

/* Tickets that were given away. Return: {id, secret, qr} of each. */
async function sell(made, type, ...names) {
  const buyer = (name, selection, input) => mutate(server, name, selection, input, null);
  const { token } = (await buyer('holdTickets', 'hold { token }', { eventId: made.id, lines: [{ ticketTypeId: made.types[type], quantity: names.length }] })).hold;
  const input = { holdToken: token, email: 'ada@example.org', name: 'Ada', attendees: names.map((name) => ({ name })) };
  const { code, secret } = (await buyer('placeOrder', 'order { code secret }', input)).order;
  const query = 'query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { positions { attendeeName ticket { id secret qr } } } }';
  const { positions } = (await ask(server, query, { code, secret }, null)).order;
  return names.map((name) => positions.find(({ attendeeName }) => attendeeName === name).ticket);
}

async function list(made, name, rest = {}) {
  return (await mutate(server, 'createCheckInList', 'checkInList { id }', { eventId: made.id, name, ...rest })).checkInList.id;
}

/* An event with a list, its door, and a ticket each for the names. */
async function evening(slug, names, rest = {}) {
  const made = await event(server, fabrik, slug, [{ name: 'Entry', price: '0.00', size: 50 }, { name: 'Backstage', price: '0.00', size: 50 }], { title: `Evening ${slug}` });
  const tickets = await sell(made, 'Entry', ...names);
  return { ...made, tickets, list: await list(made, `Door ${slug}`, rest) };
}

/* What an authenticator app shows now (RFC 6238). */
function totp(secret) {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((digit) => digits.indexOf(digit).toString(2).padStart(5, '0')).join('');
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/* What is on record of a list, oldest first. */
async function recorded(listId) {
  const query = 'query($id: ID!) { checkInList(id: $id) { inside checkIns(first: 50) { nodes { direction result forced gate at ticket { id } } } } }';
  const { inside, checkIns } = (await ask(server, query, { id: listId })).checkInList;
  return { inside, scans: checkIns.nodes.reverse() };
}

async function elsewhere(listId, qr, gate = 'A') {
  return (await mutate(server, 'checkIn', 'result', { listId, qr, nonce: `elsewhere ${Math.random()}`, gate })).result;
}

async function signIn(page) {
  await page.goto('/door');
  await page.getByText('Use an access token instead').click();
  await page.getByLabel('Token').fill(OWNER_TOKEN);
  await page.getByRole('button', { name: 'Use this token' }).click();
  await page.getByRole('heading', { name: 'Which door?' }).waitFor();
}

async function openDoor(page, name, gate = 'B') {
  await signIn(page);
  await page.getByLabel('Name of this gate').fill(gate);
  await page.getByRole('button', { name }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

async function scan(page, code) {
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.keyboard.press('Enter');
}

/* As a hand scanner does: keys, nowhere in particular, and Enter. */
async function scanByHand(page, code) {
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
}

/* The screen says so, whole. It is asked inside the page, for what is shown is soon gone. */
async function verdict(page, ...texts) {
  const patterns = texts.map((text) => (text instanceof RegExp ? text.source : text));
  const rect = await page.waitForFunction((wanted) => {
    const place = document.querySelector('[role=alert] > .verdict');
    const { x, y, width, height } = place?.getBoundingClientRect() ?? {};
    return wanted.every((pattern) => new RegExp(pattern).test(place?.innerText ?? '')) && place && { x, y, width, height };
  }, patterns);
  const { width, height } = page.viewportSize();
  assert.deepEqual(await rect.jsonValue(), { x: 0, y: 0, width, height });
}

async function closed(page) {
  await page.locator('.verdict').waitFor({ state: 'detached' });
}

const badge = (page, text) => page.locator('.door-network').filter({ hasText: text });

/* A code as another key would have signed it. */
function forged(qr) {
  const [version, payload, signature] = qr.split('.');
  return [version, payload, signature.slice(0, 10) + (signature[10] === 'A' ? 'B' : 'A') + signature.slice(11)].join('.');
}

/* What a browser without a network says by itself. */
const isNetwork = (text) => /net::ERR_|Failed to fetch/.test(text);

async function withPage(body, options) {
  const page = await person(browser, origin, options);
  try {
    await body(page);
    assert.deepEqual(page.complaints.filter((text) => !isNetwork(text)), []);
  } finally {
    await page.context().close();
  }
}

/* A film of the picture at `path`, as Chromium's fake camera takes it (YUV4MPEG2): grey, 640 by 480. */
async function film(page, path, file) {
  const grey = await page.evaluate(async (address) => {
    const picture = await createImageBitmap(await (await fetch(address)).blob());
    const context = new OffscreenCanvas(640, 480).getContext('2d');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, 640, 480);
    context.drawImage(picture, 150, 70, 340, 340);
    const { data } = context.getImageData(0, 0, 640, 480);
    return Array.from({ length: 640 * 480 }, (_, at) => data[4 * at]);
  }, path);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), Buffer.from(grey), Buffer.alloc(640 * 240, 128)]);
  writeFileSync(file, Buffer.concat([Buffer.from('YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n'), frame, frame]));
}

const only = process.argv[3]; /* cases whose name has it, for who mends one */
await runCases([
  ['a_ticket_is_admitted_once', () => withPage(async (page) => {
    const door = await evening('once', ['Grace Hopper', 'Ada Lovelace']);
    await openDoor(page, 'Door once');
    await page.getByText('0 of 2 inside').waitFor();
    await scanByHand(page, door.tickets[0].qr);
    await verdict(page, 'Admitted', 'Grace Hopper', 'Entry');
    await page.getByText('1 of 2 inside').waitFor();
    await closed(page);
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Already used', 'Grace Hopper', /Used \d\d:\d\d at gate B/);
    await page.keyboard.press('Escape');
    await closed(page);
    await page.getByLabel('Code', { exact: true }).fill(` ${door.tickets[1].qr} `);
    await page.getByRole('button', { name: 'Check' }).click();
    await verdict(page, 'Admitted', 'Ada Lovelace');
    const { inside, scans } = await recorded(door.list);
    assert.equal(inside, 2);
    assert.deepEqual(scans.map(({ result, gate, forced }) => [result, gate, forced]), [['OK', 'B', false], ['ALREADY_REDEEMED', 'B', false], ['OK', 'B', false]]);
  })],

  ['a_verdict_is_shown_for_a_second_and_a_half', () => withPage(async (page) => {
    const door = await evening('moment', ['Ada']);
    await openDoor(page, 'Door moment');
    const shown = page.evaluate(() => new Promise((resolve) => {
      let fromMs = null;
      new MutationObserver(() => {
        const isShown = document.querySelector('.verdict') !== null;
        if (isShown) fromMs ??= performance.now();
        else if (fromMs !== null) resolve(performance.now() - fromMs);
      }).observe(document.body, { subtree: true, childList: true });
    }));
    await scan(page, door.tickets[0].qr);
    const shownMs = await shown;
    assert.ok(shownMs > 1400 && shownMs < 3000, `${shownMs} ms`);
  })],

  ['tickets_of_another_event_or_kind_are_told', () => withPage(async (page) => {
    const door = await evening('kinds', ['Ada']);
    await list(door, 'Stage door', { ticketTypeIds: [door.types.Backstage] });
    const [foreign] = await sell(other, 'Entry', 'Mallory');
    await openDoor(page, 'Stage door');
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Other door', 'Ada');
    await closed(page);
    await scan(page, foreign.qr);
    await verdict(page, 'Other event');
    assert.equal(await page.locator('.verdict').filter({ hasText: 'Mallory' }).count(), 0);
    await closed(page);
    await scan(page, forged(door.tickets[0].qr));
    await verdict(page, 'Not a ticket');
  })],

  ['who_has_no_code_is_found_by_name_and_let_in', () => withPage(async (page) => {
    const door = await evening('names', ['Grace Hopper', 'Zoë O’Hara', 'Grace Kelly']);
    const { codes } = await ask(server, 'query($id: ID!) { codes: node(id: $id) { ... on Event { orders { nodes { code } } } } }', { id: door.id });
    const code = codes.orders.nodes[0].code;
    await openDoor(page, 'Door names');
    const guests = page.locator('.door-guest');
    await page.getByLabel('Name or order number').fill('grace');
    await page.getByText('2 tickets found').waitFor();
    assert.deepEqual(await guests.locator('strong').allTextContents(), ['Grace Hopper', 'Grace Kelly']);
    await page.getByRole('button', { name: 'Let in Grace Hopper' }).click();
    await verdict(page, 'Admitted', 'Grace Hopper', 'Entry');
    await page.getByText('1 of 3 inside').waitFor();
    await closed(page);
    await page.getByRole('button', { name: 'Let in Grace Hopper' }).click();
    await verdict(page, 'Already used', /Used \d\d:\d\d at gate B/);
    await closed(page);
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Already used');
    await page.getByLabel('Name or order number').fill(code.toLowerCase());
    await page.getByText('3 tickets found').waitFor();
    await page.getByLabel('Name or order number').fill('nobody of that name');
    await page.getByText('Nobody found.').waitFor();
    assert.deepEqual((await recorded(door.list)).scans.map(({ result, forced }) => [result, forced]), [['OK', false], ['ALREADY_REDEEMED', false], ['ALREADY_REDEEMED', false]]);
  })],

  ['without_a_network_names_are_found_on_the_device', () => withPage(async (page) => {
    const door = await evening('kept', ['Grace Hopper', '山田 花子']);
    const kept = page.waitForResponse((answer) => answer.url().endsWith('/graphql') && (answer.request().postData() ?? '').includes('"DoorGuests"'));
    await openDoor(page, 'Door kept');
    await kept;
    await page.waitForFunction(() => new Promise((resolve) => {
      const opened = indexedDB.open('tessera-door');
      opened.onsuccess = () => {
        const asked = opened.result.transaction('guests').objectStore('guests').count();
        asked.onsuccess = () => { opened.result.close(); resolve(asked.result >= 2); };
      };
    }));
    await page.context().setOffline(true);
    await badge(page, 'Offline').waitFor();
    await page.getByLabel('Name or order number').fill('花子');
    await page.getByText('as this device last read the list').waitFor();
    await page.getByRole('button', { name: 'Let in 山田 花子' }).click();
    await verdict(page, 'Admitted', '山田 花子', 'Entry', 'Decided offline');
    await badge(page, '1 waiting').waitFor();
    await closed(page);
    await page.getByRole('button', { name: 'Let in 山田 花子' }).click();
    await verdict(page, 'Already used', 'Decided offline');
    await closed(page);
    await scan(page, door.tickets[1].qr);
    await verdict(page, 'Already used', 'Decided offline');
    await page.context().setOffline(false);
    await page.getByText('1 of 2 inside').waitFor();
    assert.deepEqual((await recorded(door.list)).scans.map(({ result, forced, ticket }) => [result, forced, ticket.id]), [['OK', true, door.tickets[1].id]]);
  })],

  ['who_was_let_in_by_mistake_goes_back', () => withPage(async (page) => {
    const door = await evening('mistake', ['Ada']);
    await openDoor(page, 'Door mistake');
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Admitted', 'Ada');
    await page.getByText('1 of 1 inside').waitFor();
    await closed(page);
    await page.getByRole('button', { name: /^Undo/ }).click();
    await verdict(page, 'Undone', 'Ada', 'As if this passing had not been');
    assert.match(await page.locator('.verdict').getAttribute('class'), /verdict-wait/);
    await page.getByText('0 of 1 inside').waitFor();
    await closed(page);
    assert.equal(await page.getByRole('button', { name: /^Undo/ }).count(), 0, 'once');
    await page.context().setOffline(true);
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Admitted', 'Decided offline');
  })],

  ['another_gates_scan_counts_at_once', () => withPage(async (page) => {
    const door = await evening('gates', ['Ada', 'Grace']);
    await openDoor(page, 'Door gates');
    await page.getByText('0 of 2 inside').waitFor();
    assert.equal(await elsewhere(door.list, door.tickets[0].qr), 'OK');
    await page.getByText('1 of 2 inside').waitFor();
    await page.context().setOffline(true);
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Already used', /at gate A/, 'Decided offline');
  })],

  ['who_goes_out_may_come_in_again_where_the_list_says_so', () => withPage(async (page) => {
    const door = await evening('again', ['Ada'], { allowReentry: true });
    await openDoor(page, 'Door again');
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Admitted');
    await closed(page);
    await page.getByLabel('Out', { exact: true }).check();
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Left');
    await page.getByText('0 of 1 inside').waitFor();
    await closed(page);
    await page.getByLabel('In', { exact: true }).check();
    await page.context().setOffline(true);
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Admitted', 'Decided offline');
    await closed(page);
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Already used');
  })],

  ['without_a_network_codes_are_verified_here_and_told_later', () => withPage(async (page) => {
    const door = await evening('offline', ['Ada', 'Grace']);
    const [foreign] = await sell(other, 'Entry', 'Mallory');
    await openDoor(page, 'Door offline');
    await page.context().setOffline(true);
    await badge(page, 'Offline').waitFor();
    const fromMs = Date.now();
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Admitted', 'Entry', 'Decided offline');
    await badge(page, '1 waiting').waitFor();
    const toMs = Date.now();
    await closed(page);
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Already used', 'at gate B');
    await closed(page);
    await scan(page, forged(door.tickets[1].qr));
    await verdict(page, 'Not a ticket');
    await closed(page);
    await scan(page, foreign.qr);
    await verdict(page, 'Other event');
    assert.deepEqual(await recorded(door.list), { inside: 0, scans: [] });
    await page.context().setOffline(false);
    await badge(page, /Online · last sync \d\d:\d\d/).waitFor();
    await page.getByText('1 of 2 inside').waitFor();
    const { inside, scans } = await recorded(door.list);
    assert.equal(inside, 1);
    assert.deepEqual(scans.map(({ result, forced, gate, ticket }) => [result, forced, gate, ticket.id]), [['OK', true, 'B', door.tickets[0].id]]);
    assert.ok(Date.parse(scans[0].at) >= fromMs && Date.parse(scans[0].at) <= toMs, scans[0].at);
  })],

  ['a_ticket_used_elsewhere_meanwhile_is_a_conflict_on_record', () => withPage(async (page) => {
    const door = await evening('conflict', ['Ada']);
    await openDoor(page, 'Door conflict');
    await page.context().setOffline(true);
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Admitted');
    assert.equal(await elsewhere(door.list, door.tickets[0].qr), 'OK');
    await page.context().setOffline(false);
    await badge(page, '1 had been used elsewhere').waitFor();
    const { scans } = await recorded(door.list);
    assert.deepEqual(scans.map(({ result, forced }) => [result, forced]).sort(), [['ALREADY_REDEEMED', true], ['OK', false]]);
  })],

  ['a_scan_whose_answer_was_lost_is_on_record_once', () => withPage(async (page) => {
    const door = await evening('lost', ['Ada']);
    await openDoor(page, 'Door lost');
    let lost = 0;
    await page.route('**/graphql', async (route) => {
      const isScan = JSON.parse(route.request().postData() ?? '{}').operationName === 'CheckIn';
      if (!isScan || lost++ > 0) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Admitted', 'Decided offline');
    await badge(page, 'Online · last sync').waitFor();
    const { inside, scans } = await recorded(door.list);
    assert.equal(inside, 1);
    assert.deepEqual(scans.map(({ result, forced }) => [result, forced]), [['OK', false]]);
  })],

  ['what_waits_outlives_a_reload', () => withPage(async (page) => {
    const door = await evening('reload', ['Ada']);
    await openDoor(page, 'Door reload');
    await page.route('**/graphql', (route) => route.abort());
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Admitted', 'Decided offline');
    await page.reload();
    await badge(page, '1 waiting').waitFor();
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Already used');
    await page.unroute('**/graphql');
    await badge(page, 'Online').waitFor();
    assert.equal((await recorded(door.list)).inside, 1);
  })],

  ['a_browser_without_ed25519_says_so', () => withPage(async (page) => {
    const door = await evening('old', ['Ada']);
    await page.addInitScript(() => {
      crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'));
    });
    await openDoor(page, 'Door old');
    await page.getByText('it has no Ed25519').waitFor();
    await page.context().setOffline(true);
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Cannot check');
    await badge(page, /^Offline$|^OfflineTry now$/).waitFor();
  })],

  ['only_who_has_a_right_opens_a_door', () => withPage(async (page) => {
    await page.goto('/door');
    await page.getByText('Use an access token instead').click();
    await page.getByLabel('Token').fill('no such token');
    await page.getByRole('button', { name: 'Use this token' }).click();
    await page.getByRole('alert').filter({ hasText: 'does not open a door' }).waitFor();

    await mutate(server, 'signUp', 'accepted', { email: 'eve@example.org', name: 'Eve' }, null);
    const { mails } = await ask(server, '{ mails(first: 1) { nodes { token } } }');
    await mutate(server, 'verifyEmail', 'session { accessToken }', { token: mails.nodes[0].token, password: 'a long pass phrase of hers' }, null);
    await page.getByLabel('E-mail').fill('eve@example.org');
    await page.getByLabel('Password').fill('not hers at all');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: /\w/ }).filter({ hasNotText: 'does not open' }).waitFor();
    await page.getByLabel('Password').fill('a long pass phrase of hers');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('There is no check-in list for you yet').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail').waitFor();
    page.complaints = page.complaints.filter((text) => !/status of 401/.test(text));
  })],

  ['who_is_on_a_team_for_the_door_signs_in_and_scans', () => withPage(async (page) => {
    const door = await evening('team', ['Ada']);
    const [email, password] = ['sam@example.org', 'a long pass phrase of his'];
    const mailed = async () => (await ask(server, '{ mails(first: 1) { nodes { token } } }')).mails.nodes[0].token;
    await mutate(server, 'signUp', 'accepted', { email, name: 'Sam' }, null);
    const { session } = await mutate(server, 'verifyEmail', 'session { accessToken }', { token: await mailed(), password }, null);
    const { team } = await mutate(server, 'createTeam', 'team { id }', { organizerId: fabrik, name: 'Door', role: 'SCANNER' });
    await mutate(server, 'inviteMember', 'accepted', { teamId: team.id, email });
    await mutate(server, 'acceptInvitation', 'team { id }', { token: await mailed() }, session.accessToken);
    await page.goto('/door');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Door team' }).click();
    await badge(page, 'Online').waitFor();
    await scan(page, door.tickets[0].qr);
    await verdict(page, 'Admitted', 'Ada');
  })],

  ['who_has_a_second_factor_signs_in_in_two_steps', () => withPage(async (page) => {
    const [email, password] = ['fay@example.org', 'a long pass phrase of hers'];
    await mutate(server, 'signUp', 'accepted', { email, name: 'Fay' }, null);
    const { mails } = await ask(server, '{ mails(first: 1) { nodes { token } } }');
    const { session } = await mutate(server, 'verifyEmail', 'session { accessToken }', { token: mails.nodes[0].token, password }, null);
    const { token, secret } = await mutate(server, 'startTotp', 'token secret', { password }, session.accessToken);
    const { recoveryCodes } = await mutate(server, 'confirmTotp', 'recoveryCodes', { token, code: totp(secret) }, session.accessToken);
    await page.goto('/door');
    const firstStep = async () => {
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByLabel('Sign-in code').waitFor();
    };
    await firstStep();
    assert.deepEqual(await axe(page), []);
    await page.getByLabel('Sign-in code').fill('000000');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'The code is wrong' }).waitFor();
    await page.getByRole('button', { name: 'Begin anew' }).click();
    await firstStep();
    await page.getByLabel('Sign-in code').fill(recoveryCodes[0].toLowerCase());
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('There is no check-in list for you yet').waitFor();
  })],

  ['a_paired_device_has_its_doors_and_stays_paired', () => withPage(async (page) => {
    const foreign = await organizer(server, 'foreign', 'Somebody else');
    await event(server, foreign, 'earlier', [{ name: 'Entry', price: '0.00', size: 5 }], { title: 'Not theirs', startsAt: inDays(1) }, 'foreign');
    await list(other, 'Door of another evening');
    const made = await evening('paired', ['Ada']);
    for (const eventIds of [[made.id], []]) {
      const { pairingCode } = await mutate(server, 'createDevice', 'pairingCode', { organizerId: fabrik, name: `Gate ${eventIds.length}`, eventIds });
      await page.goto('/door');
      await page.getByText('Pair this device instead').click();
      await page.getByLabel('Pairing code').fill('WRONG-CODE');
      await page.getByRole('button', { name: 'Pair', exact: true }).click();
      await page.getByRole('alert').getByText(/./).waitFor();
      await page.getByLabel('Pairing code').fill(pairingCode);
      await page.getByRole('button', { name: 'Pair', exact: true }).click();
      await page.getByRole('button', { name: /Door paired/ }).waitFor();
      assert.equal(await page.getByRole('heading', { level: 2 }).count() === 1, eventIds.length === 1, 'what it was made for');
      if (eventIds.length === 0) break;
      await page.evaluate(() => sessionStorage.clear());
      await page.reload();
      await page.getByRole('button', { name: /Door paired/ }).click();
      await page.getByText('Online').waitFor();
      await page.getByLabel('Code', { exact: true }).fill(made.tickets[0].qr);
      await page.getByRole('button', { name: 'Check' }).click();
      await page.getByRole('alert').getByText('Admitted').waitFor();
      await page.getByRole('button', { name: 'Other door' }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByText('Pair this device instead').waitFor();
      assert.equal(await page.evaluate(() => localStorage.getItem('tessera.door')), null);
    }
  })],

  ['the_camera_reads_a_ticket', async () => {
    const door = await evening('camera', ['Grace Hopper']);
    const folder = mkdtempSync(join(tmpdir(), 'tessera-door-'));
    const file = join(folder, 'ticket.y4m');
    await withPage(async (page) => {
      await page.goto('/robots.txt');
      await film(page, `${origin}/t/${door.tickets[0].secret}.png`, file);
    });
    const filming = await openBrowser('--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`);
    const page = await person(filming, origin, { viewport: { width: 390, height: 844 }, permissions: ['camera'] });
    try {
      await openDoor(page, 'Door camera');
      await page.getByRole('button', { name: 'Scan with the camera' }).click();
      await verdict(page, 'Admitted', 'Grace Hopper');
      await closed(page);
      await page.screenshot({ path: `${SHOTS}door-camera-390.png` });
      assert.equal((await recorded(door.list)).scans.length, 1); /* it is still in the picture, and counts once */
      await page.getByRole('button', { name: 'Stop the camera' }).click();
      await page.getByRole('button', { name: 'Scan with the camera' }).waitFor();
      assert.deepEqual(page.complaints, []);
    } finally {
      await filming.close();
      rmSync(folder, { recursive: true });
    }
  }],

  ['a_camera_that_may_not_be_used_is_told', () => withPage(async (page) => {
    await evening('denied', ['Ada']);
    await openDoor(page, 'Door denied');
    await page.getByRole('button', { name: 'Scan with the camera' }).click();
    await page.getByRole('alert').filter({ hasText: /camera/ }).waitFor();
    page.complaints = page.complaints.filter((text) => !/^camera: /.test(text));
  })],

  ['buyers_load_nothing_of_the_door', () => withPage(async (page) => {
    const names = [];
    page.on('request', (request) => names.push(new URL(request.url()).pathname));
    const policies = async (path) => (await fetch(origin + path)).headers;
    await page.goto(other.path);
    await alive(page);
    await page.waitForTimeout(200);
    assert.deepEqual(names.filter((name) => /start-|camera-|\.wasm$/.test(name)), []);
    assert.match((await policies(other.path)).get('permissions-policy'), /camera=\(\)/);
    assert.doesNotMatch((await policies(other.path)).get('content-security-policy'), /wasm/);
    assert.match((await policies('/door')).get('permissions-policy'), /camera=\(self\)/);
    assert.match((await policies('/door')).get('content-security-policy'), /script-src 'self' 'wasm-unsafe-eval';/);
    names.length = 0;
    await page.goto('/door');
    await page.getByLabel('E-mail').waitFor();
    assert.equal(names.filter((name) => /start-.*\.js$/.test(name)).length, 1);
    assert.deepEqual(names.filter((name) => /camera-|\.wasm$/.test(name)), [], 'the decoder waits for the camera');
  })],

  ...[320, 390, 768, 1440].map((width) => [`the_door_at_${width}_pixels`, () => withPage(async (page) => {
    const door = await evening(`looks-${width}`, ['Grace Hopper', 'Ada Lovelace'], { allowReentry: true });
    const early = await list(door, `Yard ${width}, behind the long white wall`, { opensAt: inDays(1) });
    const look = async (name) => {
      await page.screenshot({ path: `${SHOTS}door-${name}-${width}.png`, fullPage: !name.startsWith('verdict') });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} is too wide`);
      assert.deepEqual(await axe(page), [], name);
    };
    const verdictLooks = async (qr, name, text) => {
      await scan(page, qr);
      await verdict(page, text);
      await look(`verdict-${name}`);
      await page.keyboard.press('Escape');
      await closed(page);
    };
    await page.addInitScript(() => {
      const before = globalThis.setTimeout;
      globalThis.setTimeout = (body, ms, ...rest) => before(body, ms === 1500 ? 60_000 : ms, ...rest); /* a verdict stays to be looked at */
    });
    await page.goto('/door');
    await page.getByLabel('E-mail').waitFor();
    await look('sign-in');
    await signIn(page);
    await page.getByLabel('Name of this gate').fill('B');
    await page.getByRole('button', { name: `Door looks-${width}` }).waitFor();
    await look('pick');
    await page.getByRole('button', { name: `Door looks-${width}` }).click();
    await verdictLooks(door.tickets[0].qr, 'good', 'Admitted');
    await verdictLooks(door.tickets[0].qr, 'bad', 'Already used');
    await page.getByLabel('Name or order number').fill('a');
    await page.getByText('2 tickets found').waitFor();
    await look('search');
    await page.context().setOffline(true);
    await verdictLooks(door.tickets[1].qr, 'offline', 'Decided offline');
    await look('scan-offline');
    await page.context().setOffline(false);
    await badge(page, 'Online').waitFor();
    await page.getByRole('button', { name: 'Other door' }).click();
    await page.getByRole('button', { name: `Yard ${width}` }).click();
    await verdictLooks(door.tickets[0].qr, 'wait', 'Too early');
    assert.equal((await recorded(early)).scans.length, 1);
  }, { viewport: { width, height: 844 } })]),
].filter(([name]) => !only || name.includes(only)));
await browser.close();
await site.stop();
