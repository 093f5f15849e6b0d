/**
 * The part of etcd's gRPC API that Berth speaks, as protobufjs reads it. Numbers of fields: api/etcdserverpb/rpc.proto
 * and api/mvccpb/kv.proto of etcd 3.6; those it does not name are skipped.
 */
type Field = [type: string, id: number, rule?: 'repeated'];

function message(fields: Record<string, Field>) {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [type, id, rule]]) => [name, { type, id, ...(rule && { rule }) }]),
    ),
  };
}

function method(requestType: string, responseType: string, responseStream?: true) {
  return { requestType, responseType, ...(responseStream && { responseStream }) };
}

const messages = {
  ResponseHeader: message({ clusterId: ['uint64', 1], memberId: ['uint64', 2], revision: ['int64', 3] }),
  Empty: message({}),
  StatusResponse: message({
    header: ['ResponseHeader', 1],
    version: ['string', 2],
    dbSize: ['int64', 3],
    leader: ['uint64', 4],
    raftIndex: ['uint64', 5],
    raftAppliedIndex: ['uint64', 7],
    errors: ['string', 8, 'repeated'],
    dbSizeInUse: ['int64', 9],
    isLearner: ['bool', 10],
  }),
  SnapshotResponse: message({ remainingBytes: ['uint64', 2], blob: ['bytes', 3] }),
};

const services = {
  Maintenance: {
    methods: {
      Status: method('Empty', 'StatusResponse'),
      Snapshot: method('Empty', 'SnapshotResponse', true),
    },
  },
};

export const protocol = { nested: { etcdserverpb: { nested: { ...messages, ...services } } } };

export type ServiceName = keyof typeof services;
