import { satisfies } from '../semver/constraint.js';
import { parseVersion } from '../semver/version.js';
import { type GoFunction, fn } from '../value.js';
import { textArgument } from './convert.js';

/** Sprig's functions of semantic versions. */
export const semverFunctions: readonly GoFunction[] = [
  fn('semver', ['string'], ([version]) => parseVersion(textArgument(version))),
  fn('semverCompare', ['string', 'string'], ([constraint, version]) =>
    satisfies(textArgument(constraint), textArgument(version)),
  ),
];
