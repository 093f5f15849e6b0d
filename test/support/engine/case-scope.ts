import type { Type } from './signatures.js';
import { typeOfValue } from './value-generator.js';

/** What a place in a generated template can name: variables, and paths that lead somewhere in the values. */
export class CaseScope {
  readonly variables: { name: string; type: Type }[] = [];
  /** True while dot is the whole of Helm's data, which prints addresses. */
  dotIsRoot = true;
  private readonly paths = new Map<Type, string[]>();

  constructor(values: Record<string, unknown>) {
    this.collectPaths('.Values', values);
  }

  private collectPaths(path: string, value: unknown): void {
    const type = typeOfValue(value);
    this.paths.set(type, [...(this.paths.get(type) ?? []), path]);
    this.paths.set('any', [...(this.paths.get('any') ?? []), path]);
    if (type !== 'map') return;
    for (const [key, item] of Object.entries(value as object)) this.collectPaths(`${path}.${key}`, item);
  }

  pathsTo(type: Type): string[] {
    return this.paths.get(type) ?? FALLBACK[type] ?? ['.Values'];
  }

  /** Variables declared in `body` end with it. */
  inner<T>(body: () => T): T {
    const { length } = this.variables;
    const result = body();
    this.variables.length = length;
    return result;
  }

  /** The body of `with` and `range`: dot is something else there. */
  inBody(body: () => string): string {
    const outer = this.dotIsRoot;
    this.dotIsRoot = false;
    const text = this.inner(body);
    this.dotIsRoot = outer;
    return text;
  }
}

/** Where the values hold nothing of a type. */
const FALLBACK: Partial<Record<Type, string[]>> = {
  string: ['.Release.Name', '.Chart.Name'],
  bool: ['.Release.IsInstall'],
  list: ['.Values.list'],
  map: ['.Release'],
};
