import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { toYaml } from './yaml.js';

it.each(['yes', 'no', 'on', 'off', 'y', 'true', 'null', '1e3', '0x1f', '1:20', '010', '2026-11-21', '=', ''])(
  'keeps the text %j a text for readers of YAML 1.1 and 1.2',
  (text) => {
    for (const version of ['1.1', '1.2'] as const) {
      expect(parse(toYaml({ [text]: text }), { version })).toEqual({ [text]: text });
    }
  },
);

it('folds nothing and refers to nothing', () => {
  const list = ['a b '.repeat(100)];
  expect(toYaml({ one: list, two: list }).split('\n')).toHaveLength(5);
});
