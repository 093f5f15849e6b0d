import { describe, expect, it } from '@jest/globals';
import { parseYaml } from '../yaml/decode.js';
import { type Schema, SchemaDocument } from './document.js';
import { formatProblems } from './problem.js';
import { validate } from './validate.js';

const problems = (schema: string, value: string): string =>
  formatProblems(validate(new SchemaDocument(parseYaml(schema) as Schema), parseYaml(value)));

describe('values.schema.json', () => {
  it.each([
    ['type', '{type: object}', '[]', "- at '': got array, want object"],
    ['types', '{type: [string, "null"]}', '1', "- at '': got number, want null or string"],
    ['integer', '{properties: {a: {type: integer}}}', '{a: 1.5}', "- at '/a': got number, want integer"],
    ['required', '{required: [a, b]}', '{}', "- at '': missing properties 'a', 'b'"],
    [
      'additionalProperties',
      '{properties: {a: {}}, additionalProperties: false}',
      '{a: 1, b: 1}',
      "- at '': additional properties 'b' not allowed",
    ],
    ['enum', '{enum: [a, b]}', 'c', "- at '': value must be one of 'a', 'b'"],
    ['const', '{const: 1}', '2', "- at '': value must be 1"],
    ['minimum', '{minimum: 5}', '3', "- at '': minimum: got 3, want 5"],
    ['maxLength', '{maxLength: 2}', 'abc', "- at '': maxLength: got 3, want 2"],
    ['pattern', '{pattern: "^a"}', 'b', "- at '': 'b' does not match pattern '^a'"],
    ['minItems', '{minItems: 2}', '[1]', "- at '': minItems: got 1, want 2"],
    ['uniqueItems', '{uniqueItems: true}', '[1, 2, 1]', "- at '': items at 0 and 2 are equal"],
    ['items', '{items: {type: string}}', '[a, 1]', "- at '/1': got number, want string"],
    ['false', 'false', '1', "- at '': false schema"],
    ['not', '{not: {type: string}}', 'a', "- at '': 'not' failed"],
    ['$ref', '{$ref: "#/$defs/x", $defs: {x: {type: string}}}', '1', "- at '': got number, want string"],
    [
      'a path that needs escapes',
      '{properties: {a/b~: {type: string}}}',
      '{a/b~: 1}',
      "- at '/a~1b~0': got number, want string",
    ],
  ])('%s', (_name, schema, value, expected) => {
    expect(problems(schema, value)).toBe(expected);
  });

  it.each([
    ['{type: object, properties: {a: {type: [integer, string]}}}', '{a: 1}'],
    ['{anyOf: [{type: string}, {minimum: 3}]}', '5'],
    ['{if: {required: [a]}, then: {required: [b]}, else: {required: [c]}}', '{a: 1, b: 1}'],
    ['{patternProperties: {"^x-": {}}, additionalProperties: false}', '{x-a: 1}'],
    ['{type: integer}', '3.0'],
    ['true', 'null'],
  ])('%s allows %s', (schema, value) => {
    expect(problems(schema, value)).toBe('');
  });

  it('shows what anyOf and oneOf tried', () => {
    expect(problems('{anyOf: [{type: string}, {type: array}]}', '1')).toBe(
      "- at '': 'anyOf' failed\n  - at '': got number, want string\n  - at '': got number, want array",
    );
    expect(problems('{oneOf: [{type: number}, {minimum: 0}]}', '1')).toBe(
      "- at '': 'oneOf' failed, subschemas 0, 1 matched",
    );
  });

  it('ends with schemas that refer to themselves', () => {
    expect(problems('{$ref: "#"}', '1')).toContain('without end');
    expect(problems('{properties: {a: {$ref: "#"}}, type: object}', '{a: {a: {a: 1}}}')).toBe(
      "- at '/a/a/a': got number, want object",
    );
  });

  it('ends with patterns made to backtrack', () => {
    const start = process.cpuUsage();
    expect(problems('{pattern: "^(a+)+$"}', `${'a'.repeat(20_000)}b`)).toContain('does not match pattern');
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(2000);
  });
});
