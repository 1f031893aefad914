/* GraphQL asked by this server: node:http on connections that stay, at half of what fetch costs, and without compression on one machine. */
import { Agent as PlainAgent, request as requestPlain } from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import type { Post } from '../api/link';

const TIMEOUT_MS = 10_000;

export function makePost(url: string): Post {
  const target = new URL(url);
  const isTls = target.protocol === 'https:';
  const request = isTls ? requestTls : requestPlain;
  const agent = isTls ? new TlsAgent({ keepAlive: true }) : new PlainAgent({ keepAlive: true });
  return (body, headers) =>
    new Promise((resolve, reject) => {
      const options = { method: 'POST', agent, timeout: TIMEOUT_MS, headers: { ...headers, 'accept-encoding': 'identity', 'content-length': Buffer.byteLength(body) } };
      const asked = request(target, options, (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('error', reject);
        answer.on('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(pieces).toString('utf8')));
          } catch {
            reject(new Error(`Tessera answered ${answer.statusCode} with what is no JSON`));
          }
        });
      });
      asked.on('timeout', () => asked.destroy(new Error(`Tessera did not answer in ${TIMEOUT_MS} ms`)));
      asked.on('error', reject);
      asked.end(body);
    });
}
