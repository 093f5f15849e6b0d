/** How an instance is, in one condition and a few words. Pure. */
import type { Condition } from '../../model/fields.js';
import { setCondition } from '../../model/conditions.js';
import type { InstanceStatus, ServiceState, ServiceStatus } from '../../model/instance.js';

/** The worst first. */
const TROUBLE: readonly ServiceState[] = ['Failed', 'Degraded', 'Drifted', 'Deploying', 'Paused'];

export function summaryOf(
  services: Readonly<Record<string, ServiceStatus>>,
  before: readonly Condition[] | undefined,
  now: Date,
  observedGeneration: number | undefined,
): InstanceStatus {
  const all = Object.entries(services);
  const deployed = all.filter(([, { state }]) => state === 'Deployed').length;
  const condition = { type: 'Ready', observedGeneration, ...readiness(all, deployed) };
  return {
    services: { ...services },
    deployed: `${deployed}/${all.length}`,
    conditions: setCondition(before, condition, now),
  };
}

function readiness(all: readonly [string, ServiceStatus][], deployed: number) {
  for (const state of TROUBLE) {
    const [name, service] = all.find(([, one]) => one.state === state) ?? [];
    if (name === undefined || !service) continue;
    const message = `${name}: ${service.message ?? state}`;
    return { status: 'False', reason: state, message } as const;
  }
  if (deployed > 0) return { status: 'True', reason: 'Deployed', message: '' } as const;
  return { status: 'False', reason: 'NotDeployed', message: 'no service is deployed' } as const;
}
