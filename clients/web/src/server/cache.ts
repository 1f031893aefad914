/*
 * Public pages for a moment: however many ask at once, one is rendered (single flight), and all get its bytes. When
 * rendering fails, or Tessera is away, the last good one is shown as long as it is not older than an hour.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Rendered } from './render';

export interface Entry {
  rendered: Rendered;
  body: Buffer;
  gzip: Buffer;
  etag: string;
  untilMs: number;
  madeMs: number;
}

const ENTRIES_MAX = 1000;
const STALE_MS = 3600 * 1000;

function entryOf(rendered: Rendered, sharedSeconds: number): Entry {
  const body = Buffer.from(rendered.html);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const now = Date.now();
  return { rendered, body, gzip: gzipSync(body, { level: 5 }), etag, untilMs: now + sharedSeconds * 1000, madeMs: now };
}

export class PageCache {
  #entries = new Map<string, Entry>();
  #flights = new Map<string, Promise<Entry>>();

  /* Of `key`, rendered when it is not there or too old. */
  get(key: string, sharedSeconds: number, render: () => Promise<Rendered>): Entry | Promise<Entry> {
    const kept = this.#entries.get(key);
    if (kept && kept.untilMs > Date.now()) return kept;
    let flight = this.#flights.get(key);
    if (!flight) {
      flight = this.#fly(key, sharedSeconds, render, kept).finally(() => this.#flights.delete(key));
      this.#flights.set(key, flight);
    }
    return flight;
  }

  async #fly(key: string, sharedSeconds: number, render: () => Promise<Rendered>, kept: Entry | undefined): Promise<Entry> {
    let entry: Entry | undefined;
    try {
      entry = entryOf(await render(), sharedSeconds);
      if (entry.rendered.status >= 500 && kept && Date.now() - kept.madeMs < STALE_MS) entry = { ...kept, untilMs: Date.now() + 1000 };
    } catch (error) {
      if (!kept || Date.now() - kept.madeMs >= STALE_MS) throw error;
      entry = { ...kept, untilMs: Date.now() + 1000 };
    }
    if (entry.rendered.status < 500) this.#keep(key, entry);
    return entry;
  }

  /* The oldest goes first. */
  #keep(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= ENTRIES_MAX) break;
      this.#entries.delete(oldest);
    }
  }
}
