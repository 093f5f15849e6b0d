/**
 * The gates before a change of version: what must hold of a live cluster so that the change can neither break it nor
 * leave it without a way back. Pure: what was found is given, the verdicts are made here.
 */
import type { ClusterSpec } from '../model/cluster.js';
import type { ControlPlaneVersionSpec } from '../model/control-plane-version.js';
import { minorOf, minorsBetween } from './stages.js';

/** What was found in and about one hosted cluster. */
export interface UpgradeFacts {
  /** Kubelet of each node; a release without the leading v. */
  nodes: readonly { name: string; kubeletVersion: string }[];
  /** Deprecated APIs that were asked for since the API server started, with the release that drops them. */
  deprecatedRequests: readonly { resource: string; removedRelease: string }[];
  /** Webhooks that refuse what they cannot see (failurePolicy Fail) and whose Service has no endpoint. */
  deadWebhooks: readonly string[];
  /** Budgets that never allow a pod to go, as `namespace/name`. */
  blockingBudgets: readonly string[];
  /** Objects of kinds that only newer minors know, by `plural.version.group`. */
  objectsOf: Readonly<Record<string, number>>;
  /** Size of the store and its quota, bytes. */
  store: { size: number; quota: number } | undefined;
  /** Certificates of the masters, by name; ISO 8601. */
  certificates: readonly { name: string; notAfter: string }[];
  /** An operation that is not over: its name. */
  unfinishedOperation: string | undefined;
}

export interface UpgradeQuestion {
  from: ControlPlaneVersionSpec;
  to: ControlPlaneVersionSpec;
  spec: ClusterSpec;
  facts: UpgradeFacts;
  now: Date;
}

/** One gate that does not open. */
export interface Obstacle {
  /** Stable, UpperCamelCase. */
  gate: string;
  message: string;
  next: string;
}

type Gate = (question: UpgradeQuestion) => Obstacle[];

/** Kubelets may be this many minors older than the API server (version skew policy, since 1.28). */
const MAX_KUBELET_AGE = 3;
const LEAST_CERTIFICATE_LIFE_MS = 7 * 24 * 3600 * 1000;
/** Of the quota: an upgrade writes, and a store that fills up meanwhile stops everything. */
const MOST_STORE_USE = 0.8;

/** Every gate that does not open, in the order in which people best mend them. Empty: go on. */
export function obstacles(question: UpgradeQuestion): Obstacle[] {
  const up = minorsBetween(question.from.kubernetesVersion, question.to.kubernetesVersion);
  return [...always, ...(up > 0 ? upwards : []), ...(up < 0 ? downwards : [])].flatMap((gate) =>
    gate(question),
  );
}

const nodeSkew: Gate = ({ facts, to }) =>
  facts.nodes.flatMap(({ name, kubeletVersion }) => {
    const age = minorsBetween(kubeletVersion, to.kubernetesVersion);
    if (age >= 0 && age <= MAX_KUBELET_AGE) return [];
    const problem = age < 0 ? 'newer than the masters would be' : `more than ${MAX_KUBELET_AGE} minors older`;
    const message = `node ${name} runs kubelet ${kubeletVersion}, which is ${problem}`;
    const next = age < 0 ? 'Take the node out of the cluster first.' : 'Upgrade the kubelet first.';
    return [{ gate: 'NodeSkew', message, next }];
  });

const certificates: Gate = ({ facts, now }) =>
  facts.certificates
    .filter(({ notAfter }) => Date.parse(notAfter) - now.getTime() < LEAST_CERTIFICATE_LIFE_MS)
    .map(({ name, notAfter }) => ({
      gate: 'CertificateExpiring',
      message: `certificate ${name} ends at ${notAfter}`,
      next: 'Wait for its renewal; if it does not come, see the condition CertificatesReady.',
    }));

const operation: Gate = ({ facts: { unfinishedOperation } }) =>
  unfinishedOperation === undefined
    ? []
    : [
        {
          gate: 'OperationUnfinished',
          message: `operation ${unfinishedOperation} is not over`,
          next: `Follow it with: berth operation watch ${unfinishedOperation}`,
        },
      ];

