/*
 * What a door device keeps in IndexedDB: lists as they were last read, who passed, and scans that wait to be told to the
 * server. A passing and its waiting scan are written in one transaction, before anybody is let in by it; two tabs
 * of one device therefore never both admit a ticket.
 */
import type { CheckInDirection, CheckInResult } from '../../graphql/door/generated/graphql';
import type { DoorList, Guest, Pass } from './rules';

/* A scan that happened without a network. */
export interface Waiting {
  nonce: string;
  listId: string;
  qr: string;
  /* Instead of a code: somebody who was looked up. */
  ticketId?: string;
  direction: CheckInDirection;
  gate: string | null;
  /* When it happened, by this device's clock. */
  atMs: number;
  /* Why the server would not record it; null: it has not refused. */
  problem: string | null;
}

export interface Shelf {
  list(id: string): Promise<DoorList | undefined>;
  keepList(list: DoorList): Promise<void>;
  pass(listId: string, ticket: string): Promise<Pass | undefined>;
  /* Of what is known of a ticket the newest stays. */
  notePass(pass: Pass): Promise<void>;
  /* It was undone, if it is the last that is known. */
  forgetPass(listId: string, ticket: string, scan: string): Promise<void>;
  /* Instead of those that were kept before. */
  keepGuests(listId: string, guests: Guest[]): Promise<void>;
  guests(listId: string): Promise<Guest[]>;
  /* Ask `decide` about the last passing; when it says OK, write the passing and the scan. */
  admit(pass: Pass, waiting: Waiting, decide: (last: Pass | undefined) => CheckInResult): Promise<{ result: CheckInResult; last: Pass | undefined }>;
  /* Oldest first. */
  waiting(): Promise<Waiting[]>;
  told(nonce: string): Promise<void>;
  refused(nonce: string, problem: string): Promise<void>;
}

const NAME = 'tessera-door';

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}

function open(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(NAME, 2);
  request.onupgradeneeded = ({ oldVersion }) => {
    request.result.createObjectStore('guests', { keyPath: ['listId', 'ticketId'] });
    if (oldVersion > 0) return;
    request.result.createObjectStore('lists', { keyPath: 'id' });
    request.result.createObjectStore('passes', { keyPath: ['listId', 'ticket'] });
    request.result.createObjectStore('waiting', { keyPath: 'nonce' });
  };
  return done(request);
}

/* Runs `body` in one transaction; what it returns is durable once the promise is kept. */
async function within<T>(database: IDBDatabase, stores: string[], mode: IDBTransactionMode, body: (get: (name: string) => IDBObjectStore) => Promise<T>): Promise<T> {
  const transaction = database.transaction(stores, mode, { durability: 'strict' });
  const ended = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB gave up'));
  });
  ended.catch(() => undefined); /* the body's own error is told first */
  const result = await body((name) => transaction.objectStore(name));
  await ended;
  return result;
}

export async function openShelf(factory: IDBFactory = indexedDB): Promise<Shelf> {
  const database = await open(factory);
  const read = <T>(store: string, ask: (store: IDBObjectStore) => IDBRequest<T>) =>
    within(database, [store], 'readonly', (get) => done(ask(get(store))));
  const put = (store: string, value: unknown) =>
    within(database, [store], 'readwrite', async (get) => void (await done(get(store).put(value))));

  return {
    list: (id) => read<DoorList | undefined>('lists', (store) => store.get(id)),
    keepList: (list) => put('lists', list),
    pass: (listId, ticket) => read<Pass | undefined>('passes', (store) => store.get([listId, ticket])),
    notePass: (pass) =>
      within(database, ['passes'], 'readwrite', async (get) => {
        const last = (await done(get('passes').get([pass.listId, pass.ticket]))) as Pass | undefined;
        if (last && last.atMs > pass.atMs) return;
        await done(get('passes').put({ ...pass, issue: pass.issue ?? last?.issue ?? null }));
      }),
    forgetPass: (listId, ticket, scan) =>
      within(database, ['passes'], 'readwrite', async (get) => {
        const last = (await done(get('passes').get([listId, ticket]))) as Pass | undefined;
        if (last?.scan === scan) await done(get('passes').delete([listId, ticket]));
      }),
    keepGuests: (listId, guests) =>
      within(database, ['guests'], 'readwrite', async (get) => {
        await done(get('guests').delete(IDBKeyRange.bound([listId], [listId, []])));
        await Promise.all(guests.map((guest) => done(get('guests').put(guest))));
      }),
    guests: (listId) => read<Guest[]>('guests', (store) => store.getAll(IDBKeyRange.bound([listId], [listId, []]))),
    admit: (pass, waiting, decide) =>
      within(database, ['passes', 'waiting'], 'readwrite', async (get) => {
        const last = (await done(get('passes').get([pass.listId, pass.ticket]))) as Pass | undefined;
        const result = decide(last);
        if (result === 'OK') {
          await done(get('passes').put(pass));
          await done(get('waiting').add(waiting));
        }
        return { result, last };
      }),
    waiting: async () => (await read<Waiting[]>('waiting', (store) => store.getAll())).sort((a, b) => a.atMs - b.atMs),
    told: (nonce) => within(database, ['waiting'], 'readwrite', async (get) => void (await done(get('waiting').delete(nonce)))),
    refused: (nonce, problem) =>
      within(database, ['waiting'], 'readwrite', async (get) => {
        const waiting = (await done(get('waiting').get(nonce))) as Waiting | undefined;
        if (waiting) await done(get('waiting').put({ ...waiting, problem }));
      }),
  };
}
