/** Follows a rollout until it ends, and shows how far it is. */
import { BerthError } from '../../core/errors.js';
import { step, type StepReporter } from '../../core/progress.js';
import type { Rollout } from '../../model/rollout.js';
import type { ApiClient } from './api-client.js';

/** Throws RolloutStopped, and WaitTimeout, in which case it goes on without us. */
export async function followRollout(
  api: ApiClient,
  path: string,
  { reporter, timeoutSeconds }: { reporter: StepReporter; timeoutSeconds: number },
): Promise<Rollout> {
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  const work = async ({ update }: { update: (detail: string) => void }) => {
    try {
      for await (const event of api.watch<Rollout>(path, { signal })) {
        if (!('object' in event)) continue;
        update(textOf(event.object));
        if (event.object.status?.finishedAt !== undefined) return ended(event.object);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    throw timedOut(timeoutSeconds);
  };
  return step(reporter, 'instances', 'publish to the instances', work, textOf);
}

function textOf({ status }: Rollout): string {
  if (!status) return 'not begun';
  const { phase, progress, failed } = status;
  return `${phase}, ${progress}${failed > 0 ? `, ${failed} failed` : ''}`;
}

function ended(rollout: Rollout): Rollout {
  const { phase, targets = [] } = rollout.status ?? {};
  if (phase === 'Succeeded' || phase === 'RolledBack') return rollout;
  const { name } = rollout.metadata;
  const failed = targets.find((target) => target.phase === 'Failed');
  const why = failed
    ? `: ${failed.cluster}/${failed.instance}: ${(failed.message ?? 'failed').replace(/\.$/, '')}`
    : '';
  throw new BerthError('RolloutStopped', `Rollout "${name}" ended as ${textOf(rollout)}${why}.`, {
    next: `Look at every instance: berth rollout get ${name}; take it back: berth rollout rollback ${name}.`,
  });
}

function timedOut(seconds: number): BerthError {
  return new BerthError('WaitTimeout', `It was not done after ${seconds} s; it goes on by itself.`, {
    next: 'See how far it is: berth rollout watch ROLLOUT.',
  });
}
