/*
 * What clients/widget is served: its one script, and an event's dates and offers as JSON. The list is asked for here and
 * kept for a moment (cache.ts), so a host page with many readers costs Tessera one question, and --cors-origin may stay off.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeClient } from '../api/client';
import type { Server } from '../api/link';
import { EventPageDocument } from '../graphql/generated/graphql';
import { ALL, FIRST } from '../language/languages';
import type { WidgetList } from '../pages/event/list';
import type { Rendered } from './render';

export const WIDGET_PATH = '/w/v1.js';
export const WORDS_PATH = /^\/w\/v1\/words\/(?<language>[a-z]{2})$/;
export const LIST_PATH = /^\/w\/v1\/(?<organizer>[a-z0-9-]{1,63})\/(?<event>[a-z0-9-]{1,63})$/;

export interface WidgetFile {
  body: Buffer;
  gzip: Buffer;
  etag: string;
}

export const WORKER_PATH = '/sw.js';

export interface Widget {
  script: WidgetFile;
  /* What it says, by language; English is in the script. */
  words: Map<string, WidgetFile>;
}

export function fileOf(path: string): WidgetFile {
  const body = readFileSync(path);
  return { body, gzip: gzipSync(body, { level: 9 }), etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

/* Throws when the folder is not what build.js makes. */
export function readWidget(folder: string): Widget {
  const words = ALL.filter((language) => language !== FIRST).map((language) => [language, fileOf(join(folder, 'words', `${language}.json`))] as const);
  return { script: fileOf(join(folder, 'v1.js')), words: new Map(words) };
}

/* `path` is of LIST_PATH. */
export async function listOf(server: Server, path: string): Promise<Rendered> {
  const { organizer = '', event: slug = '' } = LIST_PATH.exec(path)?.groups ?? {};
  const client = makeClient(server, { ssr: true });
  const answer = (status: number, list: WidgetList | null, tags: string[]): Rendered => ({ status, location: null, html: JSON.stringify(list), tags, ancestors: [] });
  try {
    const { data } = await client.query({ query: EventPageDocument, variables: { organizer, slug }, fetchPolicy: 'no-cache' });
    if (!data?.event) return answer(404, null, []);
    const { id, title, status, testMode, timeZone, dates } = data.event;
    const { name, embedOrigins } = data.event.organizer;
    const list = { id, title, status, testMode, timeZone, organizer: name, embedOrigins, dates: dates.nodes };
    return answer(200, list, [`event/${id}`, `organizer/${organizer}`]);
  } catch (error) {
    console.error(`widget ${path}: ${String(error)}`);
    return answer(503, null, []);
  } finally {
    client.stop();
  }
}
