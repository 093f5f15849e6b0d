import { describe, expect, it } from '@jest/globals';
import { listValues, mergeArguments, parseArguments, printArguments, withoutArguments } from './arguments.js';

describe('flags', () => {
  it('come back as they were read, sorted by name, repeated flags in their order', () => {
    const args = ['--b=2', '--a=x=y', '--b=1', '--empty='];
    expect(printArguments(parseArguments(args))).toEqual(['--a=x=y', '--b=2', '--b=1', '--empty=']);
  });

  it('are refused in another form than --name=value', () => {
    expect(() => parseArguments(['--flag', 'value'])).toThrow('--flag is not --name=value');
  });

  it('of a later source replace those of an earlier one, whole lists included', () => {
    const merged = mergeArguments({ v: '2', key: ['a', 'b'] }, undefined, { key: 'c' });
    expect(merged).toEqual({ v: '2', key: 'c' });
  });

  it('for feature gates add up, the later one last because the component heeds the last', () => {
    const merged = mergeArguments(
      { 'feature-gates': 'A=true,B=false' },
      { 'feature-gates': ['B=true', 'C=true'] },
    );
    expect(merged).toEqual({ 'feature-gates': 'A=true,B=false,B=true,C=true' });
  });

  it('can be left out by name', () => {
    expect(withoutArguments({ a: '1', b: '2' }, ['b', 'c'])).toEqual({ a: '1' });
  });

  it('that are lists give their items, however they are written', () => {
    expect(listValues(['Node, RBAC', 'Webhook', ''])).toEqual(['Node', 'RBAC', 'Webhook']);
  });
});
