import { type Value, sortedKeys } from '../value.js';
import type { Problem } from './problem.js';
import { type Check, type Evaluated, addEvaluated, checkInside, checkSame, problem } from './check.js';

type Keywords = Map<string, Value>;

/** A value with what is already known to have been looked at. */
interface Subject {
  value: Value;
  at: Check;
  evaluated: Evaluated;
}

/** `not`, `allOf`, `anyOf`, `oneOf`, `if`, and then what nothing has looked at. */
export function validateCombinations(
  schema: Keywords,
  value: Value,
  at: Check,
  evaluated: Evaluated,
): Problem[] {
  const subject = { value, at, evaluated };
  return [
    ...validateNot(schema.get('not'), subject),
    ...validateAllOf(listOf(schema.get('allOf')), subject),
    ...validateAnyOf(listOf(schema.get('anyOf')), subject),
    ...validateOneOf(listOf(schema.get('oneOf')), subject),
    ...validateCondition(schema, subject),
    ...validateUnevaluated(schema, subject),
  ];
}

function listOf(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

/** Problems with one more schema; what it looked at counts when it has none. */
function also(schema: Value | undefined, { value, at, evaluated }: Subject): Problem[] {
  const outcome = checkSame(schema, value, at);
  if (outcome.problems.length === 0) addEvaluated(evaluated, outcome.evaluated);
  return outcome.problems;
}

function validateNot(schema: Value | undefined, subject: Subject): Problem[] {
  if (schema === undefined) return [];
  return checkSame(schema, subject.value, subject.at).problems.length === 0
    ? [problem(subject.at, "'not' failed")]
    : [];
}

function validateAllOf(schemas: Value[], subject: Subject): Problem[] {
  const problems = schemas.flatMap((schema) => also(schema, subject));
  return problems.length === 0 ? [] : [problem(subject.at, "'allOf' failed", problems)];
}

function validateAnyOf(schemas: Value[], subject: Subject): Problem[] {
  const results = schemas.map((schema) => also(schema, subject));
  if (schemas.length === 0 || results.some((problems) => problems.length === 0)) return [];
  return [problem(subject.at, "'anyOf' failed", results.flat())];
}

function validateOneOf(schemas: Value[], subject: Subject): Problem[] {
  const results = schemas.map((schema) => also(schema, subject));
  const [first, second] = results.flatMap((problems, i) => (problems.length === 0 ? [i] : []));
  if (schemas.length === 0 || (first !== undefined && second === undefined)) return [];
  if (first === undefined) return [problem(subject.at, "'oneOf' failed, none matched", results.flat())];
  return [problem(subject.at, `'oneOf' failed, subschemas ${first}, ${second} matched`)];
}

function validateCondition(schema: Keywords, subject: Subject): Problem[] {
  const condition = schema.get('if');
  if (condition === undefined || subject.at.document.draft < 7) return [];
  const branch = also(condition, subject).length === 0 ? 'then' : 'else';
  return also(schema.get(branch), subject);
}

function validateUnevaluated(schema: Keywords, { value, at, evaluated }: Subject): Problem[] {
  const properties = schema.get('unevaluatedProperties');
  const items = schema.get('unevaluatedItems');
  if (properties !== undefined && value instanceof Map) {
    const rest = sortedKeys(value).filter((name) => !evaluated.properties.has(name));
    for (const name of rest) evaluated.properties.add(name);
    return rest.flatMap((name) => checkInside(properties, value.get(name) ?? null, name, at));
  }
  if (items !== undefined && Array.isArray(value)) {
    return value.flatMap((item, i) => (evaluated.items.has(i) ? [] : checkInside(items, item, i, at)));
  }
  return [];
}
