/** The objects that the records of an export become. Pure. */
import type { ExportRecord, RecordOf } from '../../backup/export-records.js';
import type { KubeObject, ObjectMeta } from '../../kube/types.js';
import type { Cluster } from '../../model/cluster.js';
import { annotations, API_VERSION, clusterLabels, tenantNamespace } from '../../model/names.js';

/** Where they go. */
export interface Destination {
  cluster: string;
  namespace: string;
  tenant: string;
  tenantNamespace: string;
}

export type TenantRecord = RecordOf<
  'Template' | 'TemplateVersion' | 'Config' | 'ConfigVersion' | 'Application'
>;
export type VersionRecord = RecordOf<'TemplateVersion' | 'ConfigVersion'>;
export type ClusterRecord = Exclude<ExportRecord, TenantRecord>;

/** What an object belongs to: it has another uid here. */
export interface Owner {
  kind: string;
  name: string;
}

const OF_TENANT: ReadonlySet<string> = new Set([
  'Template',
  'TemplateVersion',
  'Config',
  'ConfigVersion',
  'Application',
]);

export function isOfTenant(record: ExportRecord): record is TenantRecord {
  return OF_TENANT.has(record.kind);
}

export function destinationOf({ metadata, spec }: Cluster): Destination {
  const { name: cluster, namespace = '' } = metadata;
  return { cluster, namespace, tenant: spec.tenant, tenantNamespace: tenantNamespace(spec.tenant) };
}

/** Whose version, release or draft it is. */
export function ownerOf(record: ExportRecord): Owner | undefined {
  if (record.kind === 'TemplateVersion') return { kind: 'Template', name: record.spec.template };
  if (record.kind === 'ConfigVersion') return { kind: 'Config', name: record.spec.config };
  if (record.kind === 'Release') return { kind: 'Instance', name: record.spec.instance };
  return record.kind === 'Draft' ? { kind: 'Instance', name: record.instance } : undefined;
}

/** @param uid of what owns it */
export function objectOf(record: ExportRecord, to: Destination, uid?: string): KubeObject {
  const namespace = isOfTenant(record) ? to.tenantNamespace : to.namespace;
  const owner = ownerOf(record);
  const owned = owner && { ownerReferences: [{ apiVersion: API_VERSION, ...owner, uid: uid ?? '' }] };
  const metadata: ObjectMeta = { ...record.metadata, namespace, ...owned };
  if (record.kind === 'Draft') return revisionOf(record, metadata);
  if (record.kind === 'Operation') return operationOf(record, metadata, to);
  return { apiVersion: API_VERSION, kind: record.kind, metadata, spec: record.spec };
}

function revisionOf({ generation, spec }: RecordOf<'Draft'>, metadata: ObjectMeta): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata, revision: generation, data: spec };
}

/** Generations begin anew here, and names of operations hold them: those that came along get a mark. */
function operationOf({ spec }: RecordOf<'Operation'>, metadata: ObjectMeta, to: Destination): KubeObject {
  const [uid = ''] = metadata.annotations?.[annotations.origin]?.split(' ') ?? [];
  const name = metadata.name.includes('.') ? metadata.name : `${metadata.name}.${uid.slice(0, 8)}`;
  const labels = { ...metadata.labels, ...clusterLabels(to.cluster, to.tenant) };
  const moved = { ...spec, cluster: to.cluster };
  return { apiVersion: API_VERSION, kind: 'Operation', metadata: { ...metadata, name, labels }, spec: moved };
}
