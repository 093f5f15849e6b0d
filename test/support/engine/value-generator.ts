import { KEYS, INTS, STRINGS } from './pools.js';
import type { SeededRandom } from './random.js';
import type { Type } from './signatures.js';

/** Random values files. */
export class ValueGenerator {
  constructor(private readonly random: SeededRandom) {}

  value(depth: number): unknown {
    const kind = this.random.below(depth > 0 ? 9 : 6);
    if (kind < 2) return this.random.pick(STRINGS);
    if (kind === 2) return this.random.pick(INTS);
    if (kind === 3) return this.random.pick([0.5, 2.5, 1e21, 1.0, 0.1, 1e-7, 123456.789]);
    if (kind === 4) return this.random.chance(0.5);
    if (kind === 5) return this.random.chance(0.5) ? null : '';
    return kind === 6 ? this.list(depth - 1) : this.map(depth - 1);
  }

  list(depth: number): unknown[] {
    return Array.from({ length: this.random.below(4) }, () => this.value(depth));
  }

  map(depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    const count = this.random.below(6) + (depth === 3 ? 3 : 0);
    for (let i = 0; i < count; i++) out[this.random.pick(KEYS)] = this.value(depth);
    return out;
  }
}

/** What a value of the values is to the generator. */
export function typeOfValue(value: unknown): Type {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'float';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' && value !== null ? 'map' : 'any';
}
