#!/usr/bin/env node
// `npm run bench -- NAME [ARGUMENTS]`: builds, then runs test/bench/NAME.mjs. Without a name: lists them.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'test', 'bench');
const [name, ...args] = process.argv.slice(2);

const benches = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -'.mjs'.length));
if (name === undefined || !benches.includes(name)) {
  process.stderr.write(`Usage: npm run bench -- NAME [ARGUMENTS]\nNames: ${benches.join(', ')}\n`);
  process.exit(2);
}

function run(command, commandArgs) {
  const { status, error } = spawnSync(command, commandArgs, { cwd: root, stdio: 'inherit' });
  if (error) process.stderr.write(`${command}: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}

const node = join(root, 'node_modules', 'node', 'bin', 'node');
run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json']);
run(existsSync(node) ? node : process.execPath, [join(folder, `${name}.mjs`), ...args]);
