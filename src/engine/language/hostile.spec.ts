/** Templates and values made to hang, crash or fill the memory: each is an error in time, with a place. */
import { describe, expect, it } from '@jest/globals';
import { HOSTILE_TEMPLATES, HOSTILE_VALUES } from '../../../test/support/engine/hostile-templates.js';
import { TemplateError } from '../errors.js';
import { helmFunctionMap } from '../functions/index.js';
import { nodeEnvironment } from '../node/node-environment.js';
import { fromPlain, type Value } from '../value.js';
import { type BudgetLimits, DEFAULT_LIMITS, RenderBudget } from './budget.js';
import { Evaluator } from './evaluator.js';
import { TemplateSet } from './template-set.js';

/** Of processor time, so that a busy machine fails no test. */
const LIMIT_MS = 2000;

function timed(body: () => void): void {
  const before = process.cpuUsage();
  body();
  const { user } = process.cpuUsage(before);
  expect(user / 1000).toBeLessThan(LIMIT_MS);
}

function render(text: string, values: Value = null, limits: BudgetLimits = DEFAULT_LIMITS): string {
  const set = new TemplateSet(helmFunctionMap);
  set.add('t', text);
  const budget = new RenderBudget(limits);
  return new Evaluator(set, { environment: nodeEnvironment(), budget }).execute('t', values).text;
}

function failure(text: string, values?: Value): TemplateError {
  let thrown: unknown;
  timed(() => {
    try {
      render(text, values);
    } catch (error) {
      thrown = error;
    }
  });
  if (thrown instanceof TemplateError) return thrown;
  throw thrown ?? new Error('rendered');
}

describe('hostile templates', () => {
  it.each(HOSTILE_TEMPLATES)('%s', (_name, text) => {
    const error = failure(text, fromPlain(HOSTILE_VALUES));
    expect(['BudgetExceeded', 'ExecutionError']).toContain(error.code);
    expect(error.message).toContain('template: ');
    expect(error.line).toBeGreaterThan(0);
  });

  it.each([
    ['parentheses', `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`],
    ['blocks', `${'{{ if 1 }}'.repeat(50_000)}${'{{ end }}'.repeat(50_000)}`],
    ['else ifs', `{{ if 1 }}${'{{ else if 1 }}'.repeat(50_000)}{{ end }}`],
    ['open blocks', '{{ if 1 }}'.repeat(50_000)],
    ['ends', '{{ end }}'.repeat(50_000)],
    ['broken actions', '{{ foo "bar }}\n'.repeat(5_000)],
    ['open strings', '{{ "'.repeat(50_000)],
    ['one long string', `{{ "${'\\"'.repeat(500_000)}" }}{{ nope }}`],
    ['actions on one line', '{{ 1 }}'.repeat(1_000_000)],
    ['comments without end', '{{/* '.repeat(50_000)],
  ])('%s nested or repeated deeply: refused in time', (_name, text) => {
    timed(() => expect(() => render(text)).toThrow(TemplateError));
  });

  it('parses very many actions on one line in time', () => {
    timed(() => expect(render('{{ 1 }}'.repeat(50_000))).toHaveLength(50_000));
  });

  it('names template and line when a budget ends a render', () => {
    const error = failure(
      '{{define "inner"}}\n\n{{ range 1000000000 }}{{ end }}{{end}}{{ include "inner" . }}',
    );
    expect(error.message).toMatch(/^template: t:3:\d+: rendering stopped: /);
    expect(error).toMatchObject({ code: 'BudgetExceeded', file: 't', line: 3 });
  });

  it.each<[keyof BudgetLimits, string, string]>([
    ['steps', '{{ range 100 }}x{{ end }}', 'more than 50 steps'],
    ['size', '{{ range 100 }}x{{ end }}', 'more than 50 bytes of text'],
    [
      'depth',
      '{{define "a"}}{{if .}}{{template "a" (sub . 1)}}{{end}}{{end}}{{template "a" 60}}',
      'templates nested deeper than 50',
    ],
  ])('holds the limit of %s', (limit, text, message) => {
    const limits = { ...DEFAULT_LIMITS, [limit]: 50 };
    expect(() => render(text, null, limits)).toThrow(message);
  });

  it('ends a render that takes too long by the clock it is given', () => {
    let now = 0;
    const budget = new RenderBudget({ ...DEFAULT_LIMITS, milliseconds: 100 }, () => (now += 1));
    const set = new TemplateSet(helmFunctionMap);
    set.add('t', '{{ range 1000000 }}{{ end }}');
    const evaluator = new Evaluator(set, { environment: nodeEnvironment(), budget });
    expect(() => evaluator.execute('t', null)).toThrow('longer than 100 ms');
  });
});
