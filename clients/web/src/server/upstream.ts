/* On a port of its own, the server passes Tessera's own paths through, so that pages have one origin here too. */
import { request, type IncomingMessage, type ServerResponse } from 'node:http';

const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer']);

export function isUpstreams(path: string): boolean {
  return path === '/graphql' || path.startsWith('/t/');
}

/* For whom we ask: what we were told about that, and who told us. The server believes as much of it as it trusts. */
export function forwardedFor(request: IncomingMessage): string {
  return [request.headers['x-forwarded-for'], request.socket.remoteAddress].filter(Boolean).join(', ');
}

export function passOn(incoming: IncomingMessage, outgoing: ServerResponse, graphql: string): void {
  const target = new URL(incoming.url ?? '/', graphql);
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !HOP.has(name)));
  const asked = request(target, { method: incoming.method, headers: { ...headers, host: target.host, 'x-forwarded-for': forwardedFor(incoming) } }, (answer) => {
    const kept = Object.entries(answer.headers).filter(([name]) => !HOP.has(name));
    outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept));
    answer.pipe(outgoing);
  });
  asked.on('error', () => {
    if (!outgoing.headersSent) outgoing.writeHead(502, { 'content-type': 'text/plain' });
    outgoing.end('Tessera does not answer.\n');
  });
  outgoing.on('close', () => asked.destroy());
  incoming.pipe(asked);
}
