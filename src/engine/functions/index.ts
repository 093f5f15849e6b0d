import { type GoFunction, functionMap } from '../value.js';
import { cryptoFunctions } from './crypto.js';
import { dateFunctions } from './dates.js';
import { dictFunctions } from './dicts.js';
import { encodingFunctions } from './encoding.js';
import { helmFunctions } from './helm.js';
import { listFunctions } from './lists.js';
import { mathFunctions } from './math.js';
import { pathFunctions } from './paths.js';
import { randomFunctions } from './random.js';
import { regexFunctions } from './regex.js';
import { semverFunctions } from './semver.js';
import { stringFunctions } from './strings.js';
import { typeFunctions } from './types.js';
import { urlFunctions } from './url.js';
import { wordFunctions } from './words.js';

/**
 * Every function Helm gives to templates besides the built-in ones of the language: those of Sprig 3.3 (but
 * `env` and `expandenv`, which Helm takes away) and Helm's own, as of Helm 3.22 and 4. A function of the same
 * name as a built-in one (`slice`) takes its place.
 */
export const helmFunctionMap: ReadonlyMap<string, GoFunction> = functionMap(
  stringFunctions,
  wordFunctions,
  listFunctions,
  dictFunctions,
  mathFunctions,
  dateFunctions,
  regexFunctions,
  semverFunctions,
  typeFunctions,
  pathFunctions,
  urlFunctions,
  randomFunctions,
  cryptoFunctions,
  encodingFunctions,
  helmFunctions,
);
