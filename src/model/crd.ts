/** CustomResourceDefinitions from the zod schemas. Pure. */
import { z } from 'zod';
import type { KindDefinition } from './kind.js';
import { GROUP, VERSION } from './names.js';

type Schema = Record<string, unknown>;

/** Keywords of JSON Schema that a structural schema may not carry (Kubernetes: apiextensions v1, "structural schema"). */
const NOT_STRUCTURAL = new Set([
  '$schema',
  'additionalProperties',
  'propertyNames',
  'anyOf',
  'oneOf',
  'const',
  'id',
]);

/** A CRD for one kind: structural schema, status subresource, printer columns, CEL rules. */
export function customResourceDefinition(kind: KindDefinition): Schema {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        ...(kind.shortNames && { shortNames: kind.shortNames }),
        categories: ['berth'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
          schema: { openAPIV3Schema: rootSchema(kind) },
        },
      ],
    },
  };
}

function rootSchema(kind: KindDefinition): Schema {
  return {
    type: 'object',
    description: kind.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structural(kind.spec),
      status: structural(kind.status),
    },
    ...(kind.rules && { 'x-kubernetes-validations': kind.rules }),
  };
}

/** The structural form of a zod schema. Inputs, so that fields with defaults stay optional. */
export function structural(schema: z.ZodType): Schema {
  return structure(
    z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' }) as Schema,
  );
}

function structure(schema: Schema): Schema {
  const out = Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !NOT_STRUCTURAL.has(key))
      .map(([key, value]) => [key, structuralKeyword(key, value)]),
  );
  return { ...out, ...constantOf(schema), ...mapOf(schema), ...unionOf(schema) };
}

function structuralKeyword(key: string, value: unknown): unknown {
  if (key === 'properties') {
    return Object.fromEntries(
      Object.entries(value as Record<string, Schema>).map(([name, s]) => [name, structure(s)]),
    );
  }
  return key === 'items' ? structure(value as Schema) : value;
}

function constantOf(schema: Schema): Schema {
  return 'const' in schema ? { enum: [schema['const']] } : {};
}

/** A record: its values' schema. A closed object says `additionalProperties: false`, which structural schemas imply. */
function mapOf(schema: Schema): Schema {
  const values = schema['additionalProperties'];
  if (typeof values !== 'object' || values === null || schema['x-kubernetes-preserve-unknown-fields'])
    return {};
  return { additionalProperties: structure(values as Schema) };
}

/** A union of literals of one type becomes an enum; any other union is open and checked by the service. */
function unionOf(schema: Schema): Schema {
  const options = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined;
  if (!options) return {};
  const literals = options.flatMap((option) => (option['enum'] as unknown[] | undefined) ?? []);
  if (literals.length === options.length) return { type: options[0]?.['type'], enum: literals };
  return { 'x-kubernetes-preserve-unknown-fields': true };
}
