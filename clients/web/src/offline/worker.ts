/*
 * What is there without a network: orders and tickets that were looked at, the list of them, and the door. Pages come from the
 * network while it answers, for they change; scripts, styles and codes never change under their names, so they are asked
 * for once. Everything else is none of this worker's business. It is one classic script, /sw.js, registered by those pages alone.
 */
export {};

/* As much of a worker's own types as is used here: TypeScript's library of them does not go with that of pages. */
interface Lasting extends Event {
  waitUntil(until: Promise<unknown>): void;
}
interface Fetching extends Event {
  request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Worker {
  location: Location;
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', on: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', on: (event: Fetching) => void): void;
  addEventListener(type: 'message', on: (event: Lasting & { data: unknown }) => void): void;
}
declare const self: Worker;

const PAGES = 'tessera-pages-1';
const FILES = 'tessera-files-1';
const PAGES_MAX = 60;
const FILES_MAX = 300;
const ANSWER_MS = 5000; /* longer than this a page is not waited for, where it is kept */

const isPage = (path: string) => /^(\/[a-z]{2})?\/(order\/[^/]+\/[^/]+|ticket\/[^/]+|tickets|door)$/.test(path);
const isFile = (path: string) => /^\/(_web|t|mosaic|theme)\//.test(path) || path === '/icon.svg';

/* The oldest go first. */
async function keep(name: string, most: number, request: Request | string, response: Response): Promise<void> {
  const cache = await caches.open(name);
  await cache.delete(request);
  await cache.put(request, response);
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - most)).map((one) => cache.delete(one)));
}

async function fileOf(request: Request): Promise<Response> {
  const kept = await caches.match(request, { cacheName: FILES, ignoreVary: true });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await keep(FILES, FILES_MAX, request, response.clone());
  return response;
}

async function pageOf(request: Request): Promise<Response> {
  const kept = await caches.match(request.url, { cacheName: PAGES, ignoreVary: true });
  try {
    const response = await fetch(request, kept && { signal: AbortSignal.timeout(ANSWER_MS) });
    if (response.ok && !response.redirected) await keep(PAGES, PAGES_MAX, request.url, response.clone());
    return response.status >= 500 && kept ? kept : response;
  } catch (error) {
    if (kept) return kept;
    const list = new URL(request.url).pathname.replace(/\/(order|ticket|door)\b.*|\/tickets$/, '/tickets');
    const other = await caches.match(list, { cacheName: PAGES, ignoreVary: true });
    if (other) return Response.redirect(list, 302);
    throw error;
  }
}

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (isFile(pathname)) event.respondWith(fileOf(request));
  else if (request.mode === 'navigate' && isPage(pathname)) event.respondWith(pageOf(request));
});

/* A page that was there before this worker names what it is made of; and may have all forgotten. */
self.addEventListener('message', (event) => {
  const told = event.data as { keep?: string[]; forget?: boolean };
  const keepAll = async (addresses: string[]) => {
    for (const address of addresses) {
      const { origin, pathname } = new URL(address, self.location.href);
      if (origin !== self.location.origin) continue;
      const [name, most] = isPage(pathname) ? [PAGES, PAGES_MAX] as const : [FILES, FILES_MAX] as const;
      if (!isPage(pathname) && (!isFile(pathname) || (await caches.match(address, { cacheName: name, ignoreVary: true })))) continue;
      const response = await fetch(address).catch(() => null);
      if (response?.ok && !response.redirected) await keep(name, most, address, response);
    }
  };
  if (told.forget) event.waitUntil(caches.delete(PAGES));
  if (told.keep) event.waitUntil(keepAll(told.keep));
});