const store: Gate = ({ facts }) => {
  if (!facts.store || facts.store.size < facts.store.quota * MOST_STORE_USE) return [];
  const { size, quota } = facts.store;
  return [
    {
      gate: 'StoreNearlyFull',
      message: `etcd uses ${mebibytes(size)} of its quota of ${mebibytes(quota)}`,
      next: 'Delete what is not needed and defragment, or take a larger plan.',
    },
  ];
};

const deadWebhooks: Gate = ({ facts }) =>
  facts.deadWebhooks.map((name) => ({
    gate: 'WebhookWithoutEndpoint',
    message: `webhook ${name} refuses what it cannot see, and nobody serves it`,
    next: 'Bring its Service back, set failurePolicy to Ignore, or delete it.',
  }));

const blockingBudgets: Gate = ({ facts }) =>
  facts.blockingBudgets.map((name) => ({
    gate: 'DisruptionBudgetBlocks',
    message: `PodDisruptionBudget ${name} never lets a pod go: its nodes cannot be drained for their upgrade`,
    next: 'Lower minAvailable, raise maxUnavailable, or run more replicas.',
  }));

const deprecatedApis: Gate = ({ facts, to }) => {
  const gone = facts.deprecatedRequests.filter(
    ({ removedRelease }) => minorsBetween(removedRelease, minorOf(to.kubernetesVersion)) >= 0,
  );
  return gone.map(({ resource, removedRelease }) => ({
    gate: 'RemovedAPIInUse',
    message: `${resource} is still asked for, and gone in ${removedRelease}`,
    next: 'Move its users to the newer API version; the audit log and managedFields tell who they are.',
  }));
};

const componentKeys = ['apiServer', 'controllerManager', 'scheduler'] as const;

const removedFlags: Gate = ({ to, spec }) => {
  const removed = to.changesSinceLastMinor?.removedFlags ?? {};
  return componentKeys.flatMap((component) =>
    Object.keys(spec[component]?.extraArgs ?? {})
      .filter((flag) => removed[component]?.includes(flag))
      .map((flag) => ({
        gate: 'FlagRemoved',
        message: `spec.${component}.extraArgs.${flag}: ${to.kubernetesVersion} no longer knows this flag`,
        next: 'Take the flag out of the spec.',
      })),
  );
};

const removedFeatureGates: Gate = ({ to, spec }) => {
  const removed = new Set(to.changesSinceLastMinor?.removedFeatureGates);
  return componentKeys.flatMap((component) =>
    featureGatesOf(spec, component)
      .filter((name) => removed.has(name))
      .map((name) => ({
        gate: 'FeatureGateRemoved',
        message: `spec.${component}.extraArgs.feature-gates: ${to.kubernetesVersion} no longer knows ${name}`,
        next: 'Take the feature gate out of the spec.',
      })),
  );
};

function featureGatesOf(spec: ClusterSpec, component: (typeof componentKeys)[number]): string[] {
  const value = [spec[component]?.extraArgs?.['feature-gates'] ?? []].flat();
  return value.flatMap((list) => list.split(',')).map((item) => item.split('=', 1)[0]?.trim() ?? '');
}

/** KEP-4330: what the older minor does not know stays in the store, unseen, and comes back with the newer one. */
const newerObjects: Gate = ({ facts, from }) =>
  (from.changesSinceLastMinor?.addedResources ?? [])
    .filter((resource) => (facts.objectsOf[resource] ?? 0) > 0)
    .map((resource) => ({
      gate: 'NewerObjectsStored',
      message: `${facts.objectsOf[resource]} objects of ${resource} are stored, which ${minorOf(from.kubernetesVersion)} brought`,
      next: 'Delete them, or roll back with the data of before the upgrade: berth cluster rollback NAME --restore',
    }));

const always: readonly Gate[] = [operation, nodeSkew, certificates, store];
const upwards: readonly Gate[] = [
  deprecatedApis,
  removedFlags,
  removedFeatureGates,
  deadWebhooks,
  blockingBudgets,
];
const downwards: readonly Gate[] = [newerObjects];

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
