import { stableStringify } from '../core/digest.js';
import type { KubeObject } from '../kube/types.js';
import { controllerRevision, type PinnedPart, type Rendered, type Revision, revisionOf } from './pinning.js';
import { type ClusterScope, FIELD_MANAGER, withLabels } from './scope.js';

/** Revisions kept beside the pinned one, to go back to. */
const KEPT = 5;

/** What a revision holds, by the keys it was stored with; undefined when it is gone. */
export async function storedRevision<Key extends string>(
  scope: ClusterScope,
  part: PinnedPart,
  name: string,
): Promise<Rendered<Key> | undefined> {
  const revision = scope.find(controllerRevision, name) ?? (await findUncached(scope, name));
  const entries = revision?.data[part];
  return entries && new Map(entries as [Key, KubeObject[]][]);
}

/** The status may be ahead of the cache; and what somebody took our labels off is not in it: it gets them back. */
async function findUncached(
  { cluster, namespace, services: { client } }: ClusterScope,
  name: string,
): Promise<Revision | undefined> {
  const found = await client.find(controllerRevision, { namespace, name });
  if (!found) return undefined;
  const { labels } = withLabels(found, cluster).metadata;
  if (stableStringify(labels) === stableStringify(found.metadata.labels)) return found;
  return client.patch(
    controllerRevision,
    found.metadata,
    { metadata: { labels } },
    { fieldManager: FIELD_MANAGER },
  );
}

/** Stores what was rendered, lets the oldest revisions of this part go, and gives back the name of the new one. */
export async function pinRevision(
  scope: ClusterScope,
  part: PinnedPart,
  rendered: Rendered,
): Promise<string> {
  const earlier = revisions(scope, part);
  const number = Math.max(0, ...earlier.map(({ revision }) => revision)) + 1;
  const revision = revisionOf(part, rendered, { namespace: scope.namespace, number });
  const { name } = revision.metadata;
  await storeRevision(scope, revision);
  const others = earlier.filter(({ metadata }) => metadata.name !== name);
  const old = others.toSorted((a, b) => b.revision - a.revision).slice(KEPT);
  for (const { metadata } of old) await scope.services.client.delete(controllerRevision, metadata);
  return name;
}

export async function storeRevision(scope: ClusterScope, revision: Revision): Promise<void> {
  // The name follows from the content, so what is there already is the same.
  await scope.services.client.createOnce(withLabels(revision, scope.cluster), {
    fieldManager: FIELD_MANAGER,
  });
}

/** Ours: those of StatefulSets have an owner. */
function revisions(scope: ClusterScope, part: PinnedPart): Revision[] {
  const all = scope.services.world.list(controllerRevision, scope.namespace);
  return all.filter(
    ({ metadata }) => metadata.ownerReferences === undefined && metadata.name.startsWith(`${part}-`),
  );
}
