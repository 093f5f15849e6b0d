/** Custom resources in requests and answers, made from the definitions of their kinds. */
import { z } from 'zod';
import { objectName } from '../model/fields.js';
import type { KindDefinition } from '../model/kind.js';
import { API_VERSION } from '../model/names.js';
import { labelValue, qualifiedName } from './fields.js';

const annotationValue = z.string().max(16_384);

const labels = z.record(qualifiedName, labelValue);
const annotations = z.record(qualifiedName, annotationValue);

export const metadata = z
  .looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    generation: z.int().optional(),
    creationTimestamp: z.iso.datetime().optional(),
    deletionTimestamp: z.iso.datetime().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
    finalizers: z.array(z.string()).optional(),
  })
  .meta({ id: 'ObjectMeta', description: 'metav1.ObjectMeta; fields not listed may be there too.' });

const objectOf = (kind: KindDefinition) =>
  z
    .strictObject({
      apiVersion: z.literal(API_VERSION),
      kind: z.literal(kind.kind),
      metadata,
      spec: kind.spec,
      status: kind.status.optional(),
    })
    .meta({ id: kind.kind, description: kind.description });

const listOf = (kind: KindDefinition, item: z.ZodType) =>
  z
    .strictObject({
      apiVersion: z.literal(API_VERSION),
      kind: z.literal(`${kind.kind}List`),
      metadata: z.strictObject({
        resourceVersion: z.string(),
        continue: z.string().optional().describe('Parameter of the next page; absent on the last.'),
        remainingItemCount: z.int().min(0),
      }),
      items: z.array(item),
    })
    .meta({ id: `${kind.kind}List` });

export const shapesOf = (kind: KindDefinition) => {
  const object = objectOf(kind);
  return { object, list: listOf(kind, object) };
};

/** A request to create an object. */
export const creationOf = <Spec extends z.ZodType>(kind: KindDefinition, spec: Spec) =>
  z
    .strictObject({
      apiVersion: z.literal(API_VERSION).optional(),
      kind: z.literal(kind.kind).optional(),
      metadata: z.strictObject({
        name: objectName,
        labels: labels.optional(),
        annotations: annotations.optional(),
      }),
      spec,
    })
    .meta({ id: `${kind.kind}Creation` });

/** A JSON merge patch (RFC 7386): null removes. What comes out of it is checked like a creation. */
export const patchOf = <Fields extends z.ZodType>(kind: KindDefinition, fields: Fields) =>
  z
    .strictObject({
      apiVersion: z.literal(API_VERSION).optional(),
      kind: z.literal(kind.kind).optional(),
      metadata: z
        .strictObject({
          labels: z.record(qualifiedName, labelValue.nullable()).nullable().optional(),
          annotations: z.record(qualifiedName, annotationValue.nullable()).nullable().optional(),
        })
        .optional(),
      spec: fields.optional(),
    })
    .meta({ id: `${kind.kind}Patch`, description: 'A JSON merge patch (RFC 7386): null removes a field.' });
