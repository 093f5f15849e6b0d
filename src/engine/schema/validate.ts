import { GoRegexp } from '../regex/go-regexp.js';
import type { Value } from '../value.js';
import { validateArray } from './arrays.js';
import {
  type Check,
  type Outcome,
  addEvaluated,
  checkCount,
  checkSame,
  equal,
  isNumber,
  limit,
  nothingEvaluated,
  numberOf,
  problem,
} from './check.js';
import { validateCombinations } from './combinations.js';
import type { Schema, SchemaDocument } from './document.js';
import { hasFormat } from './formats.js';
import { validateObject } from './objects.js';
import { type Problem, display, grouped, quoted } from './problem.js';

/** Deeper than this, schemas only refer to one another in circles. */
const MAX_DEPTH = 400;

/** Every problem of a value with the document's schema. */
export function validate(document: SchemaDocument, value: Value): Problem[] {
  return check(document.root, value, { document, path: [], depth: 0, run: checkGrouped }).problems;
}

/** Several problems of one value with one schema are shown as one with parts. */
function checkGrouped(schema: Schema, value: Value, at: Check): Outcome {
  const { problems, evaluated } = check(schema, value, at);
  return {
    problems: problems.length > 1 ? [problem(at, 'validation failed', problems)] : problems,
    evaluated,
  };
}

function check(schema: Schema, value: Value, at: Check): Outcome {
  const evaluated = nothingEvaluated();
  if (schema === true) return { problems: [], evaluated };
  if (schema === false) return { problems: [problem(at, 'false schema')], evaluated };
  if (at.depth > MAX_DEPTH)
    return { problems: [problem(at, 'the schema refers to itself without end')], evaluated };
  const decisive = checkDecisive(schema, value, at);
  if (decisive !== undefined) return { problems: [decisive], evaluated };
  const problems: Problem[] = [];
  if (!checkReference(schema, value, at, { problems, evaluated })) return { problems, evaluated };
  if (value instanceof Map) problems.push(...validateObject(schema, value, at, evaluated));
  else if (Array.isArray(value)) problems.push(...validateArray(schema, value, at, evaluated));
  else if (typeof value === 'string') problems.push(...validateText(schema, value, at));
  else if (isNumber(value)) problems.push(...validateNumber(schema, numberOf(value), at));
  problems.push(...validateCombinations(schema, value, at, evaluated));
  return { problems, evaluated };
}

/** Keywords after whose failure nothing else is looked at. */
function checkDecisive(schema: Map<string, Value>, value: Value, at: Check): Problem | undefined {
  const type = checkType(schema.get('type'), value, at);
  if (type !== undefined) return type;
  const constant = schema.get('const');
  if (constant !== undefined && !equal(value, constant)) {
    return problem(at, isScalar(constant) ? `value must be ${display(constant)}` : "'const' failed");
  }
  const allowed = schema.get('enum');
  if (Array.isArray(allowed) && !allowed.some((item) => equal(value, item))) {
    return problem(at, enumMessage(allowed));
  }
  const format = schema.get('format');
  const asserted = at.document.draft < 2019 && typeof format === 'string' && typeof value === 'string';
  return asserted && !hasFormat(value, format)
    ? problem(at, `${quoted(value)} is not valid ${format}`)
    : undefined;
}

function enumMessage(allowed: Value[]): string {
  if (!allowed.every(isScalar)) return "'enum' failed";
  const values = allowed.map(display).join(', ');
  return allowed.length === 1 ? `value must be ${values}` : `value must be one of ${values}`;
}

const TYPE_ORDER = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object'];

function checkType(wanted: Value | undefined, value: Value, at: Check): Problem | undefined {
  const types = typeof wanted === 'string' ? [wanted] : Array.isArray(wanted) ? wanted : [];
  if (types.length === 0) return undefined;
  const actual = typeName(value);
  const isInteger = isNumber(value) && Number.isInteger(numberOf(value));
  if (types.includes(actual) || (isInteger && types.includes('integer'))) return undefined;
  const names = TYPE_ORDER.filter((name) => types.includes(name));
  return problem(at, `got ${actual}, want ${names.join(' or ')}`);
}

/** Follows `$ref`. False when nothing beside it counts (before draft 2019-09). */
function checkReference(schema: Map<string, Value>, value: Value, at: Check, outcome: Outcome): boolean {
  for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
    const reference = schema.get(keyword);
    if (typeof reference !== 'string') continue;
    const target = checkSame(at.document.resolve(reference), value, at);
    outcome.problems.push(...target.problems);
    addEvaluated(outcome.evaluated, target.evaluated);
    if (at.document.draft < 2019) return false;
  }
  return true;
}

const isScalar = (value: Value): boolean => !Array.isArray(value) && !(value instanceof Map);

function typeName(value: Value): string {
  if (value === null) return 'null';
  if (isNumber(value)) return 'number';
  if (Array.isArray(value)) return 'array';
  return value instanceof Map ? 'object' : typeof value;
}

function validateText(schema: Map<string, Value>, text: string, at: Check): Problem[] {
  const length = schema.has('minLength') || schema.has('maxLength') ? Array.from(text).length : 0;
  const pattern = schema.get('pattern');
  const mismatch = typeof pattern === 'string' && !GoRegexp.compile(pattern).matches(text);
  return [
    ...checkCount(schema, 'minLength', length, at),
    ...checkCount(schema, 'maxLength', length, at),
    ...(mismatch ? [problem(at, `${quoted(text)} does not match pattern ${quoted(pattern)}`)] : []),
  ];
}

function validateNumber(schema: Map<string, Value>, value: number, at: Check): Problem[] {
  const problems: Problem[] = [];
  const bound = (
    keyword: string,
    fits: (wanted: number) => boolean,
    wanted = limit(schema, keyword),
  ): void => {
    if (wanted === undefined || fits(wanted)) return;
    problems.push(problem(at, `${keyword}: got ${grouped(value)}, want ${grouped(wanted)}`));
  };
  // In draft 4 `exclusive…` are bools that change the other two.
  const openBelow = schema.get('exclusiveMinimum') === true;
  const openAbove = schema.get('exclusiveMaximum') === true;
  bound('minimum', (wanted) => (openBelow ? value > wanted : value >= wanted));
  bound('maximum', (wanted) => (openAbove ? value < wanted : value <= wanted));
  bound('exclusiveMinimum', (wanted) => value > wanted);
  bound('exclusiveMaximum', (wanted) => value < wanted);
  bound('multipleOf', (wanted) => isMultiple(value, wanted));
  return problems;
}

function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}
