/*
 * Debian's Chromium for a script. Whatever a page complains of (errors of scripts, refused by the policy) fails the case, and so
 * does whatever it asks of another host than the shop's.
 */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/* How long a step may take before its case fails: no measure of the page, whose machine may do other work at the time. */
export const PATIENCE_MS = 30_000;

/* `flags`: more of Chromium's own. */
export async function openBrowser(...flags) {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', ...flags] });
}

/* Where a person goes by a link is no page's doing. What else is asked is, and not of a page that is somebody else's (a provider's). */
function isOfOurs(request, origins) {
  if (request.serviceWorker()) return true;
  try {
    const frame = request.frame();
    if (request.isNavigationRequest() && !frame.parentFrame()) return false;
    return origins.includes(new URL(frame.page().url()).origin);
  } catch {
    return false; /* a tab that is about to open */
  }
}

/* Note in `complaints` what the context's pages ask of other origins than these. */
function watch(context, origins, complaints) {
  const look = (address) => {
    const { protocol, origin } = new URL(address);
    const own = origins.some((one) => one === origin || one.replace(/^http/, 'ws') === origin);
    if (!own && !['data:', 'blob:', 'about:'].includes(protocol)) complaints.push(`asked elsewhere: ${address}`);
  };
  context.on('request', (request) => isOfOurs(request, origins) && look(request.url()));
  context.on('page', (page) => page.on('websocket', (socket) => look(socket.url())));
}

/*
 * One person: a fresh context. `options` are Playwright's, and `others`: origins that pages may ask beside their own.
 * Return: the page, with `complaints` (texts) and `asked` (what went to /graphql, by operation).
 */
export async function person(browser, origin, { others = [], ...options } = {}) {
  const context = await browser.newContext({ baseURL: origin, viewport: { width: 1280, height: 900 }, locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
  const complaints = [];
  watch(context, [origin, ...others], complaints);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.complaints = complaints;
  page.asked = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    const isStatus = /Failed to load resource: .*(404|410|422|503)|A bad HTTP response code \(503\) was received when fetching the script/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isStatus) page.complaints.push(message.text());
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname !== '/graphql') return;
    page.asked.push(url.searchParams.get('operationName') ?? JSON.parse(request.postData() ?? '{}').operationName);
  });
  return page;
}

/* Taken over by the script: from here on forms are sent by sagas. */
export async function alive(page) {
  await page.locator('html[data-alive]').waitFor({ state: 'attached' });
}

/* Every rule of WCAG 2.2 A and AA, and the best practices. Return: a line for each violation. */
export async function axe(page) {
  /* The policy allows no inline script; evaluate() is the debugger's and is not asked. */
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}
