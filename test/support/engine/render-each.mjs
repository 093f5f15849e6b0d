// Renders templates one after the other in a process of its own: `{ templates, values }` (JSON) on standard input,
// a line of JSON for each on standard output: what became of it, and the most memory there ever was (bytes).
import { readFileSync } from 'node:fs';
import {
  DEFAULT_LIMITS,
  Evaluator,
  fromPlain,
  helmFunctionMap,
  RenderBudget,
  TemplateSet,
} from '../../../dist/engine/index.js';
import { nodeEnvironment } from '../../../dist/engine/node/index.js';

const { templates, values } = JSON.parse(readFileSync(0, 'utf8'));

function render(template) {
  const set = new TemplateSet(helmFunctionMap);
  set.add('t', template);
  // What ends a render here is its size: a busy machine must not end it sooner.
  const budget = new RenderBudget({ ...DEFAULT_LIMITS, milliseconds: 600_000 });
  return new Evaluator(set, { environment: nodeEnvironment(), budget }).execute('t', fromPlain(values)).text;
}

function outcome(template) {
  try {
    return { length: render(template).length };
  } catch (error) {
    return { code: error.code ?? error.name, message: error.message.slice(0, 200) };
  }
}

for (const template of templates) {
  const result = outcome(template);
  const memory = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(`${JSON.stringify({ ...result, memory })}\n`);
}
