import { describe, expect, it } from '@jest/globals';
import type { StepReporter } from '../../core/progress.js';
import type { Operation, OperationStatus, OperationStep } from '../../model/operation.js';
import type { ApiClient, WatchEvent } from './api-client.js';
import { followOperation } from './operation-progress.js';

const at = '2026-11-21T10:00:00Z';
const done = (name: string): OperationStep => ({ name, state: 'Done', startedAt: at, finishedAt: at });
const waiting = (name: string, message: string): OperationStep => ({
  name,
  state: 'Waiting',
  startedAt: at,
  message,
});

function operation(state: OperationStatus['state'], steps: OperationStep[], fields: object = {}): Operation {
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Operation',
    metadata: { name: 'create-1', creationTimestamp: at, ...fields },
    spec: { type: 'Create', cluster: 'demo', cause: { user: 'anna' } },
    status: { state, startedAt: at, steps },
  };
}

/** A watch that brings these, and then nothing until the caller gives up. */
function api(...operations: Operation[]): ApiClient {
  async function* watch(
    _path: string,
    { signal }: { signal?: AbortSignal },
  ): AsyncGenerator<WatchEvent<Operation>> {
    for (const object of operations) yield { type: 'MODIFIED', object };
    yield { type: 'BOOKMARK' };
    await new Promise((_resolve, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason as Error)),
    );
  }
  return { watch } as unknown as ApiClient;
}

function recorder(): { told: string[]; reporter: StepReporter } {
  const told: string[] = [];
  const reporter: StepReporter = {
    note: (message) => told.push(message),
    start: (_name, title) => {
      told.push(`start ${title}`);
      return {
        update: (detail) => told.push(`${title}: ${detail}`),
        done: () => told.push(`done ${title}`),
        failed: () => told.push(`failed ${title}`),
      };
    },
  };
  return { told, reporter };
}

describe(followOperation.name, () => {
  const target = { cluster: 'demo', type: 'Create', since: at } as const;

  it('tells each step once, however often it comes, and ends with the operation', async () => {
    const { told, reporter } = recorder();
    const first = operation('Waiting', [done('IssueCertificates'), waiting('StartAPIServer', 'starting')]);
    const last = operation('Succeeded', [done('IssueCertificates'), done('StartAPIServer')]);
    await followOperation(api(first, first, last), target, { reporter, timeoutSeconds: 5 });
    expect([...new Set(told)]).toEqual([
      'start Issue certificates',
      'done Issue certificates',
      'start Start API server',
      'Start API server: starting',
      'done Start API server',
    ]);
    expect(told.filter((line) => line.startsWith('done'))).toHaveLength(2);
  });

  it.each(['Failed', 'Superseded'] as const)('fails when the operation ended as %s', async (state) => {
    const { reporter } = recorder();
    const followed = followOperation(api(operation(state, [])), target, { reporter, timeoutSeconds: 5 });
    await expect(followed).rejects.toMatchObject({ code: `Operation${state}` });
  });

  it('takes no older operation, and none of another kind, for the one that is meant', async () => {
    const { reporter } = recorder();
    const older = operation('Succeeded', [], { creationTimestamp: '2026-11-21T09:59:59Z' });
    const other = {
      ...operation('Failed', []),
      spec: { type: 'Delete', cluster: 'demo', cause: { user: 'a' } },
    } as const;
    const meant = operation('Succeeded', [], { name: 'meant' });
    const ended = await followOperation(api(older, other, meant), target, { reporter, timeoutSeconds: 5 });
    expect(ended.metadata.name).toBe('meant');
  });

  it('says what it waits for when the time is over', async () => {
    const { reporter } = recorder();
    const slow = api(operation('Waiting', [waiting('StartEtcd', 'image cannot be pulled')]));
    await expect(followOperation(slow, target, { reporter, timeoutSeconds: 0.05 })).rejects.toMatchObject({
      code: 'WaitTimeout',
      message: expect.stringContaining('image cannot be pulled'),
    });
  });
});
