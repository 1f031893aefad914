/* One HTTP request: files, pages, forms. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Server } from '../api/link';
import { FIRST, LANGUAGES, prefixOf, splitLanguage, type Language } from '../language/languages';
import { findRoute, type Found } from '../routes';
import type { Config } from '../sagas/context';
import type { FormName, Values } from '../state/form';
import { ASSET_PREFIX, type Public } from './assets';
import { PageCache } from './cache';
import { calendar } from './calendar';
import type { Flags } from './flags';
import { openJar, type RequestJar } from './jar';
import { ICON, mosaic } from './mosaic';
import { renderPage } from './render';
import { robots, sitemap } from './sitemap';
import { THEME_PATH, themeSheet } from './theme';
import { Busy } from './pdf/printer';
import { TICKETS_PATH, ticketsPdf } from './tickets';
import { forwardedFor, isUpstreams, passOn } from './upstream';
import { listOf, LIST_PATH, WIDGET_PATH, WORDS_PATH, WORKER_PATH, type Widget, type WidgetFile } from './widget';

type Headers = Record<string, string | string[]>;

const BODY_MAX = 64 * 1024;
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' https: data:; connect-src 'self'; " +
  "manifest-src 'self'; form-action 'self'; base-uri 'none'";
const SECURITY = {
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
};

/* Only /embed/* may be in a frame, and only in those of the organizer's own sites. */
function security(ancestors: readonly string[], uses?: 'camera'): Headers {
  const policy = uses === 'camera' ? POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'") : POLICY;
  return {
    ...SECURITY,
    'content-security-policy': `${policy}; frame-ancestors ${ancestors.join(' ') || "'none'"}`,
    'permissions-policy': `camera=(${uses === 'camera' ? 'self' : ''}), microphone=(), geolocation=()`,
  };
}

export interface Site {
  flags: Flags;
  server: Server;
  files: Public;
  pages: PageCache;
  widget: Widget;
  worker: WidgetFile;
}

function takesGzip(request: IncomingMessage): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(request.headers['accept-encoding'] ?? ''));
}

function send(request: IncomingMessage, response: ServerResponse, status: number, headers: Headers, body: Buffer, gzip: Buffer | null) {
  const packed = gzip !== null && takesGzip(request);
  const shown = packed ? gzip : body;
  response.writeHead(status, {
    ...headers,
    ...(gzip && { vary: 'accept-encoding' }),
    ...(packed && { 'content-encoding': 'gzip' }),
    'content-length': String(shown.length),
  });
  response.end(request.method === 'HEAD' ? undefined : shown);
}

function sendText(request: IncomingMessage, response: ServerResponse, status: number, headers: Headers, text: string) {
  const body = Buffer.from(text);
  send(request, response, status, { 'content-type': 'text/plain; charset=utf-8', ...headers }, body, body.length > 1000 ? gzipSync(body) : null);
}

