import { type Schema, type SchemaDraft, Validator } from '@cfworker/json-schema';
import { TemplateError } from '../errors.js';
import { encodeJson } from '../json/encode.js';
import type { Chart, ChartFile } from './chart.js';
import { type Table, isTable } from './values.js';

/** Checks of values against `values.schema.json` of a chart and of its subcharts. */

const validators = new WeakMap<ChartFile, Validator>();

/** Throws TemplateError ValuesInvalid that names every value that does not fit. */
export function validateValues(chart: Chart, values: Table): void {
  const problems = problemsOf(chart, values);
  if (problems === '') return;
  const title = "values don't meet the specifications of the schema(s) in the following chart(s):";
  throw new TemplateError('ValuesInvalid', `${title}\n${problems}`);
}

function problemsOf(chart: Chart, values: Table): string {
  const own = chart.schema === undefined ? [] : validate(chart.schema, values);
  const text = own.length === 0 ? '' : `${chart.name}:\n${own.map((problem) => `- ${problem}\n`).join('')}`;
  const nested = chart.dependencies.map((subchart) => {
    const table = values.get(subchart.name);
    return isTable(table) ? problemsOf(subchart, table) : '';
  });
  return text + nested.join('');
}

function validate(file: ChartFile, values: Table): string[] {
  const result = validatorOf(file).validate(JSON.parse(encodeJson(values)));
  if (result.valid) return [];
  // Errors of combining keywords only repeat those of their parts.
  return result.errors
    .filter(({ keyword }) => !['properties', 'items', '$ref', 'additionalProperties'].includes(keyword))
    .map(({ instanceLocation, error }) => `at '${instanceLocation.replace(/^#/, '')}': ${error}`);
}

function validatorOf(file: ChartFile): Validator {
  const known = validators.get(file);
  if (known !== undefined) return known;
  const schema = parseSchema(file);
  const validator = new Validator(schema, draftOf(schema), false);
  for (const id of remoteReferences(schema)) validator.addSchema({}, id);
  validators.set(file, validator);
  return validator;
}

function parseSchema(file: ChartFile): Schema | boolean {
  try {
    return JSON.parse(file.text) as Schema | boolean;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new TemplateError('ChartInvalid', `values.schema.json: ${message}`, { cause: error });
  }
}

const DRAFTS: readonly (readonly [string, SchemaDraft])[] = [
  ['draft-04', '4'],
  ['draft-06', '7'],
  ['draft-07', '7'],
  ['2019-09', '2019-09'],
];

function draftOf(schema: Schema | boolean): SchemaDraft {
  const name = typeof schema === 'boolean' ? '' : (schema.$schema ?? '');
  return DRAFTS.find(([part]) => name.includes(part))?.[1] ?? '2020-12';
}

/**
 * Schemas elsewhere that this one refers to. They are not fetched (a render has no network): what they would
 * check passes.
 */
function remoteReferences(schema: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === '$ref' && typeof value === 'string' && /^[a-z][a-z0-9+.-]*:/i.test(value)) {
        found.add(value.split('#', 1)[0] ?? '');
      } else {
        visit(value);
      }
    }
  };
  visit(schema);
  return found;
}
