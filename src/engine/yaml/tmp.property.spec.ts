/** Values through YAML, JSON and TOML and back; any text at all read without harm. */
import { describe, expect, it } from '@jest/globals';
import {
  array,
  assert,
  constantFrom,
  dictionary,
  double,
  integer,
  jsonValue,
  letrec,
  oneof,
  property,
  string,
} from 'fast-check';
import { encodeJson } from '../json/encode.js';
import { parseJson } from '../json/decode.js';
import { parseToml } from '../toml/decode.js';
import { encodeToml } from '../toml/encode.js';
import { fromPlain, int64, type Value } from '../value.js';
import { parseYaml } from './decode.js';
import { encodePrettyYaml, encodeYaml } from './encode.js';

const RUNS = { numRuns: 1000 };

/** Words of YAML: what looks like another type, marks and blanks where they hurt. */
const PIECES = [
  ...Array.from('-?:,[]{}#&*!|>\'"%@`~=<.0123456789eExXoO_+ \t\n\r\u0085\u2028\ufeff\u0007ü😀'),
  'yes',
  'No',
  'on',
  'null',
  '~',
  '.nan',
  '-.inf',
  '0x1f',
  '0o17',
  '1e3',
  '1_000',
  '2001-01-01',
  '12:30:45',
  '---',
  '...',
  '<<',
  '\n  ',
  ': ',
  ' #',
];
const nasty = oneof(
  string(),
  string({ unit: 'binary' }),
  array(constantFrom(...PIECES), { maxLength: 8 }).map((parts) => parts.join('')),
);

/**
 * What Go itself does not read back: odd line breaks become blanks or vanish, `<<` as a key is a merge, some
 * characters are forbidden, a block scalar does not tell its tabs from indentation.
 */
const isLost = (text: string): boolean =>
  text === '<<' ||
  /[\u007f-\u009f\u2028\u2029\ufffe\uffff]/.test(text) ||
  (text.includes('\t') && text.includes('\n'));
const texts = nasty.filter((text) => !isLost(text));

const values = letrec<{ value: unknown }>((tie) => ({
  value: oneof(
    { depthSize: 'small' },
    texts,
    integer(),
    double({ noNaN: true, noDefaultInfinity: true }),
    constantFrom(true, false, null),
    array(tie('value'), { maxLength: 5 }),
    dictionary(texts, tie('value'), { maxKeys: 5 }),
  ),
})).value;

/** -0 is 0 in YAML of Go. */
const normal = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, item: unknown) => (item === 0 ? 0 : item))) as unknown;

describe('x', () => {
  it('JSON, which JSON.parse reads the same', () => {
    assert(
      property(jsonValue(), (value) => {
        const plain = fromPlain(normal(value));
        const text = encodeJson(plain);
        expect(parseJson(text)).toEqual(plain);
        expect(JSON.parse(text)).toEqual(normal(value));
      }),
      { numRuns: 250000 },
    );
  });

});
