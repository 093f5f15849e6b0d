import { z } from 'zod';
import {
  cidr,
  condition,
  cronSchedule,
  extraArgs,
  hostName,
  kubernetesVersion,
  objectName,
  timestamp,
} from './fields.js';
import { addonsSpec, konnectivitySpec, strategicPatch } from './addons.js';
import { type BerthObject, defineKind } from './kind.js';
import { maintenancePolicy } from './maintenance.js';
import { upgradePolicy, upgradeStatus } from './upgrade.js';

/** A field that keeps its first value: enforced by the API server's CEL and by the REST API with the same words. */
const immutable = (what: string) => ({
  'x-kubernetes-validations': [
    { rule: 'self == oldSelf', message: `${what} cannot be changed after the cluster is created` },
  ],
});

export const exposureType = z.enum(['Gateway', 'Ingress', 'NodePort', 'LoadBalancer']);
export type ExposureType = z.infer<typeof exposureType>;

export const ingressClass = z.enum(['haproxy', 'nginx', 'traefik']);

const INGRESS_CLASS_ALONE = 'ingressClass goes with type Ingress only';

export const exposureSpec = z
  .strictObject({
    type: exposureType
      .optional()
      .describe("How the API server is reached. Absent: the installation's default."),
    host: hostName
      .optional()
      .describe(
        "Host name of the API server. Absent: <cluster>.<the installation's domain>. Allocated once.",
      ),
    ingressClass: ingressClass
      .optional()
      .describe('Only with type Ingress: whose passthrough annotations or routes to write.'),
  })
  .refine(({ type, ingressClass: named }) => named === undefined || type === 'Ingress', {
    path: ['ingressClass'],
    error: INGRESS_CLASS_ALONE,
  })
  .meta({
    'x-kubernetes-validations': [
      ...immutable('exposure')['x-kubernetes-validations'],
      {
        rule: "!has(self.ingressClass) || (has(self.type) && self.type == 'Ingress')",
        message: INGRESS_CLASS_ALONE,
      },
    ],
  });

export const DEFAULT_POD_CIDR = '10.244.0.0/16';

const networkFields = z.strictObject({
  podCIDR: cidr.default(DEFAULT_POD_CIDR).describe('Addresses of pods.'),
  serviceCIDR: cidr.default('10.96.0.0/16').describe('Addresses of Services; at least a /24, at most a /12.'),
  clusterDomain: hostName.default('cluster.local'),
});

export const networkSpec = networkFields.prefault({}).meta(immutable('network'));

/** As a request names it: the installation may have a pod network to give. */
export const networkRequest = networkFields
  .extend({
    podCIDR: cidr
      .optional()
      .describe(
        `Addresses of pods. Absent: a free part of the installation's pool, else ${DEFAULT_POD_CIDR}.`,
      ),
  })
  .prefault({});

/** Changes to one generated object, applied last. */
export const objectPatch = z.strictObject({
  target: z.strictObject({
    kind: z.enum([
      'Deployment',
      'StatefulSet',
      'Service',
      'PodDisruptionBudget',
      'NetworkPolicy',
      'ConfigMap',
    ]),
    name: z.string().min(1).max(253),
  }),
  patch: strategicPatch,
});

const componentSpec = z.strictObject({
  extraArgs: extraArgs
    .optional()
    .describe('Flags added to or replacing those of the recipe, without leading dashes.'),
});

export const backupPolicy = z.strictObject({
  schedule: cronSchedule
    .optional()
    .describe('When backups are made, in cron syntax. Absent: on demand only.'),
  timeZone: z.string().max(100).optional().describe('Of the schedule, such as Europe/Paris. Absent: UTC.'),
  keep: z.int().min(1).max(1000).optional().describe('Scheduled backups kept. Absent: 7.'),
  drillSchedule: cronSchedule
    .optional()
    .describe('When the newest backup is restored into a scratch cluster and compared, in cron syntax.'),
});
export type BackupPolicy = z.infer<typeof backupPolicy>;

export const clusterSpec = z.strictObject({
  tenant: objectName.default('default').meta(immutable('tenant')),
  displayName: z.string().max(100).optional(),
  version: kubernetesVersion.describe(
    'Kubernetes version of the masters, one of the catalogue. A change is an upgrade or a rollback, one minor at a time.',
  ),
  upgrade: upgradePolicy.optional().describe('How a change of version is carried out.'),
  plan: objectName
    .default('dev')
    .describe('Size of the masters. It may become another one whose members of etcd have the same volumes.'),
  exposure: exposureSpec.prefault({}),
  network: networkSpec,
  addons: addonsSpec.optional().describe('What Berth keeps on the nodes of the cluster.'),
  konnectivity: konnectivitySpec
    .optional()
    .describe('A tunnel from the masters to nodes that they cannot dial, such as nodes behind NAT.'),
  backup: backupPolicy.optional().describe('When etcd is backed up, and how long backups are kept.'),
  maintenance: maintenancePolicy
    .optional()
    .describe('When upgrades of a whole fleet may begin here. One that is asked for by name begins at once.'),
  apiServer: componentSpec.optional(),
  controllerManager: componentSpec.optional(),
  scheduler: componentSpec.optional(),
  patches: z
    .array(objectPatch)
    .max(50)
    .optional()
    .describe('Changes to the generated objects of the masters.'),
});

