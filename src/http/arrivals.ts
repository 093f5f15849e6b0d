import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ArrivalLimits {
  /** For the body of a request to arrive in whole, from its headers on. */
  wholeMs: number;
  /** For more of a file to arrive. */
  idleMs: number;
}

/** An answer that says it took too long is given this time to get through. */
const PARTING_MS = 1000;

/**
 * How long bodies may take to arrive. Node has one limit for all requests; here files, once somebody who may send them
 * has begun to, take the time they need as long as they keep coming.
 */
export class Arrivals {
  readonly #timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();
  readonly #responses = new WeakMap<IncomingMessage, ServerResponse>();

  /** @param refuse answers on the connection itself */
  constructor(
    private readonly limits: ArrivalLimits,
    private readonly refuse: (socket: Socket) => void,
  ) {}

  /** A request whose headers are there. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    if (!hasBody(request)) return;
    this.#responses.set(request, response);
    this.#arm(request, this.limits.wholeMs, () => this.#end(request));
    request.once('close', () => clearTimeout(this.#timers.get(request)));
  }

  /** What it brings is a file. */
  expectFile(request: IncomingMessage): void {
    const { bytesRead } = request.socket;
    this.#arm(request, this.limits.idleMs, () => {
      // What we have not taken yet keeps the rest from coming.
      const isOurs = request.readableLength >= request.readableHighWaterMark;
      if (isOurs || request.socket.bytesRead > bytesRead) this.expectFile(request);
      else this.#end(request);
    });
  }

  #arm(request: IncomingMessage, ms: number, expired: () => void): void {
    clearTimeout(this.#timers.get(request));
    const timer = setTimeout(() => !request.complete && expired(), ms);
    this.#timers.set(request, timer.unref());
  }

  #end(request: IncomingMessage): void {
    const { socket } = request;
    if (this.#responses.get(request)?.headersSent) return void socket.destroy();
    this.refuse(socket);
    setTimeout(() => socket.destroy(), PARTING_MS).unref();
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
