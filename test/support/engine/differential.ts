/** The differential fuzz: generated cases through the engine and through the real helm. */
import { caseChart } from './case-chart.js';
import { engineOutcome, helmOutcome, type Outcome } from './helm-oracle.js';
import { type Case, TemplateGenerator } from './template-generator.js';

export interface FuzzOptions {
  helm: string;
  seed: number;
  /** Cases made. */
  cases: number;
  /** Cases that fail need a process each: no more than so many are compared. */
  failures: number;
}

/** A case both do not agree on. */
export interface Difference {
  seed: number;
  case: Case;
  helm: Outcome;
  engine: Outcome;
}

export interface FuzzResult {
  /** Cases that were compared: texts, and refusals with their messages. */
  texts: number;
  refusals: number;
  differences: Difference[];
}

const BATCH = 250;

/** Compares cases 0 … `cases` of a seed. */
export async function fuzz({ helm, seed, cases, failures }: FuzzOptions): Promise<FuzzResult> {
  const generator = new TemplateGenerator(seed);
  const made = Array.from({ length: cases }, (_, index) => generator.case(index));
  const failing = made.filter((one) => 'error' in engineOutcome(caseChart([one])));
  const rendering = made.filter((one) => !failing.includes(one));
  const compared = failing.slice(0, failures);
  const differences: Difference[] = [];
  for (let i = 0; i < rendering.length; i += BATCH) {
    differences.push(...(await differing(helm, seed, rendering.slice(i, i + BATCH))));
  }
  for (const one of compared) differences.push(...(await differing(helm, seed, [one])));
  return { texts: rendering.length, refusals: compared.length, differences };
}

/** Cases of a batch that differ: halves of it are tried until one case is left. */
async function differing(helm: string, seed: number, cases: readonly Case[]): Promise<Difference[]> {
  const files = caseChart(cases);
  const theirs = await helmOutcome(helm, files);
  const ours = engineOutcome(files);
  if (sameOutcome(theirs, ours)) return [];
  const [only] = cases;
  if (cases.length <= 1) return only ? [{ seed, case: only, helm: theirs, engine: ours }] : [];
  const middle = Math.ceil(cases.length / 2);
  return [
    ...(await differing(helm, seed, cases.slice(0, middle))),
    ...(await differing(helm, seed, cases.slice(middle))),
  ];
}

function sameOutcome(a: Outcome, b: Outcome): boolean {
  return 'text' in a ? 'text' in b && a.text === b.text : 'error' in b && a.error === b.error;
}
