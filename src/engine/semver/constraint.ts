import { byteLength } from '../bytes.js';
import { FunctionError } from '../errors.js';
import { quote } from '../fmt/quote.js';
import { Version, comparePrereleases, compareVersions, parseVersion } from './version.js';

/** Version constraints as Masterminds/semver 3.5 reads and checks them. */

const MAX_LENGTH = 512;
const MAX_GROUPS = 32;

const SPACE = String.raw`[\t\n\f\r ]`;
const NUMBER = String.raw`[0-9|xX*]+`;
const IDENTIFIERS = String.raw`[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*`;
const OPERATORS = String.raw`=||!=|>|<|>=|=>|<=|=<|~|~>|\^`;
const VERSION = String.raw`v?${NUMBER}(?:\.${NUMBER})?(?:\.${NUMBER})?(?:-${IDENTIFIERS})?(?:\+${IDENTIFIERS})?`;

const ONE = new RegExp(
  String.raw`^${SPACE}*(${OPERATORS})${SPACE}*(v?(${NUMBER})(\.${NUMBER})?(\.${NUMBER})?(-${IDENTIFIERS})?(?:\+${IDENTIFIERS})?)${SPACE}*$`,
);
const RANGE = new RegExp(`${SPACE}*(${VERSION})${SPACE}+-${SPACE}+(${VERSION})${SPACE}*`, 'g');
const FIND = new RegExp(`(?:${OPERATORS})${SPACE}*(?:${VERSION})`, 'g');
/** Checked after runs of white space were made one blank: so no text takes long to refuse. */
const VALID = new RegExp(
  `^ ?(?:${OPERATORS}) ?(?:${VERSION}) ?(?:(?:(?<= )|,) ?(?:${OPERATORS}) ?(?:${VERSION}) ?)*$`,
);

type Operator = (version: Version, constraint: Constraint) => boolean;

interface Constraint {
  check: Operator;
  version: Version;
  /** Parts are left out or are `x`: the minor and patch, the patch, any. */
  minorOpen: boolean;
  patchOpen: boolean;
  open: boolean;
}

interface Group {
  constraints: Constraint[];
  /** A constraint names a prerelease, so prereleases may match. */
  prereleases: boolean;
}

/** True when the version satisfies the constraint. Throws FunctionError with Go's message for a bad constraint. */
export function satisfies(constraint: string, version: string): boolean {
  const groups = parseConstraints(constraint);
  const parsed = parseVersion(version);
  return groups.some((group) => {
    if (parsed.prerelease !== '' && !group.prereleases) return false;
    return group.constraints.every((one) => one.check(parsed, one));
  });
}

function parseConstraints(text: string): Group[] {
  if (byteLength(text) > MAX_LENGTH) {
    throw new FunctionError(`constraint string is too long (max ${MAX_LENGTH} bytes)`);
  }
  const groups = rewriteRanges(text).split('||');
  if (groups.length > MAX_GROUPS) throw new FunctionError(`too many constraint groups (max ${MAX_GROUPS})`);
  return groups.map(parseGroup);
}

/** `1.2 - 1.4` means `>= 1.2, <= 1.4`. */
function rewriteRanges(text: string): string {
  let rewritten = text;
  for (const match of text.matchAll(RANGE)) {
    const [range, from = '', to = ''] = match;
    rewritten = rewritten.replace(range, () => `>= ${from}, <= ${to} `);
  }
  return rewritten;
}

function parseGroup(text: string): Group {
  const compact = text.replaceAll(new RegExp(`${SPACE}+`, 'g'), ' ');
  if (!VALID.test(compact)) throw new FunctionError(`improper constraint: ${quote(text)}`);
  const constraints = (text.match(FIND) ?? [text]).map(parseOne);
  return { constraints, prereleases: constraints.some(({ version }) => version.prerelease !== '') };
}

const isOpen = (part: string): boolean => part === '' || part === 'x' || part === 'X' || part === '*';

