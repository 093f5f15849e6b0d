/** Ports of the machine's loopback. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { BerthError } from '../../core/errors.js';

const FIRST = 8600;
const LAST = 8699;

/**
 * The first free one of Berth's ports, looked for from number `offset` on. Installations that start at the same time
 * look from different places: a port is found free long before its service listens there.
 */
export async function choosePort(offset: number): Promise<number> {
  const count = LAST - FIRST + 1;
  for (let tried = 0; tried < count; tried += 1) {
    const port = FIRST + ((offset + tried) % count);
    if (await isFree(port)) return port;
  }
  throw new BerthError('NoPortLeft', `ports ${FIRST} to ${LAST} of 127.0.0.1 are all in use`, {
    next: 'Choose another one with --port.',
  });
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
