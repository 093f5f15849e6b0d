import { describe, expect, it } from '@jest/globals';
import { encodeJson } from '../json/encode.js';
import { parseYaml, parseYamlWithIntegers } from './decode.js';

const json = (text: string): string => encodeJson(parseYaml(text));

/** Of processor time, so that a busy machine fails no test. */
function soon(run: () => void): void {
  const start = process.cpuUsage();
  run();
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(2000);
}

describe('YAML as Go reads it', () => {
  it.each([
    ['', 'null'],
    ['a: yes\nb: off\nc: y\nd: "yes"', '{"a":true,"b":false,"c":true,"d":"yes"}'],
    ['a: 010\nb: 0o10\nc: 0x10\nd: 0b11\ne: 1_000', '{"a":8,"b":8,"c":16,"d":3,"e":1000}'],
    ['a: 1.0\nb: 1e3\nc: .5\nd: 123456789012345678', '{"a":1,"b":1000,"c":0.5,"d":123456789012345680}'],
    ['a: ~\nb:\nc: null', '{"a":null,"b":null,"c":null}'],
    ['a: 2001-02-03\nb: 12:30:45', '{"a":"2001-02-03","b":"12:30:45"}'],
    ['a: |\n  x\n   y\n\nb: >-\n  x\n  y\n', '{"a":"x\\n y\\n","b":"x y"}'],
    ['a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2', '{"a":{"b":1},"c":{"b":1},"d":{"b":1,"e":2}}'],
    ['1: a\ntrue: b\n1.5: c', '{"1":"a","1.5":"c","true":"b"}'],
    ['a: !!str 1\nb: !!binary aGk=\nc: !!int "3"', '{"a":"1","b":"hi","c":3}'],
    ['a: 1\n---\nb: 2', '{"a":1}'],
    ['a: 1\na: 2', '{"a":2}'],
    ['- a\n-  b: 1\n   c: 2', '["a",{"b":1,"c":2}]'],
    [String.raw`"\x41\u00fc\U0001F600\t"`, '"Aü😀\\t"'],
  ])('%j', (text, expected) => {
    expect(json(text)).toBe(expected);
  });

  it('keeps integers whole where texts are made of them', () => {
    expect(encodeJson(parseYamlWithIntegers('a: 123456789012345678'))).toBe('{"a":123456789012345678}');
  });

  it.each([
    ['a: b: c', 'yaml: mapping values are not allowed in this context'],
    ['a: [1', "yaml: line 1: did not find expected ',' or ']'"],
    ['a:\n\tb: 1', 'yaml: line 2: found character that cannot start any token'],
    ['a: *x', "yaml: unknown anchor 'x' referenced"],
    ['a: &a [*a]', "yaml: anchor 'a' value contains itself"],
    ['? [a]\n: b', 'yaml: invalid map key: []interface {}{"a"}'],
    ['a: .nan', 'json: unsupported value: NaN'],
    ['a: "\u0001"', 'yaml: control characters are not allowed'],
  ])('%j is refused as Go refuses it', (text, message) => {
    expect(() => parseYaml(text)).toThrow(message);
  });
});

describe('hostile YAML', () => {
  it('refuses a bomb of aliases', () => {
    const lines = Array.from('bcdefghij', (name, i) => {
      const previous = 'abcdefghi'.charAt(i);
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${previous}`).join(', ')}]`;
    });
    soon(() => {
      expect(() => parseYaml(`a: &a [x, x, x, x, x, x, x, x, x]\n${lines.join('\n')}\n`)).toThrow(
        'yaml: document contains excessive aliasing',
      );
    });
  });

  it('refuses a bomb of merges', () => {
    const lines = Array.from(
      { length: 40 },
      (_, i) => `m${i + 1}: &m${i + 1} {<<: [*m${i}, *m${i}], k${i}: 1}`,
    );
    soon(() => {
      expect(() => parseYaml(`m0: &m0 {x: 1}\n${lines.join('\n')}\n`)).toThrow('excessive aliasing');
    });
  });

  it.each([
    ['flow lists', '['.repeat(200_000)],
    ['flow maps', '{a: '.repeat(200_000)],
    ['block lists', '- '.repeat(200_000)],
    ['question marks', '? '.repeat(200_000)],
    ['indentation', Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('refuses deep %s in time', (_name, text) => {
    soon(() => {
      expect(() => parseYaml(text)).toThrow(/exceeded max depth|did not find|mapping values|not allowed/);
    });
  });

  it.each([
    ['one long line', `a: ${'x '.repeat(500_000)}`],
    ['one long quoted text', `a: "${String.raw`\n`.repeat(300_000)}"`],
    ['many anchors', Array.from({ length: 50_000 }, (_, i) => `- &a${i} x`).join('\n')],
    ['many keys', Array.from({ length: 50_000 }, (_, i) => `k${i}: x`).join('\n')],
    ['many colons in flow', `[${'a: b, '.repeat(100_000)}]`],
    ['many blank lines', `a: |\n${'\n'.repeat(500_000)}  x`],
    ['many comments', '# x\n'.repeat(200_000)],
  ])('reads %s in time', (_name, text) => {
    soon(() => {
      parseYaml(text);
    });
  });
});
