/*
 * What the program makes of a tessera-web that answers oddly, slowly, by halves or not at all: a made-up one speaks raw
 * bytes for each path. And what it keeps, for whom, and for how long.
 */
import assert from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCases } from '../clients/report.mjs';
import { startServer } from '../clients/server.mjs';

const program = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'tessera-odd-'));

/* Answers by path; {n} counts the requests of that path, {c} the connections. `/log` tells what it was sent last. */
const ODD = String.raw`
import { createServer } from 'node:net';
const page = (body, ...headers) => ['HTTP/1.1 200 OK', 'Content-Length: ' + Buffer.byteLength(body), ...headers, '', body].join('\r\n');
const PUBLIC = 'Cache-Control: public, max-age=0, s-maxage=2';
const counts = {};
let connections = 0, last = '';
const answers = {
  '/shared': (n) => page('shared ' + n, PUBLIC, 'ETag: "one"'),
  '/own': (n) => page('own ' + n, 'Cache-Control: private, no-store'),
  '/silent-about-caches': (n) => page('silent ' + n),
  '/immutable': (n) => page('immutable ' + n, 'Cache-Control: public, max-age=31536000, immutable'),
  '/breaks': (n) => n === 1 ? page('breaks 1', PUBLIC) : 'HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops',
  '/own-breaks': (n) => n === 1 ? page('own', 'Cache-Control: private, no-store') : 'HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops',
  '/host': (n, head) => page(/^host: (.*)$/mi.exec(head)[1], PUBLIC),
  '/moved': () => 'HTTP/1.1 303 See Other\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n',
  '/close': () => page('closed', 'Connection: close'),
  '/no-length': () => 'HTTP/1.1 200 OK\r\n\r\nendless',
  '/chunked': () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  '/half': () => 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
  '/too-much': () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nmore than two',
  '/too-big': () => 'HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n',
  '/bad-length': () => 'HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nab',
  '/no-http': () => 'hello\r\n\r\n',
  '/no-status': () => 'HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n',
  '/no-colon': () => 'HTTP/1.1 200 OK\r\nwhatever\r\nContent-Length: 0\r\n\r\n',
  '/many-headers': () => page('many', ...Array.from({ length: 40 }, (_, i) => 'X-A' + i + ': b')),
  '/long-head': () => 'HTTP/1.1 200 OK\r\nX-Long: ' + 'a'.repeat(60000) + '\r\n\r\n',
  '/line-in-header': () => page('split', 'X-Bad: a\u0001b'),
  '/nothing': () => null,
  '/log': () => page(last.replace(/\r/g, '')),
};
createServer((socket) => {
  const connection = ++connections;
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    text += bytes;
    const end = text.indexOf('\r\n\r\n');
    const length = Number(/^content-length: (\d+)$/mi.exec(text)?.[1] ?? 0);
    if (end < 0 || text.length < end + 4 + length) return;
    const path = text.split(' ')[1].split('?')[0];
    const head = text;
    text = '';
    if (path !== '/log') last = head;
    counts[path] = (counts[path] ?? 0) + 1;
    if (path === '/connections') return socket.write(page(String(connection)));
    const answer = (answers[path] ?? (() => page('other')))(counts[path], head);
    if (answer === null) return socket.destroy();
    if (path === '/half') return socket.end(answer);
    /* In two pieces, the head cut in its middle. */
    socket.write(answer.slice(0, 7));
    setTimeout(() => socket.write(answer.slice(7)), 5);
  });
}).listen(0, '127.0.0.1', function () { console.log('some words first'); console.log(JSON.stringify({ url: 'http://127.0.0.1:' + this.address().port })); });
`;

writeFileSync(join(folder, 'tessera-web.js'), ODD);
writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
writeFileSync(join(folder, 'documents.json'), '{}');
const server = await startServer(program, '--web', folder, '--web-node', process.execPath);
const { origin } = server;

