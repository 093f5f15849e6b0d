/** Functions of the language: what they look like, and what they get besides their arguments. */
import type { Environment } from './environment.js';
import type { Value } from './value.js';

/**
 * What a template function gets besides its arguments. Functions are pure apart from this: chance, time,
 * cluster and other templates come from here, so that a render can be repeated.
 */
export interface CallContext {
  readonly environment: Environment;
  readonly budget: Budget;
  /** Renders the named template (Helm's `include`). */
  include(name: string, data: Value): string;
  /** Renders `text` as a template beside the chart's (Helm's `tpl`). */
  tpl(text: string, data: Value): string;
}

/** Bounds of one render. Each method throws a TemplateError with code BudgetExceeded. */
export interface Budget {
  /** Counts work: call it with the number of elements before a loop whose length the template chooses. */
  step(count?: number): void;
  /** Call it with the length before making a text whose length the template chose. */
  grow(length: number): void;
  /** Call it with the number of elements before making a list or map whose size the template chose. */
  collect(elements: number): void;
  /**
   * Does work of a constant, known cost (a key, a password hash): it counts as `steps` and its time not at all,
   * so that charts which make keys render on a slow machine too.
   */
  costly<T>(steps: number, work: () => T): T;
}

/**
 * Go name of a parameter's type, as it stands in Go's messages: `interface {}`, `string`, `int`, `int64`,
 * `float64`, `bool`, `map[string]interface {}`, `[]interface {}`, `[]string`, `error`, `time.Time` …
 * `reflect.Value` takes anything, nil too, like `interface {}`.
 */
export type ParamType = string;

/** A function of the language. Build with {@link fn}. */
export interface GoFunction {
  readonly name: string;
  readonly params: readonly ParamType[];
  /** Type of each further argument; undefined when the function is not variadic. */
  readonly variadic?: ParamType;
  /**
   * `args` are checked against `params`: as many as the signature takes, each of its Go type. Throws
   * FunctionError for a Go error; the evaluator adds the place.
   */
  call(args: Value[], context: CallContext): Value;
}

export type FunctionMap = ReadonlyMap<string, GoFunction>;

/**
 * A function from its Go signature: `fn('trimSuffix', ['string', 'string'], ([suffix, s]) => …)`. A last
 * parameter `...T` is variadic.
 */
export function fn(
  name: string,
  signature: readonly ParamType[],
  call: (args: Value[], context: CallContext) => Value,
): GoFunction {
  const last = signature.at(-1);
  if (!last?.startsWith('...')) return { name, params: signature, call };
  return { name, params: signature.slice(0, -1), variadic: last.slice(3), call };
}

/** A function map from functions; a later one of the same name wins. */
export function functionMap(
  ...groups: readonly (Iterable<GoFunction> | FunctionMap)[]
): Map<string, GoFunction> {
  const map = new Map<string, GoFunction>();
  for (const group of groups) {
    const functions =
      group instanceof Map ? (group as FunctionMap).values() : (group as Iterable<GoFunction>);
    for (const item of functions) map.set(item.name, item);
  }
  return map;
}
