/** Go's own cases for parsing templates (text/template/parse), retold. */
import { describe, expect, it } from '@jest/globals';
import { TemplateError } from '../errors.js';
import { fn, functionMap } from '../value.js';
import { BUILTINS } from './builtins.js';
import { nodeText } from './node-text.js';
import { parse } from './parser.js';

const functions = functionMap(BUILTINS, [fn('contains', ['string', 'string'], () => true)]);

const parsed = (text: string): string => {
  const template = parse('t', text, functions).get('t');
  return template ? nodeText(template.root) : '';
};

function problemsOf(text: string): string[] {
  try {
    parse('t', text, functions);
  } catch (error) {
    if (error instanceof TemplateError) return error.problems.map((problem) => problem.message);
    throw error;
  }
  return [];
}

describe('parse', () => {
  it.each([
    ['', ''],
    ['{{/*\n\n\n*/}}', ''],
    [' \t\n', ' \t\n'],
    ['some text', 'some text'],
    ['{{.X}}', '{{.X}}'],
    ['{{.X.Y.Z}}', '{{.X.Y.Z}}'],
    ['{{printf}}', '{{printf}}'],
    ['{{$x := .X}}{{$x.Y.Z}}', '{{$x := .X}}{{$x.Y.Z}}'],
    ['{{with $x := 3}}{{$x 23}}{{end}}', '{{with $x := 3}}{{$x 23}}{{end}}'],
    ['{{$.I}}', '{{$.I}}'],
    ['{{printf `%d` 23}}', '{{printf `%d` 23}}'],
    ['{{.X|.Y}}', '{{.X | .Y}}'],
    ['{{$x := .X|.Y}}', '{{$x := .X | .Y}}'],
    ['{{.X (.Y .Z) (.A | .B .C) (.E)}}', '{{.X (.Y .Z) (.A | .B .C) (.E)}}'],
    ['{{(.Y .Z).Field}}', '{{(.Y .Z).Field}}'],
    ['{{if .X}}hello{{end}}', '{{if .X}}hello{{end}}'],
    ['{{if .X}}true{{else}}false{{end}}', '{{if .X}}true{{else}}false{{end}}'],
    ['{{if .X}}true{{else if .Y}}false{{end}}', '{{if .X}}true{{else}}{{if .Y}}false{{end}}{{end}}'],
    [
      '+{{if .X}}X{{else if .Y}}Y{{else if .Z}}Z{{end}}+',
      '+{{if .X}}X{{else}}{{if .Y}}Y{{else}}{{if .Z}}Z{{end}}{{end}}{{end}}+',
    ],
    ['{{range .X}}hello{{end}}', '{{range .X}}hello{{end}}'],
    ['{{range .X}}true{{else}}false{{end}}', '{{range .X}}true{{else}}false{{end}}'],
    ['{{range .X|.M}}true{{else}}false{{end}}', '{{range .X | .M}}true{{else}}false{{end}}'],
    ['{{range $x := .SI}}{{.}}{{end}}', '{{range $x := .SI}}{{.}}{{end}}'],
    ['{{range $x, $y := .SI}}{{.}}{{end}}', '{{range $x, $y := .SI}}{{.}}{{end}}'],
    ['{{range .SI}}{{.}}{{break}}{{end}}', '{{range .SI}}{{.}}{{break}}{{end}}'],
    ['{{range .SI}}{{.}}{{ continue }}{{end}}', '{{range .SI}}{{.}}{{continue}}{{end}}'],
    ["{{range .SI 1 -3.2i true false 'a' nil}}{{end}}", "{{range .SI 1 -3.2i true false 'a' nil}}{{end}}"],
    ['{{template `x`}}', '{{template "x"}}'],
    ['{{template `x` .Y}}', '{{template "x" .Y}}'],
    ['{{with .X}}hello{{else}}goodbye{{end}}', '{{with .X}}hello{{else}}goodbye{{end}}'],
    [
      '{{with .X}}hello{{else with .Y}}goodbye{{end}}',
      '{{with .X}}hello{{else}}{{with .Y}}goodbye{{end}}{{end}}',
    ],
    ['x \r\n\t{{- 3}}', 'x{{3}}'],
    ['{{3 -}}\n\n\ty', '{{3}}y'],
    ['x \r\n\t{{- 3 -}}\n\n\ty', 'x{{3}}y'],
    ['x\n{{-  3   -}}\ny', 'x{{3}}y'],
    ['x \r\n\t{{- /* hi */}}', 'x'],
    ['{{/* hi */ -}}\n\n\ty', 'y'],
    ['x \r\n\t{{- /* */ -}}\n\n\ty', 'xy'],
    ['{{block "foo" .}}hello{{end}}', '{{template "foo" .}}'],
    ['{{ $x \n := \n 1 \n }}', '{{$x := 1}}'],
    ['{{\n"x"\n|\nprintf\n}}', '{{"x" | printf}}'],
    ['{{-\n/*\nhello\n*/\n-}}', ''],
    ['{{$x:=.}}{{$x +2}}', '{{$x := .}}{{$x +2}}'],
    ['{{range $x = 0}}{{$x}}{{end}}', '{{range $x = 0}}{{$x}}{{end}}'],
    ['{{-3}}', '{{-3}}'],
    ['{{1|}}', '{{1}}'],
    ['{{ (contains "a" "b") }}', '{{(contains "a" "b")}}'],
    ['{{printf "%s" (print .a).b}}', '{{printf "%s" (print .a).b}}'],
  ])('%j', (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });

  it.each([
    ['hello{{range', 't:1: unclosed action'],
    ['{{\n\n{{', 't:3: unexpected "{" in command'],
    ['{{end}}', 't:1: unexpected {{end}}'],
    ['{{else}}', 't:1: unexpected {{else}}'],
    ['{{if .X}}hello{{end}}{{else}}', 't:1: unexpected {{else}}'],
    ['{{if .X}}1{{else}}2{{else}}3{{end}}', 't:1: expected end; found {{else}}'],
    ['hello{{range .x}}', 't:1: unexpected EOF'],
    ['hello{{range .x}}{{else}}', 't:1: unexpected EOF'],
    ['hello{{undefined}}', 't:1: function "undefined" not defined'],
    ['{{$x}}', 't:1: undefined variable "$x"'],
    ['{{with $x := 4}}{{end}}{{$x}}', 't:1: undefined variable "$x"'],
    ['{{template $v}}', 't:1: unexpected "$v" in template clause'],
    ['{{with $x.Y := 4}}{{end}}', 't:1: undefined variable "$x"'],
    ['{{template .X}}', 't:1: unexpected ".X" in template clause'],
    ['{{printf 3, 4}}', 't:1: unexpected "," in operand'],
    ['{{with $v, $u := 3}}{{end}}', 't:1: too many declarations in with'],
    ['{{range $u, $v, $w := 3}}{{end}}', 't:1: too many declarations in range'],
    ['{{printf (printf .).}}', 't:1: unexpected <.> in operand'],
    ['{{printf 3`x`}}', 't:1: unexpected "`x`" in operand'],
    ['{{printf `x`.}}', 't:1: unexpected <.> in operand'],
    ['{{if .X}}a{{else if .Y}}b{{end}}{{end}}', 't:1: unexpected {{end}}'],
    ['{{range .}}{{end}} {{break}}', 't:1: {{break}} outside {{range}}'],
    ['{{range .}}{{else}}{{continue}}{{end}}', 't:1: {{continue}} outside {{range}}'],
    ['{{range .}}{{block "b" .}}{{break}}{{end}}{{end}}', 't:1: {{break}} outside {{range}}'],
    ['{{$x := 0}}{{$x += 1}}', 't:1: illegal number syntax: "+"'],
    ['{{$x := 1}}{{$x ! 2}}', 't:1: unexpected "!" in operand'],
    ['{{range $x := $y := 3}}{{end}}', 't:1: undefined variable "$y"'],
    ['{{$x:=.}}{{$x!2}}', "t:1: bad character U+0021 '!'"],
    ['{{$x:=.}}{{$x+2}}', "t:1: bad character U+002B '+'"],
    ['{{1.E}}', 't:1: illegal number syntax'],
    ['{{true.E}}', 't:1: unexpected . after term "true"'],
    ["{{'a'.any}}", 't:1: unexpected . after term "\'a\'"'],
    ['{{"hello".guys}}', 't:1: unexpected . after term "\\"hello\\""'],
    ['{{nil.E}}', 't:1: unexpected . after term "nil"'],
    ['{{12|.}}', 't:1: non executable command in pipeline stage 2'],
    ['{{.|12|printf}}', 't:1: non executable command in pipeline stage 2'],
    ['{{.|printf|"error"}}', 't:1: non executable command in pipeline stage 3'],
    ['{{}}', 't:1: missing value for command'],
    ['{{if}}{{end}}', 't:1: missing value for if'],
    ['{{(1}}', 't:1: unclosed left paren'],
    ['{{1)}}', 't:1: unexpected right paren'],
    ['{{`raw}}', 't:1: unterminated raw quoted string'],
    ['{{"quoted}}', 't:1: unterminated quoted string'],
    ["{{'c}}", 't:1: unterminated character constant'],
    ['{{/* open', 't:1: unclosed comment'],
    ['{{/* a */ x}}', 't:1: comment ends before closing delimiter'],
    ['{{3k}}', 't:1: bad number syntax: "3k"'],
    ['{{$x := 1}}{{$x : 1}}', 't:1: expected :='],
    ['{{\u0001}}', 't:1: unrecognized character in action: U+0001'],
    ['{{0x80000000000000000}}', 't:1: illegal number syntax: "0x80000000000000000"'],
    ['{{18446744073709551616}}', 't:1: integer overflow: "18446744073709551616"'],
    ["{{'ab'}}", "t:1: malformed character constant: 'ab'"],
    ['{{"\\z"}}', 't:1: invalid syntax'],
    ['{{define 3}}{{end}}', 't:1: unexpected "3" in define clause'],
    ['{{define "x"}}a{{else}}b{{end}}', 't:1: unexpected {{else}} in define clause'],
    ['{{define "x"}}a{{end}}{{define "x"}}b{{end}}', 't:1: template: multiple definition of template "x"'],
    ['{{if .X}}{{define "x"}}{{end}}{{end}}', 't:1: unexpected <define> in command'],
    ['\n\n{{ if\n.a.b\n"x', 't:5: unterminated quoted string in action started at t:3'],
    ['{{ .a\n', 't:2: unclosed action started at t:1'],
  ])('refuses %j: %s', (text, message) => {
    const [first] = problemsOf(text);
    expect(first).toContain(`template: ${message}`);
  });

  it('finds every problem in one pass', () => {
    const text = `{{ foo 1 }}
{{ if }}
  {{ $x := bar }}{{ $x }} {{ $y }}
  {{ "open }}
  {{ .ok | quote (1 }}
{{ else }}
{{ end }}
{{ range .list }}{{ .name.. }}{{ end }}
{{ end }}`;
    expect(problemsOf(text)).toEqual([
      'template: t:1: function "foo" not defined',
      'template: t:2: missing value for if',
      'template: t:3: function "bar" not defined',
      'template: t:3: undefined variable "$y"',
      'template: t:4: unterminated quoted string',
      'template: t:5: function "quote" not defined',
      'template: t:5: unclosed left paren',
      'template: t:8: unexpected <.> in operand',
      'template: t:9: unexpected {{end}}',
    ]);
  });

  it('tells line and column of each problem, in bytes from 1', () => {
    expect.assertions(1);
    try {
      parse('t', 'é\né {{ nope }}', functions);
    } catch (error) {
      expect(error).toMatchObject({ code: 'UnknownFunction', position: { file: 't', line: 2, column: 7 } });
    }
  });

  it('keeps the first of two definitions when the second is blank', () => {
    const templates = parse('t', '{{define "x"}}a{{end}}{{define "x"}} {{end}}', functions);
    expect(nodeText(templates.get('x')?.root ?? { type: 'text', pos: 0, text: '' })).toBe('a');
  });
});
