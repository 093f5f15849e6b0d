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

export interface EtcdStatus {
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

/** A member as the cluster knows it. */
export interface EtcdMember {
  id: string;
  /** Empty until it has started for the first time. */
  name: string;
  peerUrls: string[];
  /** It receives everything and has no vote. */
  isLearner: boolean;
}

export type EtcdAlarm = 'NOSPACE' | 'CORRUPT';

const ALARMS: Readonly<Record<EtcdAlarm, number>> = { NOSPACE: 1, CORRUPT: 2 };
const ALARM_GET = 0;
const ALARM_DEACTIVATE = 2;

const CALL_MS = 5_000;
/** A member rewrites its whole file meanwhile. */
const DEFRAGMENT_MS = 120_000;
/** Codes of gRPC. */
const FAILED_PRECONDITION = 9;
const OUT_OF_RANGE = 11;
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
      KV: client('KV'),
      Cluster: client('Cluster'),
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

  /** Who belongs to the cluster, as a majority has it; as this member has it when there is none. */
  async members({ linearizable = true } = {}): Promise<EtcdMember[]> {
    const request = { linearizable };
    return (await this.#call<{ members: EtcdMember[] }>('Cluster', 'MemberList', request)).members;
  }

  async addLearner(peerUrl: string): Promise<void> {
    await this.#call('Cluster', 'MemberAdd', { peerUrls: [peerUrl], isLearner: true });
  }

  async removeMember(id: string): Promise<void> {
    await this.#call('Cluster', 'MemberRemove', { id });
  }

  /** Gives a learner its vote. Answers false while it has not caught up. */
  async promote(id: string): Promise<boolean> {
    return this.#unless(FAILED_PRECONDITION, () => this.#call('Cluster', 'MemberPromote', { id }));
  }

  /** To be asked of the leader. */
  async moveLeader(targetId: string): Promise<void> {
    await this.#call('Maintenance', 'MoveLeader', { targetId });
  }

  /** Raised alarms, with the member that raised each. */
  async alarms(): Promise<{ memberId: string; alarm: EtcdAlarm }[]> {
    const request = { action: ALARM_GET };
    const { alarms } = await this.#call<{ alarms: { memberId: string; alarm: number }[] }>(
      'Maintenance',
      'Alarm',
      request,
    );
    return alarms.map(({ memberId, alarm }) => ({
      memberId,
      alarm: alarm === ALARMS.CORRUPT ? 'CORRUPT' : 'NOSPACE',
    }));
  }

  async disarm(memberId: string, alarm: EtcdAlarm): Promise<void> {
    await this.#call('Maintenance', 'Alarm', { action: ALARM_DEACTIVATE, memberId, alarm: ALARMS[alarm] });
  }

  /** This member gives free pages back to the disk; it answers nobody meanwhile. */
  async defragment(): Promise<void> {
    await this.#call('Maintenance', 'Defragment', {}, DEFRAGMENT_MS);
  }

  /** Lets go of what was overwritten before a revision. Nothing to do when that is done already. */
  async compact(revision: number): Promise<void> {
    await this.#unless(OUT_OF_RANGE, () => this.#call('KV', 'Compact', { revision, physical: true }));
  }

  /** Hash of all keys up to a revision. Members that were compacted alike have the same one. */
  async hash(revision: number): Promise<{ hash: number; compactRevision: string }> {
    return this.#call('Maintenance', 'HashKV', { revision }, DEFRAGMENT_MS);
  }

  close(): void {
    for (const client of Object.values(this.services)) client.close();
  }

  /** Answers false when etcd refuses with this gRPC code. */
  async #unless(refusal: number, call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      if (codeOf(error as Error) === refusal) return false;
      throw error;
    }
  }

  #call<R>(service: ServiceName, method: string, request: object = {}, timeoutMs = CALL_MS): Promise<R> {
    const client = this.services[service] as unknown as Record<
      string,
      (
        request: object,
        options: { deadline: number },
        done: (error: ServiceError | null, answer: R) => void,
      ) => void
    >;
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    client[method]?.call(client, request, { deadline: Date.now() + timeoutMs }, (error, answer) => {
      if (error) reject(callFailed(method, error));
      else resolve(answer);
    });
    return promise;
  }
}

/** grpc-js tells the time in its errors. What goes into a status must be the same while the same is wrong. */
const TOLD_AT = / \(\d{4}-\d\d-\d\dT[\d:.]+Z\)/g;

function callFailed(method: string, cause: ServiceError): BerthError {
  const why = (cause.details || cause.message).replace(TOLD_AT, '');
  return new BerthError('EtcdUnavailable', `etcd does not answer ${method}: ${why}.`, {
    status: 503,
    transient: true,
    next: 'See how its members are: berth cluster describe.',
    cause,
  });
}

/** The gRPC code of a call that failed. */
function codeOf({ cause }: { cause?: unknown }): number | undefined {
  return (cause as { code?: number } | undefined)?.code;
}
