import { FunctionError } from '../errors.js';
import { textArgument } from '../functions/convert.js';
import { GoMap, type FunctionMap, type Value, fn, functionMap } from '../value.js';
import { encodeYaml } from '../yaml/encode.js';
import { type Table, tableAt, valueAt } from './values.js';

const TYPE = 'chartutil.Values';

/**
 * `.Values` and other maps of Go's type chartutil.Values. It is a view: a subchart's `.Values` and the table
 * under its name in the parent's are one map, so what `set` does to the one is seen in the other.
 */
export class ValuesObject extends GoMap {
  constructor(private readonly table: Table) {
    super(TYPE, undefined, null, methodsOf(table));
  }

  override get origin(): Table {
    return this.table;
  }

  override get size(): number {
    return this.table.size;
  }

  override get(key: string): Value | undefined {
    return this.table.get(key);
  }

  override has(key: string): boolean {
    return this.table.has(key);
  }

  override set(key: string, value: Value): this {
    this.table.set(key, value);
    return this;
  }

  override delete(key: string): boolean {
    return this.table.delete(key);
  }

  override clear(): void {
    this.table.clear();
  }

  override forEach(visit: (value: Value, key: string, map: Map<string, Value>) => void): void {
    this.table.forEach((value, key) => visit(value, key, this));
  }

  override entries(): MapIterator<[string, Value]> {
    return this.table.entries();
  }

  override keys(): MapIterator<string> {
    return this.table.keys();
  }

  override values(): MapIterator<Value> {
    return this.table.values();
  }

  override [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.table[Symbol.iterator]();
  }
}

function methodsOf(table: Table): FunctionMap {
  return functionMap([
    fn('AsMap', [], () => (table.size === 0 ? new Map<string, Value>() : table)),
    fn('YAML', [], () => encodeYaml(table)),
    fn('Table', ['string'], ([path]) => {
      const found = tableAt(table, textArgument(path));
      if (found === undefined) throw new FunctionError(`"${lastPart(path)}" is not a table`);
      return new ValuesObject(found);
    }),
    fn('PathValue', ['string'], ([path]) => {
      if (path === '') throw new FunctionError('YAML path cannot be empty');
      const found = valueAt(table, textArgument(path));
      if (found === undefined) throw new FunctionError(`"${lastPart(path)}" is not a value`);
      return found;
    }),
  ]);
}

function lastPart(path: Value | undefined): string {
  return textArgument(path).split('.').at(-1) ?? '';
}
