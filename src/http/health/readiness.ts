import { type Clock, systemClock } from '../../core/clock.js';
import { messageOf } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';

/** One thing that must hold for the process to be ready; answers why it does not. */
export interface Check {
  name: string;
  run: () => Promise<string | undefined> | string | undefined;
}

export interface CheckResult {
  name: string;
  /** Absent when all is well. */
  failure?: string;
}

/** Whether this process should be sent work. */
export class Readiness {
  readonly #checks: Check[] = [];
  #draining = false;

  add(check: Check): void {
    this.#checks.push(check);
  }

  /** From now on the process is not ready, whatever the checks say. */
  drain(): void {
    this.#draining = true;
  }

  async results(): Promise<CheckResult[]> {
    const results = await Promise.all(this.#checks.map(resultOf));
    return [...results, { name: 'shutdown', ...(this.#draining && { failure: 'the process is stopping' }) }];
  }
}

async function resultOf({ name, run }: Check): Promise<CheckResult> {
  try {
    const failure = await run();
    return { name, ...(failure !== undefined && { failure }) };
  } catch (error) {
    return { name, failure: messageOf(error) };
  }
}

const FRESH_MS = 2000;
const TIMEOUT_MS = 2000;

/** The API server of the meta-cluster answered a moment ago. Asked at most every two seconds, however many probe. */
export function metaClusterCheck(client: Pick<KubeClient, 'raw'>, clock: Clock = systemClock): Check {
  let askedAt = -Infinity;
  let answer: Promise<string | undefined> = Promise.resolve(undefined);
  return {
    name: 'meta-cluster',
    run: () => {
      if (clock.monotonic() - askedAt < FRESH_MS) return answer;
      askedAt = clock.monotonic();
      answer = ask(client);
      return answer;
    },
  };
}

async function ask(client: Pick<KubeClient, 'raw'>): Promise<string | undefined> {
  try {
    const { statusCode } = await client.raw({ method: 'GET', path: '/readyz', timeoutMs: TIMEOUT_MS });
    return statusCode === 200 ? undefined : `/readyz of the API server answers ${statusCode}`;
  } catch (error) {
    return messageOf(error);
  }
}
