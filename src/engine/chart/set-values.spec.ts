import { describe, expect, it } from '@jest/globals';
import { encodeJson } from '../json/encode.js';
import { parseYaml } from '../yaml/decode.js';
import { type SetMode, setValues } from './set-values.js';
import type { Table } from './values.js';

const set = (line: string, mode?: SetMode, base = '{}'): string => {
  const table = parseYaml(base) as Table;
  setValues(table, line, mode);
  return encodeJson(table);
};

describe('--set', () => {
  it.each([
    ['a=1', '{"a":1}'],
    ['a.b.c=x,a.d=y', '{"a":{"b":{"c":"x"},"d":"y"}}'],
    ['a=true,b=FALSE,c=null,d=', '{"a":true,"b":false,"c":null,"d":""}'],
    ['a=0,b=00,c=-5,d=+5,e=1.5,f=1e3', '{"a":0,"b":"00","c":-5,"d":5,"e":"1.5","f":"1e3"}'],
    ['a=9223372036854775807,b=9223372036854775808', '{"a":9223372036854775807,"b":"9223372036854775808"}'],
    ['a={1,x,true}', '{"a":[1,"x",true]}'],
    ['a={},b=1', '{"a":[""],"b":1}'],
    ['a[0]=x,a[2]=z', '{"a":["x",null,"z"]}'],
    ['a[0].b=1,a[0].c=2', '{"a":[{"b":1,"c":2}]}'],
    ['a[1][0]=x', '{"a":[null,["x"]]}'],
    [String.raw`a\.b=1,c=x\,y`, '{"a.b":1,"c":"x,y"}'],
    ['a=x=y', '{"a":"x=y"}'],
    ['', '{}'],
  ])('%s', (line, json) => {
    expect(set(line)).toBe(json);
  });

  it('changes what is there and keeps the rest', () => {
    expect(set('a.b=2,l[1]=y', 'typed', '{a: {b: 1, c: 1}, l: [p, q, r]}')).toBe(
      '{"a":{"b":2,"c":1},"l":["p","y","r"]}',
    );
  });

  it.each<[SetMode, string, string]>([
    ['string', 'a=1,b=true,c={1,2}', '{"a":"1","b":"true","c":["1","2"]}'],
    ['json', 'a={"b":[1,2]},c="x"', '{"a":{"b":[1,2]},"c":"x"}'],
    ['json', 'a=,b=null', '{"a":null,"b":null}'],
    ['literal', String.raw`a.b=x,y\z={1}`, String.raw`{"a":{"b":"x,y\\z={1}"}}`],
  ])('as %s: %s', (mode, line, json) => {
    expect(set(line, mode)).toBe(json);
  });

  it.each([
    ['a', 'key "a" has no value'],
    ['a,b=1', 'key "a" has no value (cannot end with ,)'],
    ['a={1', "list must terminate with '}'"],
    ['a[x]=1', 'error parsing index: strconv.Atoi: parsing "x": invalid syntax'],
    ['a[-1]=1', 'negative -1 index not allowed'],
    ['a[65537]=1', 'index of 65537 is greater than maximum supported index of 65536'],
    [`${'a.'.repeat(31)}a=1`, 'nested level is greater than maximum supported nested level of 30'],
  ])('%s is refused', (line, message) => {
    expect(() => set(line)).toThrow(message);
  });

  it('refuses to walk through a value that is no table', () => {
    expect(() => set('a.b=1', 'typed', 'a: text')).toThrow(
      'interface {} is string, not map[string]interface {}',
    );
    expect(() => set('a[0]=1', 'typed', 'a: {}')).toThrow('is map[string]interface {}, not []interface {}');
  });

  it('keeps clear of prototypes', () => {
    expect(set('__proto__.polluted=1,constructor.prototype.x=1')).toBe(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"x":1}}}',
    );
    expect({}).not.toHaveProperty('polluted');
  });
});
