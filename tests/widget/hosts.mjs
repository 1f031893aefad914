/*
 * Pages of promoters: another site than the shop's (localhost to its 127.0.0.1, so cookies of one are third-party in the
 * other), each with a policy of its own. A page's script only notes what the widget tells it.
 */
import { createServer } from 'node:http';
import { once } from 'node:events';

const NOTES = `
window.heard = [];
for (const type of ['loaded', 'select', 'checkout', 'purchase', 'close', 'error'])
  document.addEventListener('tessera:' + type, (event) => heard.push({ type, id: event.target.id, detail: event.detail }));
`;

const HOSTILE = `
* { color: magenta !important; font: italic 40px/3 serif !important; text-transform: uppercase !important; letter-spacing: 9px !important;
  background: yellow !important; border: 5px dotted red !important; padding: 30px !important; visibility: visible; text-align: right !important; }
button, select, dialog, iframe, h2, ul { display: none !important; opacity: 0.1 !important; width: 7px !important; }
`;

const STRICT = (shop) =>
  `default-src 'none'; script-src 'self' ${shop}; style-src 'self'; connect-src ${shop}; frame-src ${shop}; require-trusted-types-for 'script'; base-uri 'none'; form-action 'none'`;

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/* What each page's answer says beside its HTML. */
const headers = {
  '/plain': () => ({}),
  '/strict': (shop) => ({ 'content-security-policy': STRICT(shop) }),
  '/isolated': () => ISOLATED,
  '/embedder': () => ({ 'cross-origin-embedder-policy': 'require-corp' }),
  '/hostile': () => ({}),
};

const page = (path, shop, body) => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A promoter's page</title><meta name="viewport" content="width=device-width, initial-scale=1">
<script src="/notes.js"></script><script async src="${shop}/w/v1.js"></script>
<link rel="stylesheet" href="${path === '/hostile' ? '/hostile.css' : '/own.css'}"></head>
<body><h1>The band's own page</h1>${body}</body></html>`;

/*
 * `body` of a request's path is the HTML around the widget; it can be set at any time. Return: {origin, at(path, body):
 * the address of a page, foreign: the same pages of an origin that nobody allowed, stop()}.
 */
export async function startHosts(shop) {
  const bodies = new Map();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://here');
    const send = (type, text, rest = {}) => {
      response.writeHead(200, { 'content-type': type, ...rest });
      response.end(text);
    };
    if (pathname === '/notes.js') return send('text/javascript', NOTES, { 'cross-origin-resource-policy': 'same-origin' });
    if (pathname === '/hostile.css') return send('text/css', HOSTILE);
    if (pathname === '/own.css') return send('text/css', 'body { margin: 2rem auto; max-width: 40rem; padding: 0 1rem; font-family: Georgia, serif; background: #f6efe2 }');
    if (!headers[pathname]) return response.writeHead(404).end();
    send('text/html', page(pathname, shop, bodies.get(searchParams.get('body')) ?? ''), headers[pathname](shop));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const address = (host) => (path, body) => {
    const key = String(bodies.size);
    bodies.set(key, body);
    return `http://${host}:${port}${path}?body=${key}`;
  };
  return {
    origin: `http://localhost:${port}`,
    at: address('localhost'),
    foreign: address('app.localhost'),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
