import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { toBytes } from '../../../src/engine/bytes.js';
import { sprintf } from '../../../src/engine/fmt/fmt.js';
import {
  fromPlain,
  GoBytes,
  type IntKind,
  intOf,
  stringList,
  type Value,
} from '../../../src/engine/value.js';

interface Golden {
  values: { type: string; text: string }[];
  rows: { format: string; out: string[] }[];
}

const golden = JSON.parse(readFileSync(new URL('go-fmt.json', import.meta.url), 'utf8')) as Golden;

const MAKERS: Record<string, (text: string) => Value> = {
  float64: (text) => (text === '-0' ? -0 : Number(text)),
  string: (text) => text,
  bool: (text) => text === 'true',
  nil: () => null,
  list: (text) => fromPlain(JSON.parse(text)),
  map: (text) => fromPlain(JSON.parse(text)),
  strings: (text) => stringList(JSON.parse(text) as string[]),
  bytes: (text) => new GoBytes(toBytes(text)),
};

function make({ type, text }: Golden['values'][number]): Value {
  return MAKERS[type]?.(text) ?? (type === 'nil' ? null : intOf(type as IntKind, BigInt(text)));
}

describe("printf prints what Go's fmt prints", () => {
  const values = golden.values.map(make);

  it.each(golden.rows)('$format', ({ format, out }) => {
    expect(values.map((value) => sprintf(format, [value]))).toEqual(out);
  });
});
