/*
 * Lighthouse, mobile profile, on home, event and order: run.mjs TESSERA [TIMES]. A server and a catalogue of its own; the
 * median of each category, and of what one waits for. Exit 1 when a category is below 95.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutate } from '../../clients/shop.mjs';
import { event, organizer } from '../catalogue.mjs';
import { startSite } from '../site.mjs';

const require = createRequire(import.meta.url);
const lighthouse = require.resolve('lighthouse/cli/index.js');
const [program, times = '3'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tessera-lighthouse-'));
const site = await startSite(program);
const fabrik = await organizer(site.server);
const venueId = (await mutate(site.server, 'createVenue', 'venue { id }', { organizerId: fabrik, name: 'Halle', city: 'Berlin', country: 'DE' })).venue.id;
for (let at = 0; at < 12; at++) await event(site.server, fabrik, `night-${at}`, [{ name: 'Entry', price: '12.00', size: 100 }, { name: 'Child', price: '5.00', size: 9 }], { title: `Night ${at}`, description: 'Four bands, one hall.', venueId });

const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const TIMES = { 'largest-contentful-paint': 'LCP ms', 'total-blocking-time': 'TBT ms', 'cumulative-layout-shift': 'CLS' };

function once(url) {
  const out = join(folder, 'report.json');
  execFileSync(process.execPath, [lighthouse, url, '--quiet', '--output=json', `--output-path=${out}`, '--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage'], {
    env: { ...process.env, CHROME_PATH: '/usr/bin/chromium' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return JSON.parse(readFileSync(out, 'utf8'));
}

const median = (numbers) => numbers.sort((left, right) => left - right)[Math.floor(numbers.length / 2)];

for (const path of ['/', '/o/fabrik', '/e/fabrik/night-3']) {
  const reports = Array.from({ length: Number(times) }, () => once(site.origin + path));
  const scores = CATEGORIES.map((name) => [name, median(reports.map((report) => Math.round(report.categories[name].score * 100)))]);
  const waits = Object.entries(TIMES).map(([id, name]) => `${name} ${median(reports.map((report) => report.audits[id].numericValue)).toFixed(id.startsWith('cumulative') ? 3 : 0)}`);
  console.log(`${path.padEnd(20)} ${scores.map(([name, score]) => `${name} ${score}`).join(', ')}; ${waits.join(', ')}`);
  for (const [name, score] of scores) {
    if (score >= 95) continue;
    process.exitCode = 1;
    const failed = Object.values(reports[0].audits).filter((audit) => audit.score !== null && audit.score < 0.9 && reports[0].categories[name].auditRefs.some((ref) => ref.id === audit.id && ref.weight > 0));
    console.log(`  ${name}: ${failed.map((audit) => `${audit.id} (${audit.displayValue ?? audit.score})`).join(', ')}`);
  }
}
rmSync(folder, { recursive: true });
await site.stop();
