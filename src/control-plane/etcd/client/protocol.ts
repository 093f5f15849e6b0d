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
  AlarmRequest: message({ action: ['int32', 1], memberId: ['uint64', 2], alarm: ['int32', 3] }),
  AlarmMember: message({ memberId: ['uint64', 1], alarm: ['int32', 2] }),
  AlarmResponse: message({ header: ['ResponseHeader', 1], alarms: ['AlarmMember', 2, 'repeated'] }),
  HashKVRequest: message({ revision: ['int64', 1] }),
  HashKVResponse: message({
    header: ['ResponseHeader', 1],
    hash: ['uint32', 2],
    compactRevision: ['int64', 3],
  }),
  MoveLeaderRequest: message({ targetId: ['uint64', 1] }),
  CompactionRequest: message({ revision: ['int64', 1], physical: ['bool', 2] }),
  Member: message({
    id: ['uint64', 1],
    name: ['string', 2],
    peerUrls: ['string', 3, 'repeated'],
    isLearner: ['bool', 5],
  }),
  MemberListRequest: message({ linearizable: ['bool', 1] }),
  MemberAddRequest: message({ peerUrls: ['string', 1, 'repeated'], isLearner: ['bool', 2] }),
  MemberRequest: message({ id: ['uint64', 1] }),
  // Of add, remove and promote, the list afterwards is not needed.
  MemberListResponse: message({ header: ['ResponseHeader', 1], members: ['Member', 2, 'repeated'] }),
  SnapshotResponse: message({ remainingBytes: ['uint64', 2], blob: ['bytes', 3] }),
};

const services = {
  Maintenance: {
    methods: {
      Status: method('Empty', 'StatusResponse'),
      Snapshot: method('Empty', 'SnapshotResponse', true),
      Alarm: method('AlarmRequest', 'AlarmResponse'),
      Defragment: method('Empty', 'Empty'),
      HashKV: method('HashKVRequest', 'HashKVResponse'),
      MoveLeader: method('MoveLeaderRequest', 'Empty'),
    },
  },
  KV: { methods: { Compact: method('CompactionRequest', 'Empty') } },
  Cluster: {
    methods: {
      MemberList: method('MemberListRequest', 'MemberListResponse'),
      MemberAdd: method('MemberAddRequest', 'Empty'),
      MemberRemove: method('MemberRequest', 'Empty'),
      MemberPromote: method('MemberRequest', 'Empty'),
    },
  },
};

export const protocol = { nested: { etcdserverpb: { nested: { ...messages, ...services } } } };

export type ServiceName = keyof typeof services;
