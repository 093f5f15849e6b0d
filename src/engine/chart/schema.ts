import { TemplateError } from '../errors.js';
import { parseJson } from '../json/decode.js';
import { type Schema, SchemaDocument } from '../schema/document.js';
import { formatProblems } from '../schema/problem.js';
import { validate } from '../schema/validate.js';
import { kindOf } from '../value.js';
import type { Chart, ChartFile } from './chart.js';
import { type Table, isTable } from './values.js';

/** Checks of values against `values.schema.json` of a chart and of its subcharts. */

const documents = new WeakMap<ChartFile, SchemaDocument>();

/** Throws TemplateError ValuesInvalid that names every value that does not fit. */
export function validateValues(chart: Chart, values: Table): void {
  const problems = problemsOf(chart, values);
  if (problems === '') return;
  const title = "values don't meet the specifications of the schema(s) in the following chart(s):";
  throw new TemplateError('ValuesInvalid', `${title}\n${problems}`);
}

function problemsOf(chart: Chart, values: Table): string {
  const own = chart.schema === undefined ? '' : ownProblems(chart.schema, values);
  const text = own === '' ? '' : `${chart.name}:\n${own}\n`;
  const nested = chart.dependencies.map((subchart) => {
    const table = values.get(subchart.name) ?? null;
    if (table === null) return '';
    if (isTable(table)) return problemsOf(subchart, table);
    return `${subchart.name}:\ninvalid type for values: expected object (map), got ${kindOf(table)}\n`;
  });
  return text + nested.join('');
}

function ownProblems(file: ChartFile, values: Table): string {
  try {
    return formatProblems(validate(documentOf(file), values));
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // A schema that is none: the message stands in place of problems, as in Helm.
    return error instanceof Error ? error.message : String(error);
  }
}

function documentOf(file: ChartFile): SchemaDocument {
  const known = documents.get(file);
  if (known !== undefined) return known;
  const document = new SchemaDocument(asSchema(file));
  documents.set(file, document);
  return document;
}

function asSchema(file: ChartFile): Schema {
  const schema = parseJson(file.text);
  if (schema instanceof Map || typeof schema === 'boolean') return schema;
  throw new Error('values.schema.json: a schema has to be an object or a boolean');
}
