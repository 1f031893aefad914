/* The thread that prints, as pages see it: begun by the first who asks, and ended when nobody has asked for a minute. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Print } from './page';

const WAITING_MAX = 20;
const IDLE_MS = 60_000;

export class Busy extends Error {}

interface Waiting {
  resolve: (bytes: Buffer) => void;
  reject: (error: Error) => void;
}

export class Printer {
  private thread: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;
  private idle: NodeJS.Timeout | undefined;

  private begin(): Worker {
    const thread = new Worker(join(import.meta.dirname, 'pdf.js'), { resourceLimits: { maxOldGenerationSizeMb: 96 } });
    const end = (error: Error) => {
      if (this.thread !== thread) return;
      this.thread = null;
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    };
    thread.unref();
    thread.on('message', ({ id, bytes }: { id: number; bytes: Uint8Array }) => this.done(id, bytes));
    thread.on('error', end);
    thread.on('exit', () => end(new Error('the thread that prints has ended')));
    return thread;
  }

  private done(id: number, bytes: Uint8Array) {
    this.waiting.get(id)?.resolve(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.waiting.delete(id);
    if (this.waiting.size > 0) return;
    this.idle = setTimeout(() => {
      void this.thread?.terminate();
      this.thread = null;
    }, IDLE_MS).unref();
  }

  /* Throws Busy when too many wait already. */
  print(print: Print): Promise<Buffer> {
    if (this.waiting.size >= WAITING_MAX) throw new Busy();
    clearTimeout(this.idle);
    this.thread ??= this.begin();
    const id = ++this.last;
    this.thread.postMessage({ id, print });
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }
}