function parseOne(text: string): Constraint {
  const match = ONE.exec(text);
  if (match === null) throw new FunctionError(`improper constraint: ${quote(text)}`);
  const [, operator = '', whole = '', major = '', minor = '', patch = '', prerelease = ''] = match;
  const check = OPERATIONS.get(operator) ?? tildeOrEqual;
  if (isOpen(major)) return open(check, `0.0.0${prerelease}`, {});
  if (isOpen(minor.slice(1))) return open(check, `${major}.0.0${prerelease}`, { minorOpen: true });
  if (isOpen(patch.slice(1))) return open(check, `${major}${minor}.0${prerelease}`, { patchOpen: true });
  return { check, version: constraintVersion(whole), minorOpen: false, patchOpen: false, open: false };
}

function open(
  check: Operator,
  version: string,
  parts: { minorOpen?: boolean; patchOpen?: boolean },
): Constraint {
  return {
    check,
    version: constraintVersion(version),
    minorOpen: false,
    patchOpen: false,
    open: true,
    ...parts,
  };
}

function constraintVersion(text: string): Version {
  try {
    return parseVersion(text);
  } catch {
    throw new FunctionError('constraint parser error');
  }
}

function notEqual(version: Version, constraint: Constraint): boolean {
  const wanted = constraint.version;
  if (!constraint.open) return compareVersions(version, wanted) !== 0;
  if (version.major !== wanted.major) return true;
  if (constraint.minorOpen) return false;
  if (version.minor !== wanted.minor) return true;
  if (!constraint.patchOpen) return version.patch !== wanted.patch || compareVersions(version, wanted) !== 0;
  if (version.prerelease === '' && wanted.prerelease === '') return false;
  return comparePrereleases(version.prerelease, wanted.prerelease) !== 0;
}

/** `>11` begins at 12.0.0 and `>11.1` at 11.2.0. */
function greaterThan(version: Version, constraint: Constraint): boolean {
  const wanted = constraint.version;
  if (!constraint.open) return compareVersions(version, wanted) > 0;
  if (version.major !== wanted.major) return version.major > wanted.major;
  if (constraint.minorOpen) return false;
  return constraint.patchOpen ? version.minor > wanted.minor : compareVersions(version, wanted) > 0;
}

function lessOrEqual(version: Version, constraint: Constraint): boolean {
  const wanted = constraint.version;
  if (!constraint.open) return compareVersions(version, wanted) <= 0;
  if (version.major > wanted.major) return false;
  return !(version.major === wanted.major && version.minor > wanted.minor && !constraint.minorOpen);
}

function tilde(version: Version, constraint: Constraint): boolean {
  const wanted = constraint.version;
  if (compareVersions(version, wanted) < 0) return false;
  const zero = wanted.major === 0n && wanted.minor === 0n && wanted.patch === 0n;
  if (zero && !constraint.minorOpen && !constraint.patchOpen) return true;
  return version.major === wanted.major && (version.minor === wanted.minor || constraint.minorOpen);
}

function tildeOrEqual(version: Version, constraint: Constraint): boolean {
  return constraint.open ? tilde(version, constraint) : compareVersions(version, constraint.version) === 0;
}

/** The leftmost part that is not 0 stays. */
function caret(version: Version, constraint: Constraint): boolean {
  const wanted = constraint.version;
  if (compareVersions(version, wanted) < 0) return false;
  if (wanted.major > 0n || constraint.minorOpen) return version.major === wanted.major;
  if (version.major > 0n) return false;
  if (wanted.minor > 0n || constraint.patchOpen) return version.minor === wanted.minor;
  return version.minor === 0n && version.patch === wanted.patch;
}

const atLeast: Operator = (version, constraint) => compareVersions(version, constraint.version) >= 0;
const lessThan: Operator = (version, constraint) => compareVersions(version, constraint.version) < 0;

const OPERATIONS = new Map<string, Operator>([
  ['', tildeOrEqual],
  ['=', tildeOrEqual],
  ['!=', notEqual],
  ['>', greaterThan],
  ['<', lessThan],
  ['>=', atLeast],
  ['=>', atLeast],
  ['<=', lessOrEqual],
  ['=<', lessOrEqual],
  ['~', tilde],
  ['~>', tilde],
  ['^', caret],
]);
