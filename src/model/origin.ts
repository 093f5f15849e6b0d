/** What objects were before they were moved: an import makes them anew, with other uids, times and generations. */
import type { KubeObject, ObjectMeta } from '../kube/types.js';
import { annotations } from './names.js';

export interface Origin {
  /** Of the object as it was first made: what is rendered and digested depends on it. */
  uid: string;
  createdAt: string;
  /** Counts on over all moves. */
  generation: number;
}

/** Of an object that never moved: what its metadata say. */
export function originOf({ metadata }: { metadata: ObjectMeta }): Origin {
  const { uid = '', creationTimestamp = '', generation = 1 } = metadata;
  const told = metadata.annotations?.[annotations.origin];
  if (told === undefined) return { uid, createdAt: creationTimestamp, generation };
  const [first = uid, createdAt = creationTimestamp, before] = told.split(' ');
  // Generation 1 of here is the last one of there.
  return { uid: first, createdAt, generation: (Number(before) || 1) + generation - 1 };
}

/** The annotations of an object with what it was. */
export function withOrigin(object: KubeObject): Record<string, string> {
  const { uid, createdAt, generation } = originOf(object);
  return { ...object.metadata.annotations, [annotations.origin]: `${uid} ${createdAt} ${generation}` };
}
