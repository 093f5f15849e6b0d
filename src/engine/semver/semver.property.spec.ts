import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, nat, property, tuple } from 'fast-check';
import { satisfies } from './constraint.js';
import { compareVersions, parseVersion } from './version.js';

const prerelease = array(constantFrom('alpha', 'beta', 'rc', '1', '2', '10', 'x-1'), { maxLength: 3 });
const versions = tuple(nat(20), nat(20), nat(20), prerelease).map(
  ([major, minor, patch, parts]) =>
    `${major}.${minor}.${patch}${parts.length > 0 ? `-${parts.join('.')}` : ''}`,
);
const compare = (a: string, b: string): number =>
  Math.sign(compareVersions(parseVersion(a), parseVersion(b)));

describe('versions', () => {
  it('are ordered totally', () => {
    assert(
      property(versions, versions, versions, (a, b, c) => {
        expect(compare(a, b)).toBe(-compare(b, a) + 0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
        expect(compare(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it('satisfy constraints as their order says', () => {
    assert(
      property(versions, versions, (a, b) => {
        const order = compare(a, b);
        expect(satisfies(`=${b}`, a)).toBe(order === 0);
        // A range without a prerelease excludes versions that have one.
        if (a.includes('-') && !b.includes('-')) return;
        expect(satisfies(`<${b}`, a)).toBe(order < 0);
        expect(satisfies(`>=${b}`, a)).toBe(order >= 0);
        expect(satisfies(`>${b}`, a)).toBe(order > 0);
      }),
    );
  });

  it('lie in the ranges made of them', () => {
    assert(
      property(versions, (version) => {
        const { major, minor } = parseVersion(version);
        expect(satisfies(`^${version}`, version)).toBe(true);
        expect(satisfies(`~${version}`, version)).toBe(true);
        expect(satisfies(`${version} - ${major}.${minor}.99`, version)).toBe(true);
        expect(satisfies(`*-0`, version)).toBe(true);
      }),
    );
  });
});
