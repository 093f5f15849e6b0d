/** Entry point of the `berth` command. */
import { readFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import { coloursFor } from './colours.js';
import { createContext } from './context.js';
import { reportError } from './error-output.js';
import { asUsage, exitCodeOf } from './exit-codes.js';
import { createProgram, withKubernetesVersion } from './program.js';

const { env, stdout, stderr, argv } = process;
// A reader that has had enough (`| head`) is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
const packageFile = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(packageFile) as { version: string };
const program = createProgram(createContext(env, stdout, stderr), version);
try {
  await program.parseAsync(withKubernetesVersion(program, argv.slice(2)), { from: 'user' });
} catch (error) {
  const wrong = asUsage(error);
  // Commander has said already what was wrong with the options.
  if (!(wrong instanceof CommanderError)) {
    const isJson = program.opts<{ output?: string }>().output === 'json';
    reportError(wrong, stderr, coloursFor(stderr, env), isJson);
  }
  process.exitCode = exitCodeOf(error);
}