/* Who asks says under which name: only a plain one is believed. */
function originOf(site: Site, request: IncomingMessage): string {
  if (site.flags.origin) return site.flags.origin;
  const host = request.headers.host ?? '';
  const scheme = request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  return /^[\w.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i.test(host) ? `${scheme}://${host}` : `${scheme}://localhost`;
}

function configOf(site: Site, origin: string, { language, embedded, base }: Place, exactClock: boolean): Config {
  return { origin, language, embedded, base, sandbox: site.flags.sandbox, stripe: site.flags.stripe, locale: LANGUAGES[language].formats, exactClock, knowsDocuments: true };
}

/* ---- pages */

/* What is asked for, without what goes before it: a language, and a widget's frame, where a sale is all there is. */
interface Place extends Pick<Config, 'language' | 'embedded' | 'base'> {
  url: string;
}

const IN_FRAMES = new Set(['event', 'queue', 'checkout', 'order']);

function placeOf(url: string): Place & { found: Found | null } {
  const embedded = url.startsWith('/embed/');
  const inner = splitLanguage(embedded ? url.slice('/embed'.length) : url);
  const found = findRoute(inner.url);
  const prefix = prefixOf(inner.language);
  if (!embedded) return { ...inner, embedded, base: prefix, found };
  if (found && IN_FRAMES.has(found.route.name)) return { ...inner, embedded, base: `/embed${prefix}`, found };
  return { language: FIRST, embedded: false, base: '', url, found: null };
}

const PRIVATE: Headers = { 'cache-control': 'private, no-store', 'referrer-policy': 'same-origin', 'x-robots-tag': 'noindex' };
const HTML = { 'content-type': 'text/html; charset=utf-8' };

function sharedHeaders(seconds: number, tags: string[], etag: string): Headers {
  return {
    'cache-control': `public, max-age=0, s-maxage=${seconds}, stale-while-revalidate=${seconds * 5}, stale-if-error=3600`,
    ...(tags.length > 0 && { 'surrogate-key': tags.join(' ') }),
    etag,
  };
}

async function showPrivate(site: Site, request: IncomingMessage, response: ServerResponse, place: Place, post?: { name: FormName; values: Values }) {
  const origin = originOf(site, request);
  const { url } = place;
  const { uses, personal } = findRoute(url)?.route ?? {};
  const jar: RequestJar | undefined = personal && openJar(request);
  const server = { ...site.server, headers: () => ({ 'x-forwarded-for': forwardedFor(request), 'accept-language': place.language, ...jar?.headers() }) };
  const rendered = await renderPage(url, configOf(site, origin, place, true), server, site.files.page, post, jar);
  const cookies: Headers = jar && jar.set().length > 0 ? { 'set-cookie': jar.set() } : {};
  if (rendered.location) {
    response.writeHead(rendered.status, { location: rendered.location, 'content-length': '0', ...PRIVATE, ...security([]), ...cookies });
    response.end();
    return;
  }
  const body = Buffer.from(rendered.html);
  const retry: Headers = rendered.status === 503 ? { 'retry-after': '5' } : {};
  send(request, response, rendered.status, { ...HTML, ...PRIVATE, ...security(rendered.ancestors, uses), ...cookies, ...retry }, body, gzipSync(body, { level: 5 }));
}

/* Nothing new for who has it already. */
function sendKnown(request: IncomingMessage, response: ServerResponse, status: number, headers: Headers, file: { body: Buffer; gzip: Buffer; etag: string }) {
  if (status !== 200 || request.headers['if-none-match'] !== file.etag) return send(request, response, status, headers, file.body, file.gzip);
  const { 'content-type': _type, ...kept } = headers;
  response.writeHead(304, kept);
  response.end();
}

async function showShared(site: Site, request: IncomingMessage, response: ServerResponse, place: Place, seconds: number) {
  const { url, base, embedded } = place;
  const origin = originOf(site, request);
  const render = () => renderPage(url, configOf(site, origin, place, false), site.server, site.files.page);
  const entry = await site.pages.get(`${origin}${base} ${url}`, seconds, render);
  const { status, tags } = entry.rendered;
  const headers: Headers = {
    ...HTML,
    ...security(entry.rendered.ancestors),
    ...(embedded && { 'x-robots-tag': 'noindex' }),
    ...(status < 500 ? sharedHeaders(seconds, tags, entry.etag) : { 'cache-control': 'no-store', 'retry-after': '5' }),
  };
  sendKnown(request, response, status, headers, entry);
}

/* ---- what pages of others read: the widget, and its lists. Public, and the same for everybody. */

const FOR_ALL = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'x-content-type-options': 'nosniff' };
const LIST_SECONDS = 2;

async function showList(site: Site, request: IncomingMessage, response: ServerResponse, path: string) {
  const entry = await site.pages.get(path, LIST_SECONDS, () => listOf(site.server, path));
  const { status, tags } = entry.rendered;
  const headers = status < 500 ? sharedHeaders(LIST_SECONDS, tags, entry.etag) : { 'cache-control': 'no-store', 'retry-after': '5' };
  sendKnown(request, response, status, { 'content-type': 'application/json', ...FOR_ALL, ...headers }, entry);
}

