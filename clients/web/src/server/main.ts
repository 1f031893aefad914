/*
 * tessera-web: the shop's pages over HTTP, in front of Tessera's GraphQL. When it is ready it prints one line of JSON,
 * {"url": …}, on stdout; what goes wrong is told on stderr. It ends on SIGTERM.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makePost } from './ask';
import { readPublic } from './assets';
import { PageCache } from './cache';
import { readFlags } from './flags';
import { handle, type Site } from './handler';
import { fileOf, readWidget } from './widget';

const flags = readFlags();
const site: Site = {
  flags,
  server: { url: flags.graphql, knows: { documents: true }, post: makePost(flags.graphql) },
  files: readPublic(join(import.meta.dirname, 'public')),
  pages: new PageCache(),
  widget: readWidget(join(import.meta.dirname, 'widget')),
  worker: fileOf(join(import.meta.dirname, 'sw.js')),
};

const server = createServer((request, response) => {
  handle(site, request, response).catch((error: unknown) => {
    console.error(`tessera-web: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (response.headersSent) return response.destroy();
    response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
    response.end('This page could not be made.\n');
  });
});

server.keepAliveTimeout = 75_000;
server.on('error', (error) => {
  console.error(`tessera-web: ${error.message}`);
  process.exit(1);
});
server.listen(flags.port, flags.host, () => {
  const { address, family, port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}` }));
});

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), 5000).unref();
});
