/** Where in the data of a template (`.Values`, `.Subcharts`, `.Template`) a shape lies. */
import type { Template } from '../language/ast.js';
import type { KeyPath } from './read-set.js';
import { ANY_KEY, type Shape, textShape } from './shape.js';

const TEMPLATES = '/templates';

/** Where in the values a shape lies; the values as a whole are no key. */
export const valuePaths = ({ paths }: Shape): KeyPath[] =>
  paths
    .map((path) => (path.length === 0 ? undefined : valuesPath(path)))
    .filter((path) => path !== undefined);

/** A path of the data as a path of the values; undefined when it lies elsewhere. */
export function valuesPath([first, ...rest]: KeyPath): KeyPath | undefined {
  if (first === undefined) return [];
  if (first === 'Values' || first === ANY_KEY) return rest;
  const [chart, ...below] = rest;
  if (first !== 'Subcharts' || chart === undefined) return first === 'Subcharts' ? [] : undefined;
  const inner = valuesPath(below);
  return inner && [chart, ...inner];
}

/** `.Template.BasePath`, which templates put together names of files to include from. */
export function basePath({ paths }: Shape, { file }: Template): Shape | undefined {
  const end = file.lastIndexOf(`${TEMPLATES}/`);
  const isBasePath = paths.length === 1 && paths[0]?.slice(-2).join('.') === 'Template.BasePath';
  return isBasePath && end >= 0 ? textShape(file.slice(0, end) + TEMPLATES) : undefined;
}
