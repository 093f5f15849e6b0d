import type { TableRow } from '../../kube/table.js';
import type { VersionObject } from '../../apps/versions/version-store.js';
import type { VersionsQuery } from './version-schemas.js';

export interface VersionView {
  version: number;
  author: string;
  reason?: string;
  digest: string;
  basedOn?: number;
  rollbackOf?: number;
  createdAt: string;
}

/** A version as its kind's printer columns show it. */
export function rowView({ cells, metadata }: TableRow): VersionView {
  const text = (column: string) =>
    typeof cells[column] === 'string' && cells[column] !== '' ? cells[column] : undefined;
  const number = (column: string) => (typeof cells[column] === 'number' ? cells[column] : undefined);
  return withoutUndefined({
    version: number('Version') ?? 0,
    author: text('Author') ?? '',
    reason: text('Reason'),
    digest: text('Digest') ?? '',
    basedOn: number('Based on'),
    rollbackOf: number('Rollback of'),
    createdAt: metadata.creationTimestamp ?? '',
  });
}

export function objectView<C>({ spec, metadata }: VersionObject<C>): VersionView {
  const { version, author, reason, digest, basedOn, rollbackOf } = spec;
  const createdAt = metadata.creationTimestamp ?? '';
  return withoutUndefined({ version, author, reason, digest, basedOn, rollbackOf, createdAt });
}

/** A page of what is sorted newest first. */
export function pageOfVersions<T extends { version: number }>(
  all: readonly T[],
  { limit, before }: VersionsQuery,
): { items: T[]; next?: number } {
  const rest = before === undefined ? all : all.filter(({ version }) => version < before);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(rest.length > items.length && last && { next: last.version }) };
}

function withoutUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
