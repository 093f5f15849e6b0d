/** The differential fuzz: generated cases through the engine and through the real helm. */
import { availableParallelism } from 'node:os';
import { caseChart } from './case-chart.js';
import { CRASH, engineOutcome, helmOutcome, type Outcome } from './helm-oracle.js';
import { type Case, generateCase } from './template-generator.js';

export interface FuzzOptions {
  helm: string;
  seed: number;
  /** Cases made; each of them is compared. */
  cases: number;
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

/** Cases that render share a run of helm; a refusal ends one, so each of those has a run of its own. */
const BATCH = 250;

/** Compares cases 0 … `cases` of a seed. */
export async function fuzz({ helm, seed, cases }: FuzzOptions): Promise<FuzzResult> {
  const rendering: Case[] = [];
  const refused: Case[] = [];
  for (let index = 0; index < cases; index++) {
    const one = generateCase(seed, index);
    ('error' in engineOutcome(caseChart([one])) ? refused : rendering).push(one);
  }
  const found = await mapAtOnce([...batches(rendering, BATCH), ...batches(refused, 1)], (batch) =>
    differing(helm, seed, batch),
  );
  return { texts: rendering.length, refusals: refused.length, differences: found.flat() };
}

/** Cases of a batch that differ: halves of it are tried until one case is left. */
async function differing(helm: string, seed: number, cases: readonly Case[]): Promise<Difference[]> {
  const files = caseChart(cases);
  const theirs = await helmOutcome(helm, files);
  const ours = engineOutcome(files);
  if (agree(theirs, ours)) return [];
  const [only] = cases;
  if (cases.length <= 1) return only ? [{ seed, case: only, helm: theirs, engine: ours }] : [];
  const middle = Math.ceil(cases.length / 2);
  return [
    ...(await differing(helm, seed, cases.slice(0, middle))),
    ...(await differing(helm, seed, cases.slice(middle))),
  ];
}

/** Same text or same message. Where helm crashes, any refusal of the engine will do. */
function agree(helm: Outcome, engine: Outcome): boolean {
  if ('text' in helm) return 'text' in engine && helm.text === engine.text;
  return 'error' in engine && (helm.error === engine.error || helm.error === CRASH);
}

function batches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

/** As many at once as there are cores; results in the order of the items. */
async function mapAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}