function showWidget(request: IncomingMessage, response: ServerResponse, type: string, file: WidgetFile) {
  const headers = { 'content-type': type, 'cache-control': 'public, max-age=3600, s-maxage=60, stale-while-revalidate=86400', etag: file.etag, ...FOR_ALL };
  sendKnown(request, response, 200, headers, file);
}

/* ---- forms */

/* Null: it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size > BODY_MAX) return null;
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/* Another site's form does nothing in anybody's name, nor fills carts: our cookies do not come with it, and it is refused besides. */
function isForeign(request: IncomingMessage, origin: string): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site) return site !== 'same-origin' && site !== 'none';
  return request.headers.origin !== undefined && request.headers.origin !== origin;
}

async function takeForm(site: Site, request: IncomingMessage, response: ServerResponse, place: Place, found: Found) {
  const refuse = (status: number, text: string) => sendText(request, response, status, { ...PRIVATE }, `${text}\n`);
  const names: string[] = found.route.ownForms ? Object.keys(await found.route.ownForms()) : (found.route.forms ?? []);
  if (names.length === 0) return refuse(405, 'There is no form here.');
  if (isForeign(request, originOf(site, request))) return refuse(403, 'This form came from another site.');
  if (!/^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? ''))
    return refuse(415, 'A form is application/x-www-form-urlencoded.');
  const body = await bodyOf(request);
  if (body === null) return refuse(413, 'The form is too long.');
  const values = Object.fromEntries(new URLSearchParams(body)) as Values;
  const name = names.find((form) => form === values.form) as FormName | undefined;
  if (!name) return refuse(400, 'There is no such form on this page.');
  return showPrivate(site, request, response, place, { name, values });
}

/* ---- all of it */

const FOREVER = 'public, max-age=31536000, immutable';

async function showCalendar(site: Site, request: IncomingMessage, response: ServerResponse, organizer: string, slug: string) {
  const dateId = new URL(request.url ?? '/', 'http://here').searchParams.get('date');
  const text = await calendar(site.server, originOf(site, request), organizer, slug, dateId);
  if (text === null) return sendText(request, response, 404, { 'cache-control': 'no-store' }, 'There is no such event.\n');
  const headers = { 'content-type': 'text/calendar; charset=utf-8', 'cache-control': 'public, max-age=60, s-maxage=60' };
  sendText(request, response, 200, headers, text);
}

/* The secret that opens the order opens its tickets; nobody else may keep them. */
async function showTickets(site: Site, request: IncomingMessage, response: ServerResponse, language: Language, code: string, secret: string) {
  const server = { ...site.server, headers: () => ({ 'x-forwarded-for': forwardedFor(request) }) };
  const refuse = (status: number, text: string, headers: Headers = {}) => sendText(request, response, status, { ...PRIVATE, ...SECURITY, ...headers }, `${text}\n`);
  try {
    const found = await ticketsPdf(server, language, code, secret);
    if (!found) return refuse(404, 'There is no such order.');
    if (!found.bytes) return refuse(409, 'This order has no valid tickets: it is not paid yet, or they were cancelled.');
    const headers = { 'content-type': 'application/pdf', 'content-disposition': `inline; filename="tickets-${found.code}.pdf"`, ...PRIVATE, ...SECURITY };
    send(request, response, 200, headers, found.bytes, null);
  } catch (error) {
    if (!(error instanceof Busy)) console.error(`tessera-web: tickets: ${String(error)}`);
    refuse(503, 'The tickets could not be made just now. Please try again in a moment.', { 'retry-after': '5' });
  }
}

