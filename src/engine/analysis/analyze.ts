import { TemplateSet, type TemplateSetOptions } from '../language/template-set.js';
import type { FunctionMap, Value } from '../value.js';
import type { TemplateVariable } from './evidence.js';
import type { KeyPath, ReadSet } from './read-set.js';
import { pathShape } from './shape.js';
import { StaticRun, type Templates } from './static-run.js';

/** What templates can do, whatever the values are. */
export interface Analysis {
  /** Keys of the values the templates name, with places, literal defaults and a guess at the type. */
  variables: TemplateVariable[];
  /**
   * An upper bound of what a render reads: a change of a key it does not touch changes no render. `tpl` of a text
   * that comes from the values, and `include` of a computed name, can reach all they are given.
   */
  reads: ReadSet;
}

/** A template that a render executes. */
export interface Entry {
  name: string;
  /** Where the values it sees lie in those of the whole chart: names of subcharts. */
  root?: readonly string[];
}

/** What is known of the values. */
export interface KnownValues {
  /**
   * The values of the whole chart. The bound then holds for them and for values that differ from them in keys it
   * does not touch; without them `tpl` of a value can reach anything.
   */
  values?: Value;
  /** Where the values of subcharts lie: they hold copies of `global`. */
  subcharts?: readonly KeyPath[];
}

/** Analyses templates without running them. Templates that entries call are followed. */
export function analyze(
  templates: Templates,
  functions: FunctionMap,
  entries: Iterable<Entry>,
  { values, subcharts }: KnownValues = {},
): Analysis {
  const run = new StaticRun(templates, functions, values, subcharts);
  for (const { name, root = [] } of entries) {
    const template = templates.lookup(name);
    if (template) run.run(template, pathShape(root.flatMap((chart) => ['Subcharts', chart])));
  }
  return { variables: run.evidence.variables(), reads: run.reads };
}

/**
 * The variables of one text, with those of the helpers it calls.
 *
 * @throws TemplateError with every problem of the text
 */
export function variables(
  name: string,
  text: string,
  functions: FunctionMap,
  options?: TemplateSetOptions,
): TemplateVariable[] {
  const set = new TemplateSet(functions, options);
  set.add(name, text);
  return analyze(set, functions, [{ name }]).variables;
}
