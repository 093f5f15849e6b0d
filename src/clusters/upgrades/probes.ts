import type { CancelTimer, Clock } from '../../core/clock.js';

/** A fleet that soaks costs half a request a second for each cluster. */
const PERIOD_MS = 2_000;
/** What is counted: the last minute. */
const SAMPLES = 30;
/** Before so many no share of them says anything. */
const FEWEST = 10;

export interface ProbeRequest {
  /** Undefined when nothing could be asked; what throws is a failure. */
  ask: () => Promise<ProbeAnswer | undefined>;
  /** Called when more than so many percent have failed. */
  maxErrorPercent: number;
  alarm: () => void;
}

export interface ProbeAnswer {
  good: boolean;
  /** In a few words: `HTTP 500`. */
  what: string;
}

export interface ProbeVerdict {
  errorPercent: number;
  /** What the last failure was. */
  last: string;
}

interface Probe {
  request: ProbeRequest;
  answers: ProbeAnswer[];
  stop: CancelTimer;
}

/**
 * Reads from hosted API servers, as their users do, for as long as their version changes. Kept in memory: after a restart
 * it counts anew.
 */
export class UpgradeProbes {
  readonly #probes = new Map<string, Probe>();

  constructor(private readonly clock: Clock) {}

  /** Asks from now on; told again, it goes on counting. */
  watch(cluster: string, request: ProbeRequest): void {
    const known = this.#probes.get(cluster);
    if (known) {
      known.request = request;
      return;
    }
    const probe: Probe = { request, answers: [], stop: () => undefined };
    this.#probes.set(cluster, probe);
    this.#schedule(probe);
  }

  /** What the last minute was like; undefined while too little is known. */
  verdict(cluster: string): ProbeVerdict | undefined {
    const probe = this.#probes.get(cluster);
    return probe && verdictOf(probe.answers);
  }

  forget(cluster: string): void {
    this.#probes.get(cluster)?.stop();
    this.#probes.delete(cluster);
  }

  forgetAll(): void {
    for (const cluster of this.#probes.keys()) this.forget(cluster);
  }

  #schedule(probe: Probe): void {
    probe.stop = this.clock.after(PERIOD_MS, () => {
      this.#schedule(probe);
      void this.#ask(probe);
    });
  }

  async #ask(probe: Probe): Promise<void> {
    const answer = await probe.request
      .ask()
      .catch((error: unknown) => ({ good: false, what: String(error) }));
    if (!answer) return;
    probe.answers = [...probe.answers, answer].slice(-SAMPLES);
    const verdict = verdictOf(probe.answers);
    if (!answer.good && verdict && verdict.errorPercent > probe.request.maxErrorPercent)
      probe.request.alarm();
  }
}

function verdictOf(answers: readonly ProbeAnswer[]): ProbeVerdict | undefined {
  if (answers.length < FEWEST) return undefined;
  const failed = answers.filter(({ good }) => !good);
  const errorPercent = Math.round((100 * failed.length) / answers.length);
  return { errorPercent, last: failed.at(-1)?.what ?? '' };
}
