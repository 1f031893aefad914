/*
 * GraphQL to Tessera: queries and mutations by POST, subscriptions as server-sent events (the browser's EventSource
 * comes back by itself and goes on after the last event it saw). A document goes by its id; a server that was started
 * without our list of documents gets the text instead, from its first refusal on.
 */
import { ApolloLink } from '@apollo/client';
import { print, type DocumentNode } from 'graphql';
import { Observable } from 'rxjs';

const TIMEOUT_MS = 10_000;

export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: readonly { message: string; extensions?: { code?: string } }[];
}

/* Sends a body and brings what came back; throws when that is nothing. */
export type Post = (body: string, headers: Record<string, string>, signal: AbortSignal) => Promise<Answer>;

/* `url` is where GraphQL is; `knows` is shared by the links of one process, so that only one request finds out. */
export interface Server {
  url: string;
  knows: { documents: boolean };
  /* What a request is sent with beside its body, where somebody has signed in. */
  headers?: () => Record<string, string>;
  /* Instead of fetch. */
  post?: Post;
}

function idOf(document: DocumentNode): string | undefined {
  return (document as DocumentNode & { __meta__?: { hash?: string } }).__meta__?.hash;
}

export function bodyOf(operation: ApolloLink.Operation, byId: boolean): Record<string, unknown> {
  const id = byId ? idOf(operation.query) : undefined;
  const named = id ? { documentId: id } : { query: print(operation.query) };
  return { ...named, operationName: operation.operationName, variables: operation.variables };
}

function isUnknownDocument(answer: Answer): boolean {
  return answer.errors?.[0]?.extensions?.code === 'PERSISTED_QUERY_NOT_FOUND';
}

async function postByFetch(url: string, body: string, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  return (await response.json()) as Answer;
}

async function post(server: Server, operation: ApolloLink.Operation, signal: AbortSignal): Promise<Answer> {
  const send = (byId: boolean): Promise<Answer> => {
    const headers = { 'content-type': 'application/json', accept: 'application/json', ...server.headers?.() };
    const body = JSON.stringify(bodyOf(operation, byId));
    return server.post ? server.post(body, headers, signal) : postByFetch(server.url, body, headers, signal);
  };
  const answer = await send(server.knows.documents);
  if (!server.knows.documents || !isUnknownDocument(answer)) return answer;
  server.knows.documents = false;
  return send(false);
}

function ask(server: Server, operation: ApolloLink.Operation): Observable<ApolloLink.Result> {
  return new Observable((observer) => {
    const abort = new AbortController();
    let isDone = false;
    post(server, operation, abort.signal).then(
      (answer) => {
        isDone = true;
        observer.next(answer as ApolloLink.Result);
        observer.complete();
      },
      (error: unknown) => abort.signal.aborted || observer.error(error),
    );
    return () => isDone || abort.abort();
  });
}

function openStream(server: Server, operation: ApolloLink.Operation): EventSource {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(bodyOf(operation, server.knows.documents)))
    query.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  return new EventSource(`${server.url}?${query}`);
}

/* Why a stream was refused an EventSource does not tell; the first time, the document's id may be the reason. */
function listen(server: Server, operation: ApolloLink.Operation): Observable<ApolloLink.Result> {
  return new Observable((observer) => {
    let source: EventSource;
    const open = () => {
      const byId = server.knows.documents;
      let isHeard = false;
      source = openStream(server, operation);
      source.addEventListener('next', (event) => {
        isHeard = true;
        observer.next(JSON.parse(event.data) as ApolloLink.Result);
      });
      source.addEventListener('complete', () => {
        source.close();
        observer.complete();
      });
      source.addEventListener('error', () => {
        if (source.readyState !== EventSource.CLOSED) return;
        if (!byId || isHeard) return observer.error(new Error('the stream of events was refused'));
        server.knows.documents = false;
        open();
      });
    };
    open();
    return () => source.close();
  });
}

export function isSubscription(operation: ApolloLink.Operation): boolean {
  return operation.query.definitions.some(
    (definition) => definition.kind === 'OperationDefinition' && definition.operation === 'subscription',
  );
}

export function makeLink(server: Server): ApolloLink {
  return new ApolloLink((operation) =>
    isSubscription(operation) ? listen(server, operation) : ask(server, operation),
  );
}
