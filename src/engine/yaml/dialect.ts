import { formatFixed, formatGeneral } from '../go/float.js';
import { compareYamlKeys, compareYamlKeysByDigits } from './sort.js';

/** In what the two YAML writers of Helm differ. */
export interface Dialect {
  /** Lines longer than this are folded at spaces. */
  width: number;
  /** How far a sequence stands right of its key. */
  sequenceStep: number;
  /** A text with tabs may be a block scalar. */
  tabsInBlocks: boolean;
  /** The value goes through JSON before it is written. */
  throughJson: boolean;
  numberText(value: number): string;
  compareKeys(a: string, b: string): number;
}

/** go-yaml 2 behind sigs.k8s.io/yaml: `toYaml`. */
export const COMPACT: Dialect = {
  width: 80,
  sequenceStep: 0,
  tabsInBlocks: false,
  throughJson: true,
  numberText: jsonNumberText,
  compareKeys: compareYamlKeys,
};

/** go-yaml 3 with an indentation of 2: `toYamlPretty`. */
export const PRETTY: Dialect = {
  width: Number.MAX_SAFE_INTEGER,
  sequenceStep: 2,
  tabsInBlocks: true,
  throughJson: false,
  numberText: plainNumberText,
  compareKeys: compareYamlKeysByDigits,
};

/** JSON writes whole numbers without exponent up to 1e21; YAML reads them back as integers if they fit 64 bits. */
function jsonNumberText(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`json: unsupported value: ${formatGeneral(value)}`);
  const whole = Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 64;
  return whole ? formatFixed(value + 0) : formatGeneral(value);
}

function plainNumberText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return formatGeneral(value);
}