async function showFile(site: Site, request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
  const svg = { 'content-type': 'image/svg+xml', 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' };
  const asset = site.files.files.get(path);
  if (asset) {
    const headers = { 'content-type': asset.type, 'cache-control': FOREVER, 'x-content-type-options': 'nosniff' };
    send(request, response, 200, headers, asset.body, asset.gzip);
    return true;
  }
  const words = site.widget.words.get(WORDS_PATH.exec(path)?.groups?.language ?? '');
  const theme = THEME_PATH.exec(path);
  const tiles = /^\/mosaic\/(?<seed>[\w-]{1,64})\.svg$/.exec(path);
  const dates = /^\/e\/(?<organizer>[\w-]+)\/(?<slug>[\w-]+)\.ics$/.exec(path);
  if (tiles?.groups?.seed) sendText(request, response, 200, { ...svg, 'cache-control': FOREVER }, mosaic(tiles.groups.seed));
  else if (theme?.groups?.colour) sendText(request, response, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': FOREVER, 'x-content-type-options': 'nosniff' }, themeSheet(theme.groups.colour));
  else if (path === '/icon.svg') sendText(request, response, 200, { ...svg, 'cache-control': 'public, max-age=86400' }, ICON);
  else if (path === WIDGET_PATH) showWidget(request, response, 'text/javascript; charset=utf-8', site.widget.script);
  else if (path === WORKER_PATH) sendKnown(request, response, 200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=0, s-maxage=60, stale-if-error=3600', etag: site.worker.etag, 'x-content-type-options': 'nosniff' }, site.worker);
  else if (words) showWidget(request, response, 'application/json', words);
  else if (LIST_PATH.test(path)) await showList(site, request, response, path);
  else if (path === '/robots.txt')
    sendText(request, response, 200, { 'cache-control': 'public, max-age=3600' }, robots(originOf(site, request)));
  else if (path === '/sitemap.xml')
    sendText(request, response, 200, { 'content-type': 'application/xml', 'cache-control': 'public, max-age=3600' }, await sitemap(site.server, originOf(site, request)));
  else if (dates?.groups?.organizer && dates.groups.slug) await showCalendar(site, request, response, dates.groups.organizer, dates.groups.slug);
  else if (path === '/healthz') sendText(request, response, 200, { 'cache-control': 'no-store' }, 'ok\n');
  else if (path.startsWith(ASSET_PREFIX)) sendText(request, response, 404, { 'cache-control': 'no-store' }, 'There is no such file.\n');
  else return false;
  return true;
}

/* "/e/a/b/" is "/e/a/b". */
function withoutSlash(path: string): string | null {
  return path.length > 1 && path.endsWith('/') ? path.replace(/\/+$/, '') || '/' : null;
}

export async function handle(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = URL.parse(request.url ?? '/', 'http://here');
  if (!asked || !request.url?.startsWith('/') || request.url.startsWith('//'))
    return sendText(request, response, 400, {}, 'This is no address of ours.\n');
  const { pathname: path, search } = asked;
  if (isUpstreams(path)) return passOn(request, response, site.flags.graphql);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!isRead && request.method !== 'POST')
    return sendText(request, response, 405, { allow: 'GET, HEAD, POST' }, 'Pages are read, and forms are posted.\n');
  if (isRead && (await showFile(site, request, response, path))) return;
  const printed = splitLanguage(path);
  const tickets = TICKETS_PATH.exec(printed.url)?.groups;
  if (isRead && tickets?.code && tickets.secret)
    return showTickets(site, request, response, printed.language, tickets.code, tickets.secret);
  const plain = withoutSlash(path);
  if (isRead && plain !== null) {
    response.writeHead(308, { location: plain + search, 'content-length': '0' });
    response.end();
    return;
  }
  const { found, ...place } = placeOf(path + search);
  if (request.method === 'POST')
    return found ? takeForm(site, request, response, place, found) : sendText(request, response, 404, {}, 'There is nothing here.\n');
  if (found && found.route.sharedSeconds === 0) return showPrivate(site, request, response, place);
  return showShared(site, request, response, place, found?.route.sharedSeconds ?? 15);
}
