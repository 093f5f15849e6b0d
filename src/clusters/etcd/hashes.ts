import type { EtcdMembers } from '../etcd-access.js';
import type { Observation } from './observation.js';

/** Members whose keys are not those of the majority. Only members that were compacted alike can be compared. */
export async function differingMembers(
  etcd: EtcdMembers,
  namespace: string,
  { members }: Observation,
): Promise<string[]> {
  const revision = Math.min(...members.map(({ status }) => status?.revision ?? Number.POSITIVE_INFINITY));
  const hashes = await Promise.all(
    members.map(({ name }) =>
      etcd.withinAny(namespace, [name], async (member) => ({ name, ...(await member.hash(revision)) })),
    ),
  );
  if (new Set(hashes.map(({ compactRevision }) => compactRevision)).size > 1) return [];
  const usual = mostFrequent(hashes.map(({ hash }) => hash));
  return hashes.filter(({ hash }) => hash !== usual).map(({ name }) => name);
}

function mostFrequent(values: readonly number[]): number | undefined {
  const count = (value: number) => values.filter((one) => one === value).length;
  return values.toSorted((a, b) => count(b) - count(a))[0];
}
