import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { BerthError, type FieldProblem } from '../core/errors.js';
import { invalid } from './problem.js';

/** Checks every parameter that has a zod schema against it; handlers see what the schema made of the input. */
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, { schema, type, data }: ArgumentMetadata & { schema?: unknown }): unknown {
    if (!isZod(schema)) return value;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const fields = fieldProblems(result.error, type === 'body' || data === undefined ? [] : [data]);
    throw type === 'body' ? invalid(fields) : invalidParameter(fields);
  }
}

/** What a failed parse says about each field. */
export function fieldProblems(error: z.ZodError, root: PropertyKey[] = []): FieldProblem[] {
  return error.issues.flatMap((issue) => {
    const path = [...root, ...issue.path];
    if (issue.code !== 'unrecognized_keys') {
      return [{ path: pathText(path), message: issue.message, code: issue.code }];
    }
    return issue.keys.map((key) => ({
      path: pathText([...path, key]),
      message: 'there is no such field',
      code: 'unknown_field',
    }));
  });
}

/** `spec.patches[0].target`. */
function pathText(path: PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function invalidParameter(fields: FieldProblem[]): BerthError {
  const said = fields.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return new BerthError('InvalidParameter', `The address is not valid: ${said}.`, {
    status: 400,
    fields,
    next: 'Correct the parameters listed in errors; /api/openapi.json describes them.',
  });
}

function isZod(schema: unknown): schema is z.ZodType {
  return typeof schema === 'object' && schema !== null && 'safeParse' in schema;
}
