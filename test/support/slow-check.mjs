/** A process that checks a snapshot of which a part has come and the rest does not: `slow-check.mjs DIRECTORY BYTES`. */
import { measure } from '../../dist/backup/archive.js';

const [directory = '', bytes = '0'] = process.argv.slice(2);
const forEver = setInterval(() => undefined, 60_000);

async function* stuck() {
  yield Buffer.alloc(Number(bytes), 1);
  process.stdout.write('the rest does not come\n');
  await new Promise(() => undefined);
}

await measure(stuck(), directory, new AbortController().signal);
clearInterval(forEver);
