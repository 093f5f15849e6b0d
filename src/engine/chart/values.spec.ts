import { describe, expect, it } from '@jest/globals';
import { encodeJson } from '../json/encode.js';
import { parseYaml } from '../yaml/decode.js';
import { Chart } from './chart.js';
import { readMetadata } from './metadata.js';
import {
  type Table,
  coalesceValues,
  copyTable,
  mergeChartValues,
  mergeValueFiles,
  tableAt,
  valueAt,
} from './values.js';

const table = (yaml: string): Table => parseYaml(yaml) as Table;

const chart = (name: string, values: string, dependencies: Chart[] = []): Chart =>
  new Chart({
    metadata: readMetadata(parseYaml(`{apiVersion: v2, name: ${name}, version: 1.0.0}`)),
    templates: [],
    files: [],
    values: table(values),
    schema: undefined,
    dependencies,
  });

const coalesce = (of: Chart, values: string): string => encodeJson(coalesceValues(of, table(values)));

describe('values', () => {
  it('merges files: tables key by key, everything else whole', () => {
    const merged = mergeValueFiles(
      table('{a: {x: 1, z: 1}, l: [1, 2], s: t}'),
      table('{a: {z: 2}, l: [3], s: {}}'),
    );
    expect(encodeJson(merged)).toBe('{"a":{"x":1,"z":2},"l":[3],"s":{}}');
  });

  it.each([
    ['given values go over defaults', '{a: 1, b: {c: 1, d: 1}}', '{b: {c: 2}}', '{"a":1,"b":{"c":2,"d":1}}'],
    ['null takes a default away', '{a: 1, b: {c: 1, d: 1}}', '{a: null, b: {c: null}}', '{"b":{"d":1}}'],
    [
      'null where there is no default stays when it is nested',
      '{b: {c: 1}}',
      '{b: {x: null}}',
      '{"b":{"c":1,"x":null}}',
    ],
    ['a list wins over a list', '{a: [1, 2]}', '{a: []}', '{"a":[]}'],
    ['a scalar wins over a table', '{a: {b: 1}}', '{a: x}', '{"a":"x"}'],
  ])('%s', (_name, defaults, given, expected) => {
    expect(coalesce(chart('top', defaults), given)).toBe(expected);
  });

  it('reads nothing into the defaults: a chart serves many renders', () => {
    const top = chart('top', '{a: {b: 1}}', [chart('sub', '{c: {d: 1}}')]);
    const values = coalesceValues(top, table('{}'));
    (values.get('a') as Table).set('b', 'changed');
    ((values.get('sub') as Table).get('c') as Table).set('d', 'changed');
    expect(coalesce(top, '{}')).toBe('{"a":{"b":1},"sub":{"c":{"d":1},"global":{}}}');
  });

  it('gives a subchart its own defaults, what the parent says of it, and globals', () => {
    const top = chart('top', '{sub: {x: 2}, global: {g: 1, t: {a: 1}}}', [
      chart('sub', '{w: 1, x: 1, global: {t: {a: 9, b: 9}}}'),
    ]);
    expect(coalesce(top, '{sub: {z: 3}}')).toBe(
      '{"global":{"g":1,"t":{"a":1}},"sub":{"global":{"g":1,"t":{"a":1,"b":9}},"w":1,"x":2,"z":3}}',
    );
  });

  it('refuses values of a subchart that are no table', () => {
    expect(() => coalesce(chart('top', '{}', [chart('sub', '{}')]), '{sub: text}')).toThrow(
      'type mismatch on sub',
    );
  });

  it('keeps null where values are coalesced again later', () => {
    expect(encodeJson(mergeChartValues(chart('top', '{a: 1}'), table('{a: null}')))).toBe('{"a":null}');
  });

  it('finds values by path', () => {
    const values = table('{a: {b: {c: 1}}, d: x}');
    expect(valueAt(values, 'a.b.c')).toBe(1);
    expect(valueAt(values, 'd')).toBe('x');
    expect(valueAt(values, 'a.b')).toBeUndefined();
    expect(tableAt(values, 'a.b')).toEqual(table('{c: 1}'));
    expect(tableAt(values, 'd.e')).toBeUndefined();
  });

  it('copies deeply', () => {
    const original = table('{a: [{b: 1}]}');
    const copy = copyTable(original);
    ((copy.get('a') as Table[])[0] as Table).set('b', 2);
    expect(encodeJson(original)).toBe('{"a":[{"b":1}]}');
  });
});
