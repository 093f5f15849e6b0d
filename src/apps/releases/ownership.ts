/** Who an object of a hosted cluster belongs to: labels, and one field manager for each service of an instance. */
import { digestOf } from '../../core/digest.js';
import type { KubeObject } from '../../kube/types.js';
import { labels } from '../../model/names.js';

export interface ServiceRef {
  instance: string;
  service: string;
}

/** Field manager of everything a service applies; managers hold at most 128 characters. */
export function fieldManager({ instance, service }: ServiceRef): string {
  return `berth.${instance}.${service}`;
}

/** The object with the labels by which watches and kubectl find what belongs to a service. */
export function labelled(object: KubeObject, { instance, service }: ServiceRef): KubeObject {
  const own = { [labels.instance]: instance, [labels.service]: service };
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...own } } };
}

/** The service an object says it belongs to. */
export function ownerOf({ metadata }: KubeObject): ServiceRef | undefined {
  const { [labels.instance]: instance, [labels.service]: service } = metadata.labels ?? {};
  return instance === undefined || service === undefined ? undefined : { instance, service };
}

export function isOwnedBy(object: KubeObject, ref: ServiceRef): boolean {
  const owner = ownerOf(object);
  return owner?.instance === ref.instance && owner.service === ref.service;
}

/**
 * Digest of the fields of a live object that are ours. The API server takes a field out of our record when anybody
 * else sets or removes it, so another digest means that somebody changed something of ours.
 */
export function ownFieldsDigest({ metadata }: KubeObject, ref: ServiceRef): string | undefined {
  const own = metadata.managedFields?.find(
    ({ manager, operation, subresource }) =>
      manager === fieldManager(ref) && operation === 'Apply' && !subresource,
  );
  return own && digestOf(own.fieldsV1, 16);
}
