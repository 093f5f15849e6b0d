import { compareStrings, byteLength } from '../bytes.js';
import { FunctionError } from '../errors.js';
import { quote } from '../fmt/quote.js';
import { GoObject, type GoFunction, type Value, fn, int, intOf } from '../value.js';

/** Semantic versions as Masterminds/semver 3.5 reads and orders them. */

const MAX_LENGTH = 256;
const MAX_UINT64 = 2n ** 64n - 1n;
const IDENTIFIERS = String.raw`[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*`;
const LOOSE = new RegExp(
  String.raw`^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-(${IDENTIFIERS}))?(?:\+(${IDENTIFIERS}))?$`,
);

export interface VersionParts {
  major: bigint;
  minor: bigint;
  patch: bigint;
  prerelease: string;
  metadata: string;
}

/** Reads a version; `v1`, `1.2` and leading zeros pass. Throws FunctionError with Go's message. */
export function parseVersion(text: string): Version {
  if (byteLength(text) > MAX_LENGTH) {
    throw new FunctionError(`version string is too long (max ${MAX_LENGTH} bytes)`);
  }
  const match = LOOSE.exec(text);
  if (match === null) throw new FunctionError('invalid semantic version');
  const [, major = '0', minor = '0', patch = '0', prerelease = '', metadata = ''] = match;
  if (prerelease.split('.').some((part) => /^0[0-9]+$/.test(part))) {
    throw new FunctionError('version segment starts with 0');
  }
  return new Version(
    { major: segment(major), minor: segment(minor), patch: segment(patch), prerelease, metadata },
    text,
  );
}

function segment(digits: string): bigint {
  const value = BigInt(digits);
  if (value <= MAX_UINT64) return value;
  throw new FunctionError(
    `error parsing version segment: strconv.ParseUint: parsing ${quote(digits)}: value out of range`,
  );
}

/** A version. Sprig's `semver` gives a pointer to one; `IncMajor` and its like give the struct itself. */
export class Version extends GoObject {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: string;
  readonly metadata: string;
  readonly kind: 'ptr' | 'struct';
  readonly type: string;

  constructor(
    parts: VersionParts,
    readonly original: string,
    pointer = true,
  ) {
    super();
    this.major = parts.major;
    this.minor = parts.minor;
    this.patch = parts.patch;
    this.prerelease = parts.prerelease;
    this.metadata = parts.metadata;
    this.kind = pointer ? 'ptr' : 'struct';
    this.type = pointer ? '*semver.Version' : 'semver.Version';
  }

  override toText(): string {
    const prerelease = this.prerelease === '' ? '' : `-${this.prerelease}`;
    const metadata = this.metadata === '' ? '' : `+${this.metadata}`;
    return `${this.major}.${this.minor}.${this.patch}${prerelease}${metadata}`;
  }

  override toData(): Value {
    return this.toText();
  }

  override method(name: string): GoFunction | undefined {
    return this.reader(name) ?? this.comparer(name) ?? this.changer(name);
  }

  private reader(name: string): GoFunction | undefined {
    const value = this.property(name);
    return value === undefined ? undefined : fn(name, [], () => value);
  }

  private property(name: string): Value | undefined {
    switch (name) {
      case 'Major':
        return intOf('uint64', this.major);
      case 'Minor':
        return intOf('uint64', this.minor);
      case 'Patch':
        return intOf('uint64', this.patch);
      case 'Prerelease':
        return this.prerelease;
      case 'Metadata':
        return this.metadata;
      case 'Original':
        return this.original;
      case 'String':
        return this.toText();
      default:
        return undefined;
    }
  }

  private comparer(name: string): GoFunction | undefined {
    const test = COMPARISONS.get(name);
    if (test === undefined) return undefined;
    return fn(name, ['*semver.Version'], ([other]) => test(compareVersions(this, asVersion(other))));
  }

  private changer(name: string): GoFunction | undefined {
    if (name === 'IncMajor')
      return fn(name, [], () => this.next({ major: this.major + 1n, minor: 0n, patch: 0n }));
    if (name === 'IncMinor') return fn(name, [], () => this.next({ minor: this.minor + 1n, patch: 0n }));
    if (name === 'IncPatch') {
      return fn(name, [], () => this.next({ patch: this.prerelease === '' ? this.patch + 1n : this.patch }));
    }
    if (name === 'SetPrerelease' || name === 'SetMetadata') {
      const key = name === 'SetPrerelease' ? 'prerelease' : 'metadata';
      return fn(name, ['string'], ([text]) =>
        this.next({ ...this.labels(), [key]: typeof text === 'string' ? text : '' }),
      );
    }
    return undefined;
  }

  private labels(): Partial<VersionParts> {
    return { prerelease: this.prerelease, metadata: this.metadata };
  }

  private next(change: Partial<VersionParts>): Version {
    const { major, minor, patch } = this;
    const parts: VersionParts = { major, minor, patch, prerelease: '', metadata: '', ...change };
    const prefix = this.original.startsWith('v') ? 'v' : '';
    return new Version(parts, prefix + new Version(parts, '').toText(), false);
  }
}

const COMPARISONS = new Map<string, (order: number) => Value>([
  ['Compare', (order) => int(Math.sign(order))],
  ['LessThan', (order) => order < 0],
  ['LessThanEqual', (order) => order <= 0],
  ['GreaterThan', (order) => order > 0],
  ['GreaterThanEqual', (order) => order >= 0],
  ['Equal', (order) => order === 0],
]);

function asVersion(value: Value | undefined): Version {
  if (value instanceof Version) return value;
  throw new FunctionError('runtime error: invalid memory address or nil pointer dereference');
}

/** Negative, zero or positive; metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  const order =
    compareNumbers(a.major, b.major) || compareNumbers(a.minor, b.minor) || compareNumbers(a.patch, b.patch);
  if (order !== 0) return order;
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === '') return 1;
  return b.prerelease === '' ? -1 : comparePrereleases(a.prerelease, b.prerelease);
}

function compareNumbers(a: bigint, b: bigint): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Parts from left to right: numbers by value and before words, words by bytes, nothing first. */
export function comparePrereleases(a: string, b: string): number {
  const left = a.split('.');
  const right = b.split('.');
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = comparePart(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? -1 : 1;
  const x = unsigned(a);
  const y = unsigned(b);
  if (x === undefined && y === undefined) return compareStrings(a, b);
  if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
  return x > y ? 1 : -1;
}

function unsigned(text: string): bigint | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= MAX_UINT64 ? value : undefined;
}
