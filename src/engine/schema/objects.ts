import { GoRegexp } from '../regex/go-regexp.js';
import { type Value, sortedKeys } from '../value.js';
import { type Problem, quoted, quotedList } from './problem.js';
import {
  type Check,
  type Evaluated,
  addEvaluated,
  checkCount,
  checkInside,
  checkSame,
  problem,
} from './check.js';

type Keywords = Map<string, Value>;

const table = (value: Value | undefined): Keywords =>
  value instanceof Map ? value : new Map<string, Value>();

/** The keywords of objects. */
export function validateObject(
  schema: Keywords,
  object: Keywords,
  at: Check,
  evaluated: Evaluated,
): Problem[] {
  return [
    ...checkCount(schema, 'minProperties', object.size, at),
    ...checkCount(schema, 'maxProperties', object.size, at),
    ...missing(schema.get('required'), object).map((names) => problem(at, missingMessage(names))),
    ...validateProperties(schema, object, at, evaluated),
    ...validateNames(schema, object, at),
    ...validateDependencies(schema, object, at, evaluated),
  ];
}

/** The names that are missing, as a list of one list; empty when none is. */
function missing(required: Value | undefined, object: Keywords): string[][] {
  if (!Array.isArray(required)) return [];
  const names = required.filter((name) => typeof name === 'string').filter((name) => !object.has(name));
  return names.length === 0 ? [] : [names];
}

function missingMessage(names: string[]): string {
  return `missing ${names.length === 1 ? 'property' : 'properties'} ${quotedList(names)}`;
}

function validateProperties(schema: Keywords, object: Keywords, at: Check, evaluated: Evaluated): Problem[] {
  const schemasFor = schemasByName(schema);
  const additional = schema.get('additionalProperties');
  const problems: Problem[] = [];
  const unwanted: string[] = [];
  for (const name of sortedKeys(object)) {
    const schemas = schemasFor(name);
    if (schemas.length === 0 && additional === undefined) continue;
    evaluated.properties.add(name);
    if (schemas.length === 0 && additional === false) unwanted.push(name);
    if (schemas.length === 0 && additional instanceof Map) schemas.push(additional);
    for (const inner of schemas) problems.push(...checkInside(inner, object.get(name) ?? null, name, at));
  }
  if (unwanted.length > 0)
    problems.push(problem(at, `additional properties ${quotedList(unwanted)} not allowed`));
  return problems;
}

/** Which schemas of `properties` and `patternProperties` a property has to fit. */
function schemasByName(schema: Keywords): (name: string) => Value[] {
  const properties = table(schema.get('properties'));
  const patterns = [...table(schema.get('patternProperties'))].map(
    ([pattern, inner]) => [GoRegexp.compile(pattern), inner] as const,
  );
  return (name) => {
    const own = properties.get(name);
    const matching = patterns.filter(([pattern]) => pattern.matches(name)).map(([, inner]) => inner);
    if (own !== undefined) matching.unshift(own);
    return matching;
  };
}

function validateNames(schema: Keywords, object: Keywords, at: Check): Problem[] {
  const names = schema.get('propertyNames');
  if (names === undefined || at.document.draft === 4) return [];
  return sortedKeys(object).flatMap((name) => {
    const { problems } = checkSame(names, name, at);
    return problems.length === 0 ? [] : [problem(at, `invalid propertyName ${quoted(name)}`, problems)];
  });
}

function validateDependencies(
  schema: Keywords,
  object: Keywords,
  at: Check,
  evaluated: Evaluated,
): Problem[] {
  const keywords = ['dependencies', 'dependentSchemas', 'dependentRequired'];
  const present = keywords
    .flatMap((keyword) => [...table(schema.get(keyword))])
    .filter(([name]) => object.has(name));
  return present.flatMap(([name, dependency]) => {
    if (Array.isArray(dependency)) {
      return missing(dependency, object).map((names) =>
        problem(at, `properties ${quotedList(names)} required, if ${quoted(name)} exists`),
      );
    }
    const outcome = checkSame(dependency, object, at);
    addEvaluated(evaluated, outcome.evaluated);
    return outcome.problems;
  });
}
