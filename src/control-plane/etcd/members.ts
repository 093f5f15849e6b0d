import { ETCD_SERVICE } from '../../pki/certificates.js';

/** The members of a hosted cluster's etcd: pods of a StatefulSet, which follow from their number. */

/** ConfigMap that tells a member that starts who the others are. */
export const MEMBERS_CONFIG_MAP = 'etcd-members';

/** Name of a member, and of its pod. */
export function memberName(ordinal: number): string {
  return `${ETCD_SERVICE}-${ordinal}`;
}

export function ordinalOf(member: string): number {
  return Number(member.slice(ETCD_SERVICE.length + 1));
}

/** Names of as many members, from the first on. */
export function memberNames(count: number): string[] {
  return Array.from({ length: count }, (_, ordinal) => memberName(ordinal));
}

/** Where a member's peers reach it. */
export function peerUrl(member: string, namespace: string): string {
  return `https://${member}.${ETCD_SERVICE}.${namespace}.svc:2380`;
}

/** Value of etcd's --initial-cluster. */
export function initialCluster(members: readonly string[], namespace: string): string {
  return members.map((name) => `${name}=${peerUrl(name, namespace)}`).join(',');
}
