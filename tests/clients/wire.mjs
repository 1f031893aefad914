/* A wire between a client and the server under test that can be cut, for scripts about what comes back. */
import { connect, createServer } from 'node:net';
import { once } from 'node:events';

/* Return: {url: of /graphql through it, cut(): all connections that it has now, close()}. */
export async function openWire(server) {
  const ends = new Set();
  const wire = createServer((near) => {
    const far = connect(new URL(server.url).port, '127.0.0.1');
    for (const end of [near, far]) {
      ends.add(end);
      end.on('error', () => {}).on('close', () => ends.delete(end) && [near, far].forEach((each) => each.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  wire.listen(0, '127.0.0.1');
  await once(wire, 'listening');
  return {
    url: `http://127.0.0.1:${wire.address().port}/graphql`,
    cut: () => ends.forEach((end) => end.destroy()),
    close: () => wire.close(),
  };
}
