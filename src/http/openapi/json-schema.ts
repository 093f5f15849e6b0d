/** JSON Schema 2020-12, as OpenAPI 3.1 wants it, from zod. */
import { z } from 'zod';

type Schema = Record<string, unknown>;

export interface Converted {
  schema: Schema;
  /** Schemas with an id, by that id. */
  components: Record<string, Schema>;
}

/** A schema and the components it refers to. `output` is how answers look: fields with a default are always there. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Converted {
  const converted = withReferences(z.toJSONSchema(schema, { target: 'draft-2020-12', io }) as Schema);
  const { $schema: _, $defs = {}, ...root } = converted;
  return { schema: root, components: $defs as Record<string, Schema> };
}

/** `$ref` of a schema that has an id. Throws when it has none: answers are documented by components alone. */
export function referenceTo(schema: z.ZodType): { $ref: string } {
  const id = z.globalRegistry.get(schema)?.id;
  if (id === undefined) throw new TypeError('the schema of an answer needs an id');
  return { $ref: componentPath(`#/$defs/${id}`) };
}

function withReferences(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, rewritten(key, value)]));
}

function rewritten(key: string, value: unknown): unknown {
  if (key === '$ref' && typeof value === 'string') return componentPath(value);
  if (Array.isArray(value)) return value.map((item) => rewritten('', item));
  return typeof value === 'object' && value !== null ? withReferences(value as Schema) : value;
}

function componentPath(ref: string): string {
  return ref.replace('#/$defs/', '#/components/schemas/');
}
