import type { Value } from '../value.js';
import type { Problem } from './problem.js';
import { type Check, type Evaluated, checkCount, checkInside, equal, limit, problem } from './check.js';

type Keywords = Map<string, Value>;

/** The keywords of arrays. */
export function validateArray(schema: Keywords, items: Value[], at: Check, evaluated: Evaluated): Problem[] {
  return [
    ...checkCount(schema, 'minItems', items.length, at),
    ...checkCount(schema, 'maxItems', items.length, at),
    ...validateUnique(schema, items, at),
    ...(at.document.draft < 2020 ? validateOldItems : validateItems)(schema, items, at, evaluated),
    ...validateContains(schema, items, at, evaluated),
  ];
}

function validateUnique(schema: Keywords, items: Value[], at: Check): Problem[] {
  if (schema.get('uniqueItems') !== true) return [];
  for (const [j, item] of items.entries()) {
    const i = items.findIndex((other) => equal(other, item));
    if (i < j) return [problem(at, `items at ${i} and ${j} are equal`)];
  }
  return [];
}

/** `items` may be a list up to draft 2019-09; `additionalItems` is for the rest. */
function validateOldItems(schema: Keywords, items: Value[], at: Check, evaluated: Evaluated): Problem[] {
  const wanted = schema.get('items');
  const additional = schema.get('additionalItems');
  if (!Array.isArray(wanted)) return validateRest(wanted, items, 0, { at, evaluated });
  const problems = validateEach(wanted, items, { at, evaluated });
  const rest = items.length - wanted.length;
  if (additional === false && rest > 0)
    return [...problems, problem(at, `last ${rest} additionalItem(s) not allowed`)];
  return [...problems, ...validateRest(additional, items, wanted.length, { at, evaluated })];
}

function validateItems(schema: Keywords, items: Value[], at: Check, evaluated: Evaluated): Problem[] {
  const prefix = schema.get('prefixItems');
  const schemas = Array.isArray(prefix) ? prefix : [];
  return [
    ...validateEach(schemas, items, { at, evaluated }),
    ...validateRest(schema.get('items'), items, schemas.length, { at, evaluated }),
  ];
}

interface Place {
  at: Check;
  evaluated: Evaluated;
}

function validateEach(schemas: Value[], items: Value[], { at, evaluated }: Place): Problem[] {
  return items.slice(0, schemas.length).flatMap((item, i) => {
    evaluated.items.add(i);
    return checkInside(schemas[i], item, i, at);
  });
}

function validateRest(
  schema: Value | undefined,
  items: Value[],
  from: number,
  { at, evaluated }: Place,
): Problem[] {
  if (schema === undefined) return [];
  return items.slice(from).flatMap((item, i) => {
    evaluated.items.add(from + i);
    return checkInside(schema, item, from + i, at);
  });
}

function validateContains(schema: Keywords, items: Value[], at: Check, evaluated: Evaluated): Problem[] {
  const wanted = schema.get('contains');
  if (wanted === undefined || at.document.draft === 4) return [];
  const results = items.map((item, i) => checkInside(wanted, item, i, at));
  const matched = results.flatMap((problems, i) => (problems.length === 0 ? [i] : []));
  if (at.document.draft >= 2020) for (const index of matched) evaluated.items.add(index);
  const least = limit(schema, 'minContains');
  const most = limit(schema, 'maxContains');
  if (matched.length < (least ?? 1)) {
    const message =
      least === undefined
        ? 'no items match contains schema'
        : `min ${least} items required to match contains schema`;
    return [problem(at, message, results.flat())];
  }
  const tooMany = most !== undefined && matched.length > most;
  return tooMany ? [problem(at, `max ${most} items required to match contains schema`)] : [];
}
