/** Templates and values made to hang, crash or fill the memory: each is an error in time, with a place. */
import { describe, expect, it } from '@jest/globals';
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

const DOUBLING = '{{ range 60 }}{{ $x = printf "%s%s" $x $x }}{{ end }}';

describe('hostile templates', () => {
  it.each([
    ['a template that calls itself', '{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}'],
    ['an include that includes itself', '{{define "a"}}{{include "a" .}}{{end}}{{include "a" .}}'],
    [
      'two that include each other',
      '{{define "a"}}{{include "b" .}}{{end}}{{define "b"}}{{include "a" .}}{{end}}{{include "a" .}}',
    ],
    ['tpl of tpl without end', '{{ tpl .t . }}'],
    [
      'a tree of includes',
      '{{define "a"}}{{if lt . 40}}{{include "a" (add1 .)}}{{include "a" (add1 .)}}{{end}}{{end}}{{include "a" 0}}',
    ],
    ['a long loop', '{{ range 1000000000 }}{{ end }}'],
    ['nested loops', '{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}'],
    ['a text that doubles', `{{ $x := "x" }}${DOUBLING}{{ $x }}`],
    ['a giant repeat', '{{ repeat 2000000000 "x" }}'],
    ['repeats of repeats', '{{ repeat 100000 (repeat 100000 "x") }}'],
    ['a giant until', '{{ until 2000000000 | len }}'],
    ['a giant untilStep', '{{ untilStep 0 2000000000 1 | len }}'],
    ['a giant seq', '{{ seq 1 2000000000 }}'],
    ['giant widths', '{{ range 1000 }}{{ printf "%1000000d" 1 }}{{ end }}'],
    [
      'giant indents',
      '{{ $x := repeat 10000 "\\n" }}{{ range 1000 }}{{ $x = indent 10000 "\\n" | printf "%s%s" $x }}{{ end }}',
    ],
    ['random text without end', '{{ randAlphaNum 2000000000 }}'],
    [
      'a list of lists that doubles',
      '{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ $l }}',
    ],
    ['… as YAML', '{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ toYaml $l }}'],
    ['… as JSON', '{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ toJson $l }}'],
    ['… copied', '{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ deepCopy $l | len }}'],
    [
      '… compared',
      '{{ $l := list 1 }}{{ $m := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ $m = list $m $m }}{{ end }}{{ deepEqual $l $m }}',
    ],
    ['a map that holds itself, printed', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}'],
    ['… as YAML', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toYaml $d }}{{ fail "swallowed" }}'],
    ['… as JSON', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ mustToJson $d }}'],
    ['… copied', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ deepCopy $d }}'],
    ['a YAML bomb', '{{ fromYaml .bomb | toYaml }}{{ fail "swallowed" }}'],
    [
      'a regex that backtracks',
      '{{ regexMatch "(a+)+$" (printf "%sb" (repeat 50000 "a")) }}{{ fail "matched" }}',
    ],
    ['a regex with giant counts', '{{ regexMatch "((a{0,1000}){0,1000}){0,1000}" "b" }}{{ fail "matched" }}'],
    ['replacements that grow', '{{ $x := "aa" }}{{ range 60 }}{{ $x = replace "a" "aa" $x }}{{ end }}'],
    [
      'splits that grow',
      '{{ $x := repeat 1000000 "a," }}{{ range 1000 }}{{ $y := splitList "," $x }}{{ end }}',
    ],
  ])('%s', (_name, text) => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${Array.from('bcdefghij')
      .map(
        (name, i) =>
          `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefghi'[i]}`).join(', ')}]`,
      )
      .join('\n')}\n`;
    const error = failure(text, fromPlain({ t: '{{ tpl .t . }}', bomb }));
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
    ['comments without end', '{{/* '.repeat(50_000)],
  ])('%s nested or repeated deeply: refused in time', (_name, text) => {
    timed(() => expect(() => render(text)).toThrow(TemplateError));
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
