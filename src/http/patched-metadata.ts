import type { ObjectMeta } from '../kube/types.js';
import { GROUP } from '../model/names.js';

type MapPatch = Record<string, string | null> | null;

/** Labels and annotations of a JSON merge patch (RFC 7386). */
export interface MetadataPatch {
  labels?: MapPatch;
  annotations?: MapPatch;
}

/** A patch that takes all labels or annotations away leaves those of Berth, by which it knows its objects. */
export function sparingOurs<P extends MetadataPatch>(patch: P, live: ObjectMeta): P {
  const { labels, annotations } = patch;
  return {
    ...patch,
    ...(labels === null && { labels: removalOf(live.labels) }),
    ...(annotations === null && { annotations: removalOf(live.annotations) }),
  };
}

function removalOf(map: Record<string, string> = {}): Record<string, null> {
  const others = Object.keys(map).filter((key) => !key.startsWith(`${GROUP}/`));
  return Object.fromEntries(others.map((key) => [key, null]));
}
