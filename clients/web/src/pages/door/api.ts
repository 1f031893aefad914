/*
 * GraphQL for staff: as the shop's, with the credentials of who signed in. An EventSource cannot send those, so the stream
 * of scans is read from a POST.
 */
import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { Observable } from 'rxjs';
import { bodyOf, isSubscription, makeLink, type Server } from '../../api/link';

/* Of a text/event-stream, one event at a time: its name and data. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ name: string; data: string }> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart());
      const [name] = field('event');
      if (name) yield { name, data: field('data').join('\n') };
    }
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function listen(server: Server, operation: ApolloLink.Operation): Observable<ApolloLink.Result> {
  return new Observable((observer) => {
    const abort = new AbortController();
    const run = async () => {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...server.headers?.() },
        body: JSON.stringify(bodyOf(operation, server.knows.documents)),
        signal: abort.signal,
      });
      if (!response.ok || !response.body) throw new Error(`the stream of scans was refused: ${response.status}`);
      for await (const { name, data } of readEvents(chunksOf(response.body))) {
        if (name === 'next') observer.next(JSON.parse(data) as ApolloLink.Result);
        if (name === 'complete') break;
      }
      observer.complete();
    };
    run().catch((error: unknown) => abort.signal.aborted || observer.error(error));
    return () => abort.abort();
  });
}

export function makeDoorClient(server: Server): ApolloClient {
  const link = ApolloLink.split(isSubscription, new ApolloLink((operation) => listen(server, operation)), makeLink(server));
  return new ApolloClient({
    cache: new InMemoryCache(),
    link,
    devtools: { enabled: false },
    defaultOptions: { query: { fetchPolicy: 'no-cache' }, mutate: { fetchPolicy: 'no-cache' } },
  });
}

/* Why a call failed. "refused": it is not for who asks. "away": nobody answered, or nobody who could do it; whether it was done is not known. */
export function failureOf(error: unknown): 'away' | 'signedOut' | 'refused' {
  const code = CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : null;
  if (code === 'FORBIDDEN') return 'refused';
  return code === 'UNAUTHENTICATED' ? 'signedOut' : 'away';
}
