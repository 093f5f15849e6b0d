/** The pod templates inside objects of the built-in workload kinds. */
import type { KubeObject } from '../../kube/types.js';

export interface Container {
  name: string;
  image?: string;
  envFrom?: object[];
  volumeMounts?: { name: string; [field: string]: unknown }[];
  [field: string]: unknown;
}

interface PodSpec {
  initContainers?: Container[];
  containers?: Container[];
  volumes?: { name: string; [field: string]: unknown }[];
  [field: string]: unknown;
}

interface RawTemplate {
  metadata?: { annotations?: Record<string, string>; labels?: Record<string, string> };
  spec?: PodSpec;
}

/** A pod template of an object; changes go to the object itself. */
export class PodTemplate {
  constructor(private readonly raw: RawTemplate) {}

  get spec(): PodSpec {
    this.raw.spec ??= {};
    return this.raw.spec;
  }

  get labels(): Record<string, string> {
    return this.raw.metadata?.labels ?? {};
  }

  /** Init containers first. */
  get containers(): Container[] {
    return [...(this.spec.initContainers ?? []), ...(this.spec.containers ?? [])];
  }

  annotate(key: string, value: string): void {
    this.raw.metadata = {
      ...this.raw.metadata,
      annotations: { ...this.raw.metadata?.annotations, [key]: value },
    };
  }

  dropAnnotation(key: string): void {
    delete this.raw.metadata?.annotations?.[key];
  }

  addVolume(volume: { name: string; [field: string]: unknown }): void {
    const others = (this.spec.volumes ?? []).filter(({ name }) => name !== volume.name);
    this.spec.volumes = [...others, volume];
  }
}

const HOLDERS = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
]);

/** Pod templates of a workload, or the pod itself; none for any other kind. */
export function podTemplatesOf(object: KubeObject): PodTemplate[] {
  const spec = record(object['spec']);
  if (object.kind === 'Pod') return [new PodTemplate(object)];
  const holder = object.kind === 'CronJob' ? record(record(spec?.['jobTemplate'])?.['spec']) : spec;
  if (!HOLDERS.has(object.kind) && object.kind !== 'CronJob') return [];
  const template = record(holder?.['template']);
  return template ? [new PodTemplate(template)] : [];
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
