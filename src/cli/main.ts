/** Entry point of the `berth` command. */
import { readFile } from 'node:fs/promises';
import { createContext } from './context.js';
import { reportError } from './error-output.js';
import { createProgram } from './program.js';

const { env, stdout, stderr, argv } = process;
const packageFile = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(packageFile) as { version: string };
const program = createProgram(createContext(env, stdout, stderr), version);
try {
  await program.parseAsync(argv);
} catch (error) {
  reportError(error, stderr, program.opts<{ output?: string }>().output === 'json');
  process.exitCode = 1;
}
