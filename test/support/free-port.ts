import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that the kernel takes for outgoing connections (Linux: from 32768 on): one of them could have a port that
 * was found free by the time somebody listens on it. Below node ports, too.
 */
const FIRST = 10_000;
const LAST = 29_999;

const given = new Set<number>();

/** A port of the loopback address on which nobody listens, and which nobody else of this process is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