const get = (path, headers = {}) => fetch(origin + path, { headers, redirect: 'manual' });
const text = async (path, headers) => (await get(path, headers)).text();
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* With a Host of our choice, which fetch() does not let us say. */
function rawHost(host, path) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    let heard = '';
    const socket = connect(Number(port), hostname, () => socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`));
    socket.on('data', (bytes) => (heard += bytes));
    socket.on('end', () => resolve(heard.split('\r\n\r\n')[1]));
    socket.on('error', reject);
  });
}

while ((await get('/log')).status === 503) await wait(20);
await runCases([
  ['shared_pages_are_kept_for_as_long_as_they_say', async () => {
    assert.equal(await text('/shared'), 'shared 1');
    assert.equal(await text('/shared'), 'shared 1');
    assert.equal(await text('/shared?other'), 'shared 2');
    assert.equal((await get('/shared', { 'if-none-match': '"one"' })).status, 304);
    assert.equal((await get('/shared', { 'if-none-match': '"two"' })).status, 200);
    await wait(2100);
    assert.equal(await text('/shared'), 'shared 3');
    assert.equal(await text('/immutable'), 'immutable 1');
    await wait(50);
    assert.equal(await text('/immutable'), 'immutable 1');
  }],

  ['own_pages_are_kept_by_nobody', async () => {
    assert.deepEqual([await text('/own'), await text('/own')], ['own 1', 'own 2']);
    assert.equal(await text('/own-breaks'), 'own');
    assert.equal((await get('/own-breaks')).status, 500); /* nor shown when there is no other */
    const page = await get('/silent-about-caches');
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.equal(await text('/silent-about-caches'), 'silent 2');
  }],

  ['each_host_and_each_encoding_has_its_own', async () => {
    assert.equal(await rawHost('a.example', '/host'), 'a.example');
    assert.equal(await rawHost('b.example:8080', '/host'), 'b.example:8080');
    assert.match(await rawHost('a.example/x?y', '/host'), /The Host header is malformed/);
    await text('/own', { 'accept-encoding': 'gzip' });
    assert.match(await text('/log'), /accept-encoding: gzip/);
    await text('/own', { 'accept-encoding': 'identity' });
    assert.match(await text('/log'), /accept-encoding: identity/);
  }],

  ['a_form_goes_through_whole_and_is_never_kept', async () => {
    const body = new URLSearchParams({ form: 'x', words: 'a b&c=é' });
    const answer = await fetch(`${origin}/shared`, { method: 'POST', body, headers: { cookie: 'a=b', authorization: 'Bearer x' } });
    assert.match(await answer.text(), /^shared \d+$/);
    const log = await text('/log');
    assert.match(log, /^POST \/shared HTTP\/1\.1\n/);
    assert.match(log, /content-type: application\/x-www-form-urlencoded/);
    assert.match(log, /\n\nform=x&words=a\+b%26c%3D%C3%A9$/);
    assert.doesNotMatch(log, /cookie|authorization/i); /* a page is nobody's in particular */
  }],

  ['what_breaks_later_is_shown_as_it_was', async () => {
    assert.equal(await text('/breaks'), 'breaks 1');
    await wait(2100);
    const page = await get('/breaks');
    assert.deepEqual([page.status, await page.text()], [200, 'breaks 1']);
    assert.equal((await get('/breaks?unknown')).status, 500);
  }],

  ['redirects_and_ends_of_connections_are_passed_on', async () => {
    const moved = await get('/moved');
    assert.deepEqual([moved.status, moved.headers.get('location')], [303, '/elsewhere']);
    assert.equal(await text('/close'), 'closed');
    assert.equal(await text('/close?again'), 'closed');
  }],

  ['connections_are_used_again', async () => {
    await text('/own');
    const first = await text('/connections?1');
    assert.equal(await text('/connections?2'), first);
  }],

  ['what_is_no_whole_answer_is_none', async () => {
    const odd = ['/no-length', '/chunked', '/half', '/too-much', '/too-big', '/bad-length', '/no-http', '/no-status', '/no-colon', '/many-headers', '/long-head', '/nothing'];
    for (const path of odd) {
      const page = await get(path);
      assert.equal(page.status, 503, path);
      assert.match(await page.text(), /One moment/, path);
    }
    assert.match(await text('/own'), /^own \d+$/); /* and it goes on */
  }],

  ['a_control_character_in_a_header_leaves_it_out', async () => {
    const page = await get('/line-in-header');
    assert.equal(await page.text(), 'split');
    assert.equal(page.headers.get('x-bad'), null);
  }],
]);
await server.stop();
rmSync(folder, { recursive: true });
