import type { EtcdMembers } from '../etcd-access.js';
import type { Observation } from './observation.js';

/**
 * Members whose keys are not those of the majority. Undefined: they cannot be compared now, since one did not answer or
 * they were not compacted alike.
 */
export async function differingMembers(
  etcd: EtcdMembers,
  namespace: string,
  { members }: Observation,
): Promise<string[] | undefined> {
  const revision = Math.min(...members.map(({ status }) => status?.revision ?? Number.POSITIVE_INFINITY));
  const answers = await Promise.allSettled(
    members.map(({ name }) =>
      etcd.withinAny(namespace, [name], async (member) => ({ name, ...(await member.hash(revision)) })),
    ),
  );
  const hashes = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const isComplete = hashes.length === members.length;
  if (!isComplete || new Set(hashes.map(({ compactRevision }) => compactRevision)).size > 1) return undefined;
  const usual = mostFrequent(hashes.map(({ hash }) => hash));
  return hashes.filter(({ hash }) => hash !== usual).map(({ name }) => name);
}

function mostFrequent(values: readonly number[]): number | undefined {
  const count = (value: number) => values.filter((one) => one === value).length;
  return values.toSorted((a, b) => count(b) - count(a))[0];
}
