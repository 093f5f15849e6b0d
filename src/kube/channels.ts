/**
 * Streams to pods by way of the API server: a WebSocket whose messages begin with the number of a channel
 * (`*.channel.k8s.io`, k8s.io/apimachinery `pkg/util/remotecommand` and `httpstream/wsstream`).
 */
import type { IncomingMessage } from 'node:http';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { messageOf } from '../core/errors.js';
import type { Connection } from './connection.js';
import { errorFromStatus, unreachable } from './kube-error.js';

const HANDSHAKE_MS = 10_000;

/** Opens a WebSocket to the API server, paused: resume it when its messages are listened to. Throws KubeError when it refuses or does not answer. */
export async function openChannels(
  connection: Connection,
  path: string,
  protocols: readonly string[],
): Promise<WebSocket> {
  const { headers, ca, cert, key } = await connection.credentials();
  const url = new URL(path, connection.server);
  const expected = connection.tlsServerName ?? url.hostname;
  const [, host = url.hostname, port = url.port || '443'] =
    /^\[?(.*?)\]?:(\d+)$/.exec(connection.dial ?? '') ?? [];
  const socket = new WebSocket(url.href.replace(/^http/, 'ws'), [...protocols], {
    headers,
    handshakeTimeout: HANDSHAKE_MS,
    perMessageDeflate: false,
    createConnection: () =>
      connectTls({
        host,
        port: Number(port),
        servername: /^[\d.]+$|:/.test(expected) ? '' : expected,
        ca,
        cert,
        key,
        rejectUnauthorized: !connection.insecureSkipTlsVerify,
        checkServerIdentity: (_host, certificate) => checkServerIdentity(expected, certificate),
      }),
  });
  return opened(socket, `GET ${url.pathname}`);
}

/** Sends on a channel; resolves when the bytes are on their way, so that who waits sends no quicker than is taken. */
export function sendOn(socket: WebSocket, channel: number, bytes: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.send(Buffer.concat([Buffer.from([channel]), bytes]), (error) => (error ? reject(error) : resolve()));
  return promise;
}

function opened(socket: WebSocket, label: string): Promise<WebSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  socket.once('open', () => {
    // What the server says first must wait until somebody listens.
    socket.pause();
    resolve(socket);
  });
  socket.once(
    'unexpected-response',
    (_request, response) => void refusal(response, label).then(reject, reject),
  );
  // Later errors end the socket with a `close`, which its users listen to.
  socket.on('error', (error) => reject(unreachable(label, messageOf(error), error)));
  return promise;
}

async function refusal(response: IncomingMessage, label: string): Promise<Error> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return errorFromStatus(body, { label, statusCode: response.statusCode ?? 0 });
}
