import type { Client, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { BerthError } from '../../../core/errors.js';
import { protocol, type ServiceName } from './protocol.js';

/** Where a member of etcd answers, and who asks. */
export interface EtcdAddress {
  /** `host:port` to dial. */
  dial: string;
  /** Name expected in the member's certificate. */
  serverName?: string;
  /** PEM; without TLS in tests only. */
  tls?: { ca: string; cert: string; key: string };
}

interface EtcdStatus {
  memberId: string;
  leaderId: string;
  revision: number;
  version: string;
  /** Bytes of the file, and those of them that hold data. */
  dbSize: number;
  dbSizeInUse: number;
  isLearner: boolean;
  /** What is wrong, in etcd's words. */
  errors: string[];
}

const CALL_MS = 5_000;
const KEEPALIVE_MS = 10_000;

/** One member of etcd. Every method throws BerthError `EtcdUnavailable`. */
export class EtcdClient {
  private constructor(private readonly services: Record<ServiceName, Client>) {}

  static async open(address: EtcdAddress): Promise<EtcdClient> {
    // The packages take a while to load: only who talks to etcd pays.
    const [grpc, loader] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
    const definition = loader.fromJSON(protocol as Parameters<typeof loader.fromJSON>[0], {
      longs: String,
      defaults: true,
    });
    const loaded = grpc.loadPackageDefinition(definition)['etcdserverpb'] as unknown as Record<
      ServiceName,
      new (...args: ConstructorParameters<typeof Client>) => Client
    >;
    const { tls, dial, serverName } = address;
    const credentials = tls
      ? grpc.credentials.createSsl(Buffer.from(tls.ca), Buffer.from(tls.key), Buffer.from(tls.cert))
      : grpc.credentials.createInsecure();
    const options = {
      ...(serverName !== undefined && { 'grpc.ssl_target_name_override': serverName }),
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      // One connection for all services of this client, and none shared with other clients.
      'grpc.use_local_subchannel_pool': 1,
      // The clock of a connection begins anew with each client.
      'grpc.initial_reconnect_backoff_ms': 200,
    };
    const channel = new grpc.Channel(dial, credentials, options);
    const client = (name: ServiceName) => new loaded[name](dial, credentials, { channelOverride: channel });
    return new EtcdClient({
      Maintenance: client('Maintenance'),
    });
  }

  async status(): Promise<EtcdStatus> {
    const answer = await this.#call<{
      header: { memberId: string; revision: string };
      leader: string;
      version: string;
      dbSize: string;
      dbSizeInUse: string;
      isLearner: boolean;
      errors: string[];
    }>('Maintenance', 'Status');
    const { header, leader, dbSize, dbSizeInUse, ...rest } = answer;
    return {
      version: rest.version,
      isLearner: rest.isLearner,
      errors: rest.errors,
      memberId: header.memberId,
      leaderId: leader,
      revision: Number(header.revision),
      dbSize: Number(dbSize),
      dbSizeInUse: Number(dbSizeInUse),
    };
  }

  /** The database as it is now, with its SHA-256 behind it. It is sent no quicker than it is read. */
  async *snapshot(signal: AbortSignal): AsyncGenerator<Buffer> {
    const client = this.services.Maintenance as unknown as {
      Snapshot(request: object): ClientReadableStream<{ blob: Buffer }>;
    };
    const stream = client.Snapshot({});
    const cancel = () => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for await (const { blob } of stream as AsyncIterable<{ blob: Buffer }>) yield blob;
    } catch (error) {
      signal.throwIfAborted();
      throw callFailed('Snapshot', error as ServiceError);
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.cancel();
    }
  }

  close(): void {
    for (const client of Object.values(this.services)) client.close();
  }

  #call<R>(service: ServiceName, method: string): Promise<R> {
    const client = this.services[service] as unknown as Record<
      string,
      (
        request: object,
        options: { deadline: number },
        done: (error: ServiceError | null, answer: R) => void,
      ) => void
    >;
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    client[method]?.call(client, {}, { deadline: Date.now() + CALL_MS }, (error, answer) => {
      if (error) reject(callFailed(method, error));
      else resolve(answer);
    });
    return promise;
  }
}

function callFailed(method: string, cause: ServiceError): BerthError {
  const why = cause.details || cause.message;
  return new BerthError('EtcdUnavailable', `etcd does not answer ${method}: ${why}.`, {
    status: 503,
    transient: true,
    next: 'See how its members are: berth cluster describe.',
    cause,
  });
}
