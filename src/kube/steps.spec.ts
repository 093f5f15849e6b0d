import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../test/support/manual-clock.js';
import { BerthError } from '../core/errors.js';
import { resultOf } from './runner.js';
import { failed, goOn, runSteps, type Step, type StepResult, stop, wait } from './steps.js';

const { signal } = new AbortController();

function step(name: string, result: StepResult | (() => never)): Step<string[]> {
  return {
    name,
    run: (ran) => {
      ran.push(name);
      return typeof result === 'function' ? result() : result;
    },
  };
}

async function run(...steps: Step<string[]>[]) {
  const ran: string[] = [];
  return { ran, ...(await runSteps(steps, ran, { signal })) };
}

describe('runSteps', () => {
  it('runs every step while they continue', async () => {
    const { ran, result, step: ended } = await run(step('One', goOn), step('Two', goOn));
    expect(ran).toEqual(['One', 'Two']);
    expect(result).toEqual({ kind: 'continue' });
    expect(ended).toBeUndefined();
  });

  it.each([
    ['waits', wait('NotReady', 'no answer yet', 5_000)],
    ['stops', stop('Paused', 'somebody paused it')],
    ['fails', failed(new BerthError('Broken', 'broken'))],
  ])('ends at the step that %s', async (_what, result) => {
    const outcome = await run(step('One', goOn), step('Two', result), step('Three', goOn));
    expect(outcome.ran).toEqual(['One', 'Two']);
    expect(outcome).toMatchObject({ result, step: 'Two' });
  });

  it('takes a step that throws for a failed one, and says which it was', async () => {
    const { result } = await run(
      step('Crash', () => {
        throw new TypeError('x is not a function');
      }),
    );
    expect(result).toMatchObject({
      kind: 'failed',
      error: { code: 'StepFailed', message: 'Crash: x is not a function' },
    });
    const refusal = new BerthError('QuotaExceeded', 'too many');
    const refused = await run(
      step('Refuse', () => {
        throw refusal;
      }),
    );
    expect(refused.result).toEqual({ kind: 'failed', error: refusal });
  });

  it('tells how long each step took', async () => {
    const clock = new ManualClock();
    const slow: Step<null> = { name: 'Slow', run: async () => clock.advance(250).then(() => goOn) };
    const startedMs = clock.now();
    const { timings } = await runSteps([slow], null, { signal, clock });
    expect(timings).toEqual([{ name: 'Slow', startedMs, durationMs: 250, result: 'continue' }]);
  });

  it('begins no step after it was aborted', async () => {
    const ran: string[] = [];
    const reason = new BerthError('ReconcileTimeout', 'too long');
    const outcome = await runSteps([step('One', goOn)], ran, { signal: AbortSignal.abort(reason) });
    expect(ran).toEqual([]);
    expect(outcome).toMatchObject({ result: { kind: 'failed', error: reason }, step: 'One' });
  });
});

describe('resultOf', () => {
  const clock = new ManualClock(1_000);
  const of = (result: StepResult) => resultOf({ result, timings: [] }, clock);

  it('says when to come again', () => {
    expect(of(goOn)).toEqual({ kind: 'done' });
    expect(of(stop('A', 'a'))).toEqual({ kind: 'done' });
    expect(of(wait('A', 'a'))).toEqual({ kind: 'done' });
    expect(of(wait('A', 'a', 3_500))).toEqual({ kind: 'requeue', afterMs: 2_500 });
    expect(of(wait('A', 'a', 500))).toEqual({ kind: 'requeue', afterMs: 0 });
    const error = new BerthError('A', 'a');
    expect(of(failed(error))).toEqual({ kind: 'error', error });
  });
});
