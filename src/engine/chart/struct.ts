import { GoObject, type Value } from '../value.js';

/** A field: name in Go, name in JSON, value. JSON leaves out empty ones, unless told otherwise. */
export type Member = readonly [goName: string, jsonName: string, value: Value, always?: 'always'];

/** A struct of Go whose JSON has other names and leaves out what is empty. */
export class Struct extends GoObject {
  constructor(
    readonly type: string,
    readonly kind: 'struct' | 'ptr',
    protected readonly members: readonly Member[],
  ) {
    super();
  }

  override fields(): readonly (readonly [string, Value])[] {
    return this.members.map(([name, , value]) => [name, value] as const);
  }

  override field(name: string): Value | undefined {
    return this.members.find(([goName]) => goName === name)?.[2];
  }

  override toData(): Value {
    return new Map(
      this.members
        .filter(([, , value, always]) => always !== undefined || !isEmpty(value))
        .map(([, name, value]) => [name, value]),
    );
  }
}

function isEmpty(value: Value): boolean {
  if (value === '' || value === false || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return value instanceof Map && value.size === 0;
}
