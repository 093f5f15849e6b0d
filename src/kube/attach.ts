import { openChannels, sendOn } from './channels.js';
import type { KubeClient } from './client.js';
import { pathOf, resources } from './resources.js';
import type { ObjectRef } from './types.js';

const PROTOCOL = 'v5.channel.k8s.io';
const STDIN = 0;
/** On this channel a channel's number says that it is at its end. */
const CLOSE = 255;
const MESSAGE_BYTES = 64 * 1024;

/**
 * Feeds a stream to the standard input of a running container and closes it, as `kubectl attach -i` does. Resolves
 * when all is handed over; what the container makes of it is seen on its pod.
 * @throws KubeError when the API server refuses, Error when the connection breaks, what the signal says.
 */
export async function feedStdin(
  client: KubeClient,
  pod: ObjectRef,
  {
    container,
    source,
    signal,
  }: { container: string; source: AsyncIterable<Uint8Array>; signal: AbortSignal },
): Promise<void> {
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'false', stderr: 'true' });
  const path = `${pathOf(resources.Pod, pod.namespace, pod.name, 'attach')}?${query.toString()}`;
  const socket = await openChannels(client.connection, path, [PROTOCOL]);
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  // What waits for a node that says nothing any more waits for ever, but for this.
  const cancel = () => socket.terminate();
  signal.addEventListener('abort', cancel, { once: true });
  socket.resume();
  try {
    signal.throwIfAborted();
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; at += MESSAGE_BYTES) {
        await sendOn(socket, STDIN, chunk.subarray(at, at + MESSAGE_BYTES));
      }
    }
    await sendOn(socket, CLOSE, Buffer.from([STDIN]));
    await closed;
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', cancel);
    socket.terminate();
  }
}
