import type { Gauge } from 'prom-client';
import type { Metrics } from '../../core/metrics.js';
import { type Observation, quotaUse } from './observation.js';

/** Figures of the hosted clusters' etcd, as of their last checks. */
export class EtcdMetrics {
  readonly #size: Gauge<'cluster' | 'member'>;
  readonly #used: Gauge<'cluster'>;
  readonly #alarms: Gauge<'cluster'>;
  readonly #up: Gauge<'cluster' | 'member'>;
  readonly #members = new Map<string, Set<string>>();

  constructor(metrics: Metrics) {
    const cluster = ['cluster'] as const;
    const member = ['cluster', 'member'] as const;
    this.#size = metrics.gauge({
      name: 'berth_etcd_file_bytes',
      help: 'Size of the file.',
      labelNames: member,
    });
    this.#up = metrics.gauge({
      name: 'berth_etcd_up',
      help: '1 when the member answers.',
      labelNames: member,
    });
    this.#used = metrics.gauge({
      name: 'berth_etcd_quota_used_ratio',
      help: 'Part of the quota that the largest file takes.',
      labelNames: cluster,
    });
    this.#alarms = metrics.gauge({ name: 'berth_etcd_alarms', help: 'Raised alarms.', labelNames: cluster });
  }

  show(cluster: string, observation: Observation): void {
    const names = new Set(observation.members.map(({ name }) => name));
    for (const member of this.#members.get(cluster) ?? [])
      if (!names.has(member)) this.#drop(cluster, member);
    this.#members.set(cluster, names);
    for (const { name: member, status } of observation.members) {
      this.#up.set({ cluster, member }, status ? 1 : 0);
      if (status) this.#size.set({ cluster, member }, status.dbSize);
    }
    this.#used.set({ cluster }, quotaUse(observation).file);
    this.#alarms.set({ cluster }, observation.alarms.length);
  }

  /** The cluster is gone. */
  forget(cluster: string): void {
    for (const member of this.#members.get(cluster) ?? []) this.#drop(cluster, member);
    if (!this.#members.delete(cluster)) return;
    this.#used.remove({ cluster });
    this.#alarms.remove({ cluster });
  }

  #drop(cluster: string, member: string): void {
    this.#size.remove({ cluster, member });
    this.#up.remove({ cluster, member });
  }
}