const etcdMemberStatus = z.strictObject({
  name: z.string(),
  id: z.string().optional().describe('Absent: it does not answer.'),
  leader: z.boolean().optional(),
  learner: z.boolean().optional(),
  version: z.string().optional(),
  sizeBytes: z.int().optional().describe('Size of its file.'),
  message: z.string().optional().describe('What is wrong with it.'),
});

const etcdStatus = z.strictObject({
  members: z.array(etcdMemberStatus),
  quotaBytes: z.int().describe('Writes are refused when a file is this large.'),
  usedPercent: z.int().describe('Of the quota, by the largest file.'),
  alarms: z.array(z.string()).optional().describe('As `NOSPACE etcd-0`.'),
  checkedAt: timestamp,
  hashesComparedAt: timestamp.optional().describe('When the members were last seen to hold the same.'),
  defragmentedAt: timestamp.optional(),
});
export type EtcdStatus = z.infer<typeof etcdStatus>;

const componentStatus = z.strictObject({
  name: z.string(),
  version: z.string().optional(),
  replicas: z.int().min(0),
  readyReplicas: z.int().min(0),
  available: z.boolean(),
  rolledOut: z.boolean(),
  message: z.string().optional(),
});
export type ComponentStatus = z.infer<typeof componentStatus>;

const addonStatus = z.strictObject({
  name: z.string(),
  version: z.string().optional(),
  ready: z.boolean(),
  message: z.string().optional(),
});
export type AddonStatus = z.infer<typeof addonStatus>;

const certificateStatus = z.strictObject({
  name: z.string(),
  notAfter: timestamp,
});

export const clusterStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  conditions: z
    .array(condition)
    .optional()
    .meta({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    }),
  endpoint: z
    .strictObject({
      host: z.string().describe('Name in the certificate; sent as server name (SNI).'),
      address: z.string().optional().describe('IP or name that clients outside dial.'),
      port: z.int().optional(),
      url: z.string().optional().describe('What kubeconfigs carry as server.'),
      internalAddresses: z.array(z.string()).optional().describe('IPs that pods of the cluster dial.'),
      internalPort: z.int().optional(),
      agentPort: z.int().optional().describe('Port of the same IPs that konnectivity agents dial.'),
    })
    .optional(),
  exposureType: exposureType.optional().describe('What the cluster was created with.'),
  components: z.array(componentStatus).optional(),
  etcd: etcdStatus.optional().describe('The store, as of its last check.'),
  pinned: z
    .strictObject({
      revision: z.string().describe('Name of the ControllerRevision that holds what runs.'),
      specDigest: z.string().describe('What of the spec it was rendered from.'),
      kubernetesVersion: z.string(),
      etcdVersion: z.string(),
      actsAs: z
        .string()
        .optional()
        .describe('The release whose minor the masters emulate in the soak of an upgrade (KEP-4330).'),
    })
    .optional()
    .describe('What runs. A newer Berth changes nothing here by itself.'),
  upgrade: upgradeStatus.optional().describe('The change of version under way, or the last one that failed.'),
  availableUpgrades: z.array(z.string()).optional().describe('Newer versions within reach, newest first.'),
  previousVersion: z.string().optional().describe('What ran before the last upgrade: where a rollback goes.'),
  authorities: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      'SHA-256 fingerprints of the authorities, recorded at creation: a lost one is never silently replaced.',
    ),
  addons: z.array(addonStatus).optional(),
  pinnedAddons: z
    .strictObject({
      revision: z.string().describe('Name of the ControllerRevision that holds the addons.'),
      inputDigest: z.string().describe('What they were rendered from.'),
    })
    .optional()
    .describe('The addons as they are kept. A newer Berth changes nothing here by itself.'),
  restored: z
    .strictObject({
      operation: z.string(),
      revision: z.int().describe('Where etcd went on. The next restore goes beyond it.'),
      at: timestamp,
    })
    .optional()
    .describe('The last restore.'),
  certificates: z.array(certificateStatus).optional(),
  operation: z.string().optional().describe('Name of the operation under way or last finished.'),
  initializedAt: timestamp.optional().describe('When the API server first answered.'),
});

export const clusterKind = defineKind({
  kind: 'Cluster',
  plural: 'clusters',
  namespaced: true,
  description: 'A hosted cluster. Lives with its masters, Secrets and records in namespace berth-c-<name>.',
  spec: clusterSpec,
  status: clusterStatus,
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Version', type: 'string', jsonPath: '.spec.version' },
    { name: 'Plan', type: 'string', jsonPath: '.spec.plan' },
    { name: 'Endpoint', type: 'string', jsonPath: '.status.endpoint.url' },
    { name: 'Tenant', type: 'string', jsonPath: '.spec.tenant', priority: 1 },
    { name: 'Runs', type: 'string', jsonPath: '.status.pinned.kubernetesVersion', priority: 1 },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      rule: 'size(self.metadata.name) <= 40 && self.metadata.name.matches("^[a-z]([-a-z0-9]*[a-z0-9])?$")',
      message: 'the name must be at most 40 lower-case letters, digits and "-", and start with a letter',
    },
  ],
});

export type ClusterSpec = z.infer<typeof clusterSpec>;
export type ClusterStatus = z.infer<typeof clusterStatus>;
export type Cluster = BerthObject<'Cluster', ClusterSpec, ClusterStatus>;
