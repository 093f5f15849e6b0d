import { unfoldedSize } from '../size.js';
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

/** Functions that walk through all that lies in their arguments. */
const WALKERS = (
  'toYaml toYamlPretty toJson toPrettyJson toRawJson toToml mustToJson mustToPrettyJson mustToRawJson ' +
  'toString toStrings quote squote cat join deepCopy mustDeepCopy deepEqual has mustHas uniq mustUniq ' +
  'without mustWithout sortAlpha'
).split(' ');

/** Functions that go through their texts character by character; others use what JavaScript does at once. */
const READERS = (
  'upper lower title untitle initials swapcase nospace snakecase camelcase kebabcase trimAll trimall shuffle ' +
  'wrap wrapWith quote split splitn splitList urlParse adler32sum semver semverCompare toDate mustToDate'
).split(' ');

/** The function behind a count of the characters it will read. */
function read(target: GoFunction): GoFunction {
  return {
    ...target,
    call(args, context) {
      for (const arg of args) if (typeof arg === 'string') context.budget.step(arg.length);
      return target.call(args, context);
    },
  };
}

/** The function behind a count of what it will walk through: a few shared lists can unfold without end. */
function counted(target: GoFunction): GoFunction {
  return {
    ...target,
    call(args, context) {
      for (const arg of args) if (typeof arg === 'object') context.budget.step(unfoldedSize(arg));
      return target.call(args, context);
    },
  };
}

function withCounts(functions: ReadonlyMap<string, GoFunction>): ReadonlyMap<string, GoFunction> {
  const out = new Map(functions);
  for (const [names, count] of [
    [WALKERS, counted],
    [READERS, read],
  ] as const) {
    for (const name of names) {
      const target = out.get(name);
      if (target) out.set(name, count(target));
    }
  }
  return out;
}

/**
 * Every function Helm gives to templates besides the built-in ones of the language: those of Sprig 3.3 (but
 * `env` and `expandenv`, which Helm takes away) and Helm's own, as of Helm 3.22 and 4. A function of the same
 * name as a built-in one (`slice`) takes its place.
 */
export const helmFunctionMap: ReadonlyMap<string, GoFunction> = withCounts(
  functionMap(
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
  ),
);
