import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TestApi, TOKEN } from '../../support/berth-api.js';
import { pythonTool } from '../../support/python-tool.js';

const VERSION = '4.32.2';
const SECONDS = 45;
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
  'use_after_free',
];

let api: TestApi;
let schemathesis: string;
beforeAll(async () => {
  schemathesis = await pythonTool('schemathesis', VERSION);
  api = await TestApi.start();
  // Something to find.
  const body = { metadata: { name: 'demo' }, spec: { version: '1.36.3' } };
  await api.send('/api/v1/clusters', { body });
}, 360_000);
afterAll(() => api.stop());

it('answers whatever is sent as its OpenAPI document says, and never with 5xx', async () => {
  const child = spawn(
    schemathesis,
    [
      `--config-file=${join(import.meta.dirname, 'schemathesis.toml')}`,
      'run',
      `${api.url}/api/openapi.json`,
      `--header=Authorization: Bearer ${TOKEN}`,
      `--checks=${CHECKS.join(',')}`,
      '--phases=examples,coverage,fuzzing,stateful',
      `--max-time=${SECONDS}`,
      '--request-timeout=10',
      '--seed=1',
      '--generation-database=:memory:',
      '--no-color',
      '--warnings=off',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  // The time is for all of it: on a machine that is too slow for that, some would not have been asked.
  const [, selected] = /Selected: (\d+)\/\1$/m.exec(output) ?? [];
  expect(/Tested: (\d+)$/m.exec(output)?.[1]).toBe(selected);
  expect(Number(selected)).toBeGreaterThan(90);
}, 240_000);
