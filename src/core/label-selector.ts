/** Label selectors in Kubernetes' syntax: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
import { BerthError } from './errors.js';

export type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const KEY = String.raw`([A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)`;
const VALUE = String.raw`([A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?|)`;
const EQUALITY = new RegExp(String.raw`^${KEY}\s*(==?|!=)\s*${VALUE}$`);
const MEMBERSHIP = new RegExp(String.raw`^${KEY}\s+(in|notin)\s+\(([^()]*)\)$`);
const EXISTENCE = new RegExp(`^(!?)${KEY}$`);
/** Commas that are not inside parentheses. */
const SEPARATOR = /,(?![^(]*\))/;

/** A test of labels; an empty selector accepts everything. Throws InvalidParameter (400). */
export function labelSelector(text: string): (labels: Labels | undefined) => boolean {
  if (text.trim() === '') return () => true;
  const requirements = text.split(SEPARATOR).map((part) => requirement(part.trim(), text));
  return (labels = {}) => requirements.every((holds) => holds(labels));
}

function requirement(part: string, whole: string): Requirement {
  const holds = equality(part) ?? membership(part) ?? existence(part);
  if (holds) return holds;
  const message = `"${part || whole}" is not a label requirement`;
  throw new BerthError('InvalidParameter', `labelSelector: ${message}.`, {
    status: 400,
    fields: [{ path: 'labelSelector', message }],
    next: 'Write requirements such as a=b, a!=b, a in (b,c), a or !a, with commas between them.',
  });
}

function equality(part: string): Requirement | undefined {
  const [, key = '', operator, value = ''] = EQUALITY.exec(part) ?? [];
  if (!operator) return undefined;
  return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
}

// As in Kubernetes, `notin` and `!=` hold for objects without the label.
function membership(part: string): Requirement | undefined {
  const [, key = '', operator, list = ''] = MEMBERSHIP.exec(part) ?? [];
  if (!operator) return undefined;
  const values = new Set(list.split(',').map((value) => value.trim()));
  const isIn: Requirement = (labels) => labels[key] !== undefined && values.has(labels[key]);
  return operator === 'in' ? isIn : (labels) => !isIn(labels);
}

function existence(part: string): Requirement | undefined {
  const [, not, key] = EXISTENCE.exec(part) ?? [];
  if (key === undefined) return undefined;
  return not ? (labels) => !(key in labels) : (labels) => key in labels;
}
