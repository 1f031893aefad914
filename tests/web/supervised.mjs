/* Pages and GraphQL on one origin: tessera-web is started, started again, and ended with the program; without it sales go on. */
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCases } from '../clients/report.mjs';
import { ask } from '../clients/shop.mjs';
import { startServer } from '../clients/server.mjs';
import { alive, openBrowser, person } from './browser.mjs';
import { event, organizer } from './catalogue.mjs';
import { BUILT, startSite, webOf } from './site.mjs';

const program = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'tessera-web-'));

/* A Node that runs once; started again it ends at once. */
function nodeThatRunsOnce() {
  const path = join(folder, `node-${Math.random()}`);
  writeFileSync(path, `#!/bin/sh\n[ -e "$0.used" ] && exit 1\ntouch "$0.used"\nexec ${process.execPath} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

async function until(what, seconds = 10) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const result = await what();
    if (result) return result;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come to pass: ${what}`);
}

const status = async (url) => (await fetch(url)).status;
const runs = (pid) => existsSync(`/proc/${pid}`);

await runCases([
  ['one_origin_has_it_all', async () => {
    const site = await startSite(program);
    const { server, origin } = site;
    const fabrik = await organizer(server);
    const made = await event(server, fabrik, 'night', [{ name: 'Entry', price: '10.00', size: 5 }]);
    const page = await fetch(origin + made.path);
    const html = await page.text();
    assert.equal(page.status, 200);
    assert.match(html, new RegExp(`<link rel="canonical" href="${origin}${made.path}"/>`));
    assert.equal(page.headers.get('surrogate-key'), `event/${made.id} organizer/fabrik`);
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
    assert.match(html, /"knowsDocuments":true/);
    const script = html.match(/src="(\/_web\/boot-[\w-]+\.js)"/)[1];
    assert.match((await fetch(origin + script)).headers.get('cache-control'), /immutable/);
    assert.equal(await status(`${origin}/nothing`), 404);
    assert.equal((await ask(server, '{ events { totalCount } }')).events.totalCount, 1);
    const again = await fetch(origin + made.path, { headers: { 'if-none-match': page.headers.get('etag') } });
    assert.ok([200, 304].includes(again.status));
    assert.equal((await fetch(origin + made.path, { method: 'HEAD' })).status, 200);

    const offer = html.match(/name="(offer\.[^"]+)"/)[1];
    const body = new URLSearchParams({ form: 'hold', event: made.id, [offer]: '2' });
    const held = await fetch(origin + made.path, { method: 'POST', body, redirect: 'manual' });
    assert.equal(held.status, 303);
    assert.match(held.headers.get('location'), /^\/checkout\/hld_/);
    const foreign = await fetch(origin + made.path, { method: 'POST', body, headers: { origin: 'https://evil.example' }, redirect: 'manual' });
    assert.equal(foreign.status, 403);
    const other = await fetch(origin + made.path, { method: 'POST', body: JSON.stringify({}), headers: { 'content-type': 'application/json' } });
    assert.equal(other.status, 415);
    await site.stop();
  }],

  ['forms_are_their_buyers_not_ours', async () => {
    const heard = async (flags) => {
      const { server, origin, stop } = await startSite(program, '--log-level', 'info', ...flags);
      const made = await event(server, await organizer(server), 'night', [{ name: 'Entry', price: '10.00', size: 5 }]);
      const offer = (await (await fetch(origin + made.path)).text()).match(/name="(offer\.[^"]+)"/)[1];
      const body = new URLSearchParams({ form: 'hold', event: made.id, [offer]: '1' });
      const headers = { 'x-forwarded-for': '6.6.6.6, 192.0.2.77' };
      assert.equal((await fetch(origin + made.path, { method: 'POST', body, headers, redirect: 'manual' })).status, 303);
      const lines = await until(() => {
        const log = server.log();
        const at = log.findIndex((line) => line['url.path']?.startsWith('/e/') && line['http.request.method'] === 'POST');
        return at >= 0 && log.slice(0, at + 1);
      });
      await stop();
      return lines.slice(-2).map((line) => [line['url.path'].split('/')[1], line['client.ip']]);
    };
    assert.deepEqual(await heard(['--trusted-proxies', '127.0.0.1']), [['graphql', '192.0.2.77'], ['e', '192.0.2.77']]);
    assert.deepEqual(await heard([]), [['graphql', '127.0.0.1'], ['e', '127.0.0.1']]);
  }],

  ['it_is_started_again', async () => {
    const site = await startSite(program);
    const first = webOf(site.server);
    process.kill(first, 'SIGKILL');
    await until(() => !runs(first));
    await until(async () => webOf(site.server) && (await status(`${site.origin}/?q=fresh`)) === 200);
    assert.notEqual(webOf(site.server), first);
    await site.stop();
  }],

  ['it_ends_with_the_program', async () => {
    const site = await startSite(program);
    const web = webOf(site.server);
    await site.stop();
    assert.ok(!runs(web));
    const killed = await startSite(program);
    const orphan = webOf(killed.server);
    killed.server.process.kill('SIGKILL');
    await once(killed.server.process, 'exit');
    await until(() => !runs(orphan), 5);
  }],

  ['one_that_does_not_end_is_ended_by_force', async () => {
    const site = await startSite(program);
    const web = webOf(site.server);
    process.kill(web, 'SIGSTOP');
    await site.stop();
    assert.ok(!runs(web));
  }],

  ['without_it_what_was_kept_is_shown_and_else_a_shell', async () => {
    const server = await startServer(program, '--web', BUILT, '--web-node', nodeThatRunsOnce());
    const { origin } = server;
    await until(async () => (await status(origin)) === 200);
    process.kill(webOf(server), 'SIGKILL');
    await until(async () => (await status(`${origin}/?q=other`)) === 503);
    assert.equal(await status(origin), 200);
    const shell = await fetch(`${origin}/?q=more`);
    assert.equal(shell.status, 503);
    assert.equal(shell.headers.get('retry-after'), '5');
    assert.equal(shell.headers.get('cache-control'), 'no-store');
    assert.match(await shell.text(), /<title>One moment<\/title>/);
    assert.match(await (await fetch(`${origin}/de/e/a/b`)).text(), /<html lang="de">.*<title>Einen Moment<\/title>/);
    assert.match(await (await fetch(`${origin}/embed/ar/e/a/b?more`)).text(), /<html lang="ar" dir="rtl">.*<h1>لحظة من فضلك<\/h1>/);
    assert.equal((await ask(server, '{ events { totalCount } }')).events.totalCount, 0);
    const figures = await (await fetch(`${server.admin}/metrics`)).text();
    assert.match(figures, /tessera_pages_total\{from="nobody"\} [1-9]/);
    await server.stop();
  }],

  ['without_it_a_sale_goes_on', async () => {
    const server = await startServer(program, '--web', BUILT, '--web-node', nodeThatRunsOnce());
    const fabrik = await organizer(server);
    const made = await event(server, fabrik, 'night', [{ name: 'Entry', price: '10.00', size: 5 }]);
    await until(async () => (await status(server.origin + made.path)) === 200);
    const browser = await openBrowser();
    const before = await person(browser, server.origin);
    await before.goto(made.path); /* its scripts and styles are kept by now */
    await alive(before);
    process.kill(webOf(server), 'SIGKILL');
    await until(async () => (await status(`${server.origin}/?q=other`)) === 503);
    const page = await person(browser, server.origin);
    await page.goto(made.path); /* from what was kept */
    await alive(page);
    await page.getByRole('combobox').selectOption('2');
    await page.getByRole('button', { name: 'Get tickets' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Ada');
    await page.getByLabel('E-mail').fill('ada@example.org');
    await page.getByRole('button', { name: /Order and pay/ }).click();
    await page.getByRole('heading', { name: 'You are going!' }).waitFor();
    await page.getByRole('img', { name: /^Code/ }).first().waitFor();
    assert.deepEqual(page.complaints, []);
    await browser.close();
    await server.stop();
  }],

  ['a_folder_without_pages_is_refused', async () => {
    const { status: code, stderr } = spawnSync(program, ['serve', '--ephemeral', '--web', folder], { encoding: 'utf8' });
    assert.equal(code, 2);
    assert.match(stderr, /--web: there is no tessera-web\.js/);
  }],
]);
rmSync(folder, { recursive: true });
