/**
 * Machine-wide mutual exclusion between processes. A lock is a listening abstract Unix socket: the kernel
 * gives the name to one process only and takes it back when that process ends, however it ends, so there are
 * no stale locks to break. A waiter connects to the holder and wakes when the connection closes.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';

/** A held lock; disposing it lets the next waiter in. */
export type Lock = AsyncDisposable;

/**
 * Waits for the lock `name` and takes it. `onWait` is called with the holder's own description each time
 * somebody else turns out to have it. Names are shared by all processes of one network namespace.
 */
export async function acquireLock(
  name: string,
  description: string,
  onWait: (holder: string) => void = () => undefined,
): Promise<Lock> {
  const address = addressOf(name);
  for (;;) {
    const lock = await tryListen(address, description);
    if (lock) return lock;
    await waitForHolder(address, onWait);
  }
}

/** Only Linux has abstract sockets; elsewhere a file stands for the lock, and may be left behind. */
function addressOf(name: string): string {
  const id = `berth-${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
  return platform === 'linux' ? `\0${id}` : join(tmpdir(), `${id}.sock`);
}

async function tryListen(address: string, description: string): Promise<Lock | undefined> {
  const waiters = new Set<Socket>();
  const server = createServer((socket) => {
    waiters.add(socket);
    socket.on('close', () => waiters.delete(socket)).on('error', () => undefined);
    socket.write(description);
  });
  server.listen(address);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  // A held lock alone must not keep the process alive.
  server.unref();
  return { [Symbol.asyncDispose]: () => close(server, waiters) };
}

async function waitForHolder(address: string, onWait: (holder: string) => void): Promise<void> {
  const socket = connect(address);
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('data', (text: Buffer) => onWait(text.toString()));
  // An error means the holder has just gone: the caller tries to take its place. A file nobody listens on goes.
  socket.on('error', () => address.startsWith('\0') || rmSync(address, { force: true }));
  socket.on('close', () => resolve());
  await promise;
}

async function close(server: Server, waiters: ReadonlySet<Socket>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  for (const socket of waiters) socket.destroy();
  await promise;
}
