/** Ports of the machine's loopback. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { BerthError } from '../../core/errors.js';

const FIRST = 8600;
const LAST = 8699;

/** The first free one of Berth's ports. */
export async function choosePort(): Promise<number> {
  for (let port = FIRST; port <= LAST; port += 1) {
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
