/** Go's own cases for running templates (text/template/exec_test.go), retold for the values Helm has. */
import { describe, expect, it } from '@jest/globals';
import { GoComplex } from '../fmt/complex.js';
import { sprint } from '../fmt/fmt.js';
import {
  fn,
  functionMap,
  type GoFunction,
  GoFunctionValue,
  GoMap,
  GoObject,
  int,
  intOf,
  listOf,
  type IntKind,
  type Value,
} from '../value.js';
import { RenderBudget } from './budget.js';
import { Evaluator } from './evaluator.js';
import { TemplateSet, type TemplateSetOptions } from './template-set.js';

/** A struct with methods, as Go's tests have one. */
class Thing extends GoObject {
  readonly type = '*template.T';
  readonly kind = 'ptr';

  override fields(): readonly (readonly [string, Value])[] {
    return [
      ['True', true],
      ['I', int(17)],
      ['U16', intOf('uint16', 16)],
      ['X', 'x'],
      ['S', 'xyz'],
      ['U', new Inner()],
      ['SI', listOf('[]int', [int(3), int(4), int(5)])],
      ['SIEmpty', listOf('[]int', [])],
      ['SB', listOf('[]bool', [true, false])],
      [
        'MSI',
        new GoMap(
          'map[string]int',
          [
            ['one', int(1)],
            ['two', int(2)],
            ['three', int(3)],
          ],
          int(0),
        ),
      ],
      ['MSIone', new GoMap('map[string]int', [['one', int(1)]], int(0))],
      ['MSIEmpty', new GoMap('map[string]int', [], int(0))],
      ['SMSI', [new Map([['one', int(1)]]), new Map([['eleven', int(11)]])]],
      ['Empty0', null],
      ['Empty1', int(3)],
      ['Empty2', 'empty2'],
      ['Empty3', listOf('[]int', [int(7), int(8)])],
      ['Str', new Stringer('foozle')],
      ['BinaryFunc', callable('BinaryFunc', ['string', 'string'], ([a, b]) => `[${text(a)}=${text(b)}]`)],
      ['VariadicFunc', callable('VariadicFunc', ['...string'], (args) => `<${args.map(text).join('+')}>`)],
    ];
  }

  override method(name: string): GoFunction | undefined {
    return METHODS.get(name);
  }
}

class Inner extends GoObject {
  readonly type = '*template.U';
  readonly kind = 'ptr';

  override fields(): readonly (readonly [string, Value])[] {
    return [['V', 'v']];
  }

  override method(name: string): GoFunction | undefined {
    return name === 'TrueFalse' ? fn(name, ['bool'], ([value]) => (value === true ? 'true' : '')) : undefined;
  }
}

class Stringer extends GoObject {
  readonly type = '*bytes.Buffer';
  readonly kind = 'ptr';

  constructor(private readonly text: string) {
    super();
  }

  override toText(): string {
    return this.text;
  }
}

const text = (value: Value | undefined): string => sprint([value ?? null]);

const callable = (name: string, signature: string[], call: (args: Value[]) => Value): GoFunctionValue =>
  new GoFunctionValue(fn(name, signature, call));

const METHODS = functionMap([
  fn('Method0', [], () => 'M0'),
  fn('Method1', ['int'], ([a = null]) => a),
  fn('Method2', ['uint16', 'string'], ([a, b]) => `Method2: ${text(a)} ${text(b)}`),
  fn('Method3', ['interface {}'], ([a]) => `Method3: ${text(a)}`),
  fn('GetU', [], () => new Inner()),
  fn('MyError', ['bool'], ([fails]) => {
    if (fails === true) throw new Error('my error');
    return false;
  }),
]);

const functions = functionMap([
  fn('add', ['...int'], (args) => int(args.reduce((sum: bigint, item) => sum + BigInt(text(item)), 0n))),
  fn('die', [], () => {
    throw new Error('die');
  }),
  fn('echo', ['interface {}'], ([value = null]) => value),
  fn(
    'makemap',
    ['...string'],
    (args) =>
      new Map([
        [text(args[0]), args[1] ?? ''],
        [text(args[2]), args[3] ?? ''],
      ]),
  ),
  fn('mapOfThree', [], () => new Map([['three', int(3)]])),
  fn('oneArg', ['string'], ([a]) => `oneArg=${text(a)}`),
  fn('twoArgs', ['string', 'string'], ([a, b]) => `twoArgs=${text(a)}${text(b)}`),
  fn('dddArg', ['int', '...string'], () => 'dddArg'),
  fn('returnInt', [], () => int(7)),
  fn('valueString', ['string'], ([value]) => `value is ignored: ${text(value)}`),
  fn('zeroArgs', [], () => 'zeroArgs'),
  fn('typeOf', ['interface {}'], ([value = null]) => typeName(value)),
  fn('include', ['string', 'interface {}'], ([name, data = null], context) =>
    context.include(text(name), data),
  ),
  fn('tpl', ['string', 'interface {}'], ([source, data = null], context) => context.tpl(text(source), data)),
]);

const typeName = (value: Value): string => (typeof value === 'number' ? 'float64' : (value as GoObject).type);

function render(source: string, data: Value, options?: TemplateSetOptions): string {
  const set = new TemplateSet(functions, { missingKey: 'default', ...options });
  set.add('t', source);
  const environment = { random: (length: number) => new Uint8Array(length), now: () => 0n };
  return new Evaluator(set, { environment, budget: new RenderBudget() }).execute('t', data).text;
}

const thing = new Thing();

describe('what renders', () => {
  it.each<[string, string, Value]>([
    ['', '', null],
    ['some text', 'some text', null],
    // Constants.
    ['{{typeOf 3}}', 'int', null],
    ['{{typeOf 1.0}}', 'float64', null],
    ['{{typeOf 1e1}}', 'float64', null],
    ['{{typeOf 1i}}', 'complex128', null],
    ['{{typeOf 0x7fffffffffffffff}}', 'int', null],
    // Fields of structs and maps.
    ['-{{.X}}-', '-x-', thing],
    ['-{{.U.V}}-', '-v-', thing],
    ['{{.MSI.one}}', '1', thing],
    ['{{.MSI.two}}', '2', thing],
    ['{{.MSI.NO}}', '<no value>', thing],
    // Dots of all kinds.
    ['<{{.}}>', '<13>', int(13)],
    ['<{{.}}>', '<14>', intOf('uint', 14)],
    ['<{{.}}>', '<15.1>', 15.1],
    ['<{{.}}>', '<true>', true],
    ['<{{.}}>', '<(16.2-17i)>', new GoComplex(16.2, -17)],
    ['<{{.}}>', '<hello>', 'hello'],
    ['<{{.}}>', '<[-1 -2 -3]>', listOf('[]int', [int(-1), int(-2), int(-3)])],
    ['<{{.}}>', '<map[two:22]>', new Map([['two', int(22)]])],
    // Variables.
    ['{{$}}', '123', int(123)],
    ['{{$.I}}', '17', thing],
    ['{{$.U.V}}', 'v', thing],
    ['{{$x := $.U.V}}{{$x}}', 'v', thing],
    ['{{$x := 2}}{{$x = 3}}{{$x}}', '3', thing],
    ['{{$x := 2}}{{if true}}{{$x = 3}}{{end}}{{$x}}', '3', thing],
    ['{{$x := 1}}{{if true}}{{$x := 2}}{{if true}}{{$x = 3}}{{end}}{{end}}{{$x}}', '1', thing],
    // String methods and nil.
    ['{{.Str}}', 'foozle', thing],
    ['{{.Empty0}}', '<no value>', thing],
    ['{{.Empty1}}', '3', thing],
    ['{{.Empty2}}', 'empty2', thing],
    ['{{.Empty3}}', '[7 8]', thing],
    ['{{.foo}}', '<no value>', null],
    ['{{(.).foo}}', '<no value>', null],
    ['{{(1)}}', '1', null],
    // Methods.
    ['-{{.Method0}}-', '-M0-', thing],
    ['-{{.Method1 1234}}-', '-1234-', thing],
    ['-{{.Method1 .I}}-', '-17-', thing],
    ['-{{.Method2 3 .X}}-', '-Method2: 3 x-', thing],
    ['-{{.Method2 .U16 `str`}}-', '-Method2: 16 str-', thing],
    ['{{if $x := .X}}-{{$.Method2 $.U16 $x}}{{end}}-', '-Method2: 16 x-', thing],
    ['-{{.Method3 nil}}-', '-Method3: <nil>-', thing],
    ['{{if $x := .}}-{{$x.Method2 .U16 $x.X}}{{end}}-', '-Method2: 16 x-', thing],
    [
      '{{range .MSIone}}{{if $.U.TrueFalse $.True}}{{$.U.TrueFalse $.True}}{{else}}WRONG{{end}}{{end}}',
      'true',
      thing,
    ],
    ['{{range .MSIone}}{{$.GetU.TrueFalse $.True}}{{end}}', 'true', thing],
    ['{{with $x := .}}{{with .SI}}{{$.GetU.TrueFalse $.True}}{{end}}{{end}}', 'true', thing],
    ['{{.MyError false}}', 'false', thing],
    // call.
    ['{{call .BinaryFunc `1` `2`}}', '[1=2]', thing],
    ['{{call .VariadicFunc}}', '<>', thing],
    ['{{call .VariadicFunc `he` `llo`}}', '<he+llo>', thing],
    ['{{ if .BinaryFunc}}{{call .BinaryFunc `1` `2`}}{{end}}', '[1=2]', thing],
    ['{{ if not .BinaryFunc}}{{call .BinaryFunc `1` `2`}}{{else}}No{{end}}', 'No', thing],
    // Pipelines and parentheses.
    ['-{{.Method0 | .Method2 .U16}}-', '-Method2: 16 M0-', thing],
    ['-{{call .VariadicFunc `llo` | call .VariadicFunc `he` }}-', '-<he+<llo>>-', thing],
    ['{{printf `%d %d %d` (1) (2 | add 3) (add 4 (add 5 6))}}', '1 5 15', thing],
    ['{{($).X}}', 'x', thing],
    ['{{($.GetU).V}}', 'v', thing],
    ['{{($ | echo).X}}', 'x', thing],
    ['{{(makemap "up" "down" "left" "right").left}}', 'right', thing],
    // if.
    ['{{if true}}TRUE{{end}}', 'TRUE', thing],
    ['{{if false}}TRUE{{else}}FALSE{{end}}', 'FALSE', thing],
    ['{{if 1}}NON-ZERO{{else}}ZERO{{end}}', 'NON-ZERO', thing],
    ['{{if 0}}NON-ZERO{{else}}ZERO{{end}}', 'ZERO', thing],
    ['{{if 1.5}}NON-ZERO{{else}}ZERO{{end}}', 'NON-ZERO', thing],
    ['{{if 0.0}}NON-ZERO{{else}}ZERO{{end}}', 'ZERO', thing],
    ['{{if 1.5i}}NON-ZERO{{else}}ZERO{{end}}', 'NON-ZERO', thing],
    ['{{if 0i}}NON-ZERO{{else}}ZERO{{end}}', 'ZERO', thing],
    ['{{if ``}}NON-EMPTY{{else}}EMPTY{{end}}', 'EMPTY', thing],
    ['{{if `notempty`}}NON-EMPTY{{else}}EMPTY{{end}}', 'NON-EMPTY', thing],
    ['{{if .SIEmpty}}NON-EMPTY{{else}}EMPTY{{end}}', 'EMPTY', thing],
    ['{{if .SI}}NON-EMPTY{{else}}EMPTY{{end}}', 'NON-EMPTY', thing],
    ['{{if .MSIEmpty}}NON-EMPTY{{else}}EMPTY{{end}}', 'EMPTY', thing],
    ['{{if .MSI}}NON-EMPTY{{else}}EMPTY{{end}}', 'NON-EMPTY', thing],
    ['{{if .MSI.none}}NON-ZERO{{else}}ZERO{{end}}', 'ZERO', thing],
    ['{{if not .MSI.none}}ZERO{{else}}NON-ZERO{{end}}', 'ZERO', thing],
    ['{{if $x := true}}{{with $y := .I}}{{$x}},{{$y}}{{end}}{{end}}', 'true,17', thing],
    ['{{if $x := true}}{{with $x := .I}}{{$x}},{{end}}{{$x}}{{end}}', '17,true', thing],
    ['{{if false}}FALSE{{else if true}}TRUE{{end}}', 'TRUE', thing],
    ['{{if eq 1 3}}1{{else if eq 2 3}}2{{else if eq 3 3}}3{{end}}', '3', thing],
    // print.
    ['{{print "hello, print"}}', 'hello, print', thing],
    ['{{print 1 2 3}}', '1 2 3', thing],
    ['{{print nil}}', '<nil>', thing],
    ['{{println 1 2 3}}', '1 2 3\n', thing],
    ['{{printf "%04x" 127}}', '007f', thing],
    ['{{printf "%g" 3.5}}', '3.5', thing],
    ['{{printf "%g" 1+7i}}', '(1+7i)', thing],
    ['{{printf "%s" "hello"}}', 'hello', thing],
    ['{{printf "%#q" zeroArgs}}', '`zeroArgs`', thing],
    ['{{printf "%s" .U.V}}', 'v', thing],
    ['{{printf "%s" .Method0}}', 'M0', thing],
    ['{{with .I}}{{printf "%d" .}}{{end}}', '17', thing],
    ['{{with $x := .I}}{{printf "%d" $x}}{{end}}', '17', thing],
    ['{{printf "%d %s %g %s" 127 "hello" 7-3i .Method0}}', '127 hello (7-3i) M0', thing],
    // Escapes.
    [
      '{{html "<script>alert(\\"XSS\\");</script>"}}',
      '&lt;script&gt;alert(&#34;XSS&#34;);&lt;/script&gt;',
      null,
    ],
    ['{{printf "<b>%s</b>" "\'" | html}}', '&lt;b&gt;&#39;&lt;/b&gt;', null],
    ['{{html .Empty0}}', '&lt;no value&gt;', thing],
    ['{{js .}}', "It\\'d be nice.", "It'd be nice."],
    [
      '{{js "<a href=\\"x\\">&\\n\\u2028é"}}',
      '\\u003Ca href\\u003D\\"x\\"\\u003E\\u0026\\u000A\\u2028é',
      null,
    ],
    ['{{"http://www.example.org/"|urlquery}}', 'http%3A%2F%2Fwww.example.org%2F', null],
    ['{{urlquery "a b+é~"}}', 'a+b%2B%C3%A9~', null],
    // Booleans.
    ['{{not true}} {{not false}}', 'false true', null],
    ['{{and false 0}} {{and 1 0}} {{and 0 true}} {{and 1 1}}', 'false 0 0 1', null],
    ['{{or 0 0}} {{or 1 0}} {{or 0 true}} {{or 1 1}}', '0 1 true 1', null],
    ['{{or 0 1 (die)}}', '1', null],
    ['{{and 1 0 (die)}}', '0', null],
    ['{{1 | and 1}}', '1', null],
    ['{{0 | and 1}}', '0', null],
    ['{{1 | or 0}}', '1', null],
    ['{{0 | or 0}}', '0', null],
    ['{{and 1 .Unknown}}', '<no value>', null],
    ['{{or 0 .Unknown}}', '<no value>', null],
    ['{{if and true 1 `hi`}}TRUE{{else}}FALSE{{end}}', 'TRUE', thing],
    ['{{if and true 1 `hi` | not}}TRUE{{else}}FALSE{{end}}', 'FALSE', null],
    ['{{if true | not | and 1}}TRUE{{else}}FALSE{{end}}', 'FALSE', null],
    ['{{or .SI "slice is empty"}}', '[3 4 5]', thing],
    ['{{or .SIEmpty "slice is empty"}}', 'slice is empty', thing],
    // index, slice, len.
    ['{{index .SI 0}}', '3', thing],
    ['{{index .SI 1}}', '4', thing],
    ['{{index .MSI `one`}}', '1', thing],
    ['{{index .MSI `XXX`}}', '0', thing],
    ['{{index .MSI ``}}', '0', thing],
    ['{{index .SMSI 1 `eleven`}}', '11', thing],
    ['{{index .Empty3 0}}', '7', thing],
    ['{{index "abc" 1}}', '98', null],
    ['{{slice .SI}}', '[3 4 5]', thing],
    ['{{slice .SI 1}}', '[4 5]', thing],
    ['{{slice .SI 1 2}}', '[4]', thing],
    ['{{slice .SI 1 2 3}}', '[4]', thing],
    ['{{slice .S}}', 'xyz', thing],
    ['{{slice .S 0 1}}', 'x', thing],
    ['{{slice .S 1}}', 'yz', thing],
    ['{{slice .S 1 2}}', 'y', thing],
    ['{{slice .Empty3 0 1}}', '[7]', thing],
    ['{{len .SI}}', '3', thing],
    ['{{len .MSI }}', '3', thing],
    ['{{len .Empty3}}', '2', thing],
    ['{{len "日本"}}', '6', null],
    // with.
    ['{{with true}}{{.}}{{end}}', 'true', thing],
    ['{{with false}}{{.}}{{else}}FALSE{{end}}', 'FALSE', thing],
    ['{{with 1}}{{.}}{{else}}ZERO{{end}}', '1', thing],
    ['{{with 0}}{{.}}{{else}}ZERO{{end}}', 'ZERO', thing],
    ['{{with 1.5i}}{{.}}{{else}}ZERO{{end}}', '(0+1.5i)', thing],
    ['{{with ``}}{{.}}{{else}}EMPTY{{end}}', 'EMPTY', thing],
    ['{{with .SI}}{{.}}{{else}}EMPTY{{end}}', '[3 4 5]', thing],
    ['{{with .MSIone}}{{.}}{{else}}EMPTY{{end}}', 'map[one:1]', thing],
    ['{{with $x := .I}}{{$x}}{{end}}', '17', thing],
    ['{{with $x := $}}{{$x.U.V}}{{end}}', 'v', thing],
    ['{{with $x := $}}{{$y := $.U.V}}{{$y}}{{end}}', 'v', thing],
    ['{{with 0}}{{.}}{{else with true}}{{.}}{{end}}', 'true', thing],
    ['{{with 0}}{{.}}{{else with false}}{{.}}{{else with `notempty`}}{{.}}{{end}}', 'notempty', thing],
    // range.
    ['{{range .SI}}-{{.}}-{{end}}', '-3--4--5-', thing],
    ['{{range .SIEmpty}}-{{.}}-{{end}}', '', thing],
    ['{{range .SIEmpty}}-{{.}}-{{else}}EMPTY{{end}}', 'EMPTY', thing],
    ['{{range .SI}}-{{.}}-{{break}}NOTREACHED{{else}}EMPTY{{end}}', '-3-', thing],
    ['{{range .SI}}-{{.}}-{{continue}}NOTREACHED{{else}}EMPTY{{end}}', '-3--4--5-', thing],
    ['{{range .SI}}{{range $.SB}}{{.}}{{break}}{{end}}{{.}},{{end}}', 'true3,true4,true5,', thing],
    ['{{range .SB}}-{{.}}-{{end}}', '-true--false-', thing],
    ['{{range .MSI}}-{{.}}-{{end}}', '-1--3--2-', thing],
    ['{{range .MSIEmpty}}-{{.}}-{{else}}EMPTY{{end}}', 'EMPTY', thing],
    ['{{range .Empty3}}-{{.}}-{{else}}EMPTY{{end}}', '-7--8-', thing],
    ['{{range .Empty0}}-{{.}}-{{end}}', '', thing],
    ['{{range $x := .SI}}<{{$x}}>{{end}}', '<3><4><5>', thing],
    ['{{range $x, $y := .SI}}<{{$x}}={{$y}}>{{end}}', '<0=3><1=4><2=5>', thing],
    ['{{range $x := .MSIone}}<{{$x}}>{{end}}', '<1>', thing],
    ['{{range $x, $y := .MSIone}}<{{$x}}={{$y}}>{{end}}', '<one=1>', thing],
    ['{{range $x := .SI}}<{{$foo:=$x}}{{$x}}>{{end}}', '<3><4><5>', thing],
    ['{{range $v := 5}}{{printf "%T%d" $v $v}}{{end}}', 'int0int1int2int3int4', null],
    ['{{range $v := 0}}{{print $v}}{{else}}empty{{end}}', 'empty', null],
    ['{{$i := 0}}{{$x := 0}}{{range $i = .SI}}{{end}}{{$i}}', '5', thing],
    ['{{$k := 0}}{{$v := 0}}{{range $k, $v = .SI}}{{$k}}={{$v}} {{end}}', '0=3 1=4 2=5 ', thing],
    ['{{range $i, $e := .SIEmpty}}{{else}}{{$e}}{{end}}', '[]', thing],
    // Numbers.
    ['{{print 1234}}', '1234', null],
    ['{{print 12_34}}', '1234', null],
    ['{{print 0b101}}', '5', null],
    ['{{print 0b_1_0_1}}', '5', null],
    ['{{print 0B101}}', '5', null],
    ['{{print 0377}}', '255', null],
    ['{{print 0o377}}', '255', null],
    ['{{print 0o_3_7_7}}', '255', null],
    ['{{print 0O377}}', '255', null],
    ['{{print 0x123}}', '291', null],
    ['{{print 0x1_23}}', '291', null],
    ['{{print 0X123ABC}}', '1194684', null],
    ['{{print 123.4}}', '123.4', null],
    ['{{print 0_0_1_2_3.4}}', '123.4', null],
    ['{{print +0x1.ep+2}}', '7.5', null],
    ['{{print +0x_1.e_0p+0_2}}', '7.5', null],
    ['{{print +0X1.EP+2}}', '7.5', null],
    ['{{print 1_2_3_4 7.5_00_00_00}}', '1234 7.5', null],
    ['{{print 1234 0x0_1.e_0p+02}}', '1234 7.5', null],
    ["{{print 'a' '\\n' '\\u65e5'}}", '97 10 26085', null],
    ['{{printf `%T` 0xef}}', 'int', null],
    ["{{eq . '.'}}", 'true', intOf('int32', 46)],
    // Old bugs of Go.
    ['{{range .MSIone}}{{if $.Method1 .}}X{{end}}{{end}}', 'X', thing],
    ['{{with $}}{{.Method0}}{{end}}', 'M0', thing],
    ['{{if .Empty0}}non-nil{{else}}nil{{end}}', 'nil', thing],
    ['{{.cause}}', 'neglect', new Map([['cause', 'neglect']])],
    ['{{mapOfThree.three}}-{{(mapOfThree).three}}', '3-3', null],
    ['{{print (.GetU).V}}', 'v', thing],
    ['{{"aaa" |twoArgs "bbb"}}', 'twoArgs=bbbaaa', null],
    ['{{"aaa"|oneArg}}', 'oneArg=aaa', null],
    ['{{1+2i|printf "%v"}}', '(1+2i)', null],
    ['{{"aaa"|printf }}', 'aaa', null],
    // Comparison.
    ['{{eq true true}}{{eq true false}}', 'truefalse', null],
    ['{{eq 1+2i 1+2i}}{{eq 1.5 1.5}}{{eq 1 1}}{{eq `xy` `xy`}}', 'truetruetruetrue', null],
    ['{{eq 3 4 5 6 3}}{{eq 3 4 5 6 7}}', 'truefalse', null],
    ['{{ne 1 2}}{{lt 1 2}}{{le 2 2}}{{gt 2.5 1.5}}{{ge `b` `a`}}', 'truetruetruetruetrue', null],
    ['{{eq .Empty0 .Empty0}}{{eq .Empty0 1}}{{ne nil nil}}', 'truefalsefalse', thing],
    ['{{eq .U16 16}}{{lt .U16 17}}{{gt 17 .U16}}', 'truetruetrue', thing],
    // Templates in templates.
    ['{{define "x"}}[{{.}}]{{end}}{{template "x" 1}}{{template "x"}}', '[1][<no value>]', null],
    ['{{block "x" .I}}({{.}}){{end}}', '(17)', thing],
    ['{{define "x"}}{{$}}{{end}}{{$y := 1}}{{template "x" $y}}', '1', null],
    ['{{define "x"}}{{.}}!{{end}}{{include "x" 3 | printf "%s%s" "a"}}', 'a3!', null],
    ['{{tpl "{{.X}}-{{define \\"q\\"}}Q{{end}}{{include \\"q\\" .}}" .}}', 'x-Q', thing],
    ['{{tpl "a{{.nothing}}b" (makemap "a" "b" "c" "d")}}', 'ab', null],
    // Trimming and comments.
    ['x \n {{- 3 -}} \n y', 'x3y', null],
    ['x {{- /* hi */ -}} y', 'xy', null],
    ['{{/* a\nb */}}{{3 -}}\n{{- 4}}', '34', null],
  ])('%s gives %s', (source, expected, data) => {
    expect(render(source, data)).toBe(expected);
  });

  it.each<IntKind>([
    'int',
    'int8',
    'int16',
    'int32',
    'int64',
    'uint',
    'uint8',
    'uint16',
    'uint32',
    'uint64',
    'uintptr',
  ])('ranges over a number of type %s', (kind) => {
    const body = '{{range $v := .}}{{printf "%T%d " $v $v}}{{end}}';
    expect(render(body, intOf(kind, 3))).toBe(`${kind}0 ${kind}1 ${kind}2 `);
  });

  it('uses other delimiters', () => {
    expect(render('<<.>> {{.}}', int(1), { delimiters: { left: '<<', right: '>>' } })).toBe('1 {{.}}');
  });

  it('gives Helm zero values for missing keys, and an error when strict', () => {
    const data = new GoMap('map[string]string', [['a', 'x']], '');
    expect(render('[{{.b}}]', data, { missingKey: 'zero' })).toBe('[]');
    expect(() => render('{{.b}}', data, { missingKey: 'error' })).toThrow('map has no entry for key "b"');
    expect(() => render('{{.b.c}}', null, { missingKey: 'error' })).toThrow('nil data; no entry for key "b"');
  });
});

describe('what fails', () => {
  it.each<[string, string, Value]>([
    ['{{nil}}', 'nil is not a command', null],
    ['{{typeOf 0x8000000000000000}}', '0x8000000000000000 overflows int', null],
    ['{{.unexported}}', "can't evaluate field unexported in type *template.T", thing],
    ['{{.MSI.one 1}}', 'one is not a method but has arguments', thing],
    ['{{.X 1}}', 'X has arguments but cannot be invoked as function', thing],
    ['{{1 2}}', "can't give argument to non-function 1", null],
    ['{{(1) 2}}', "can't give argument to non-function 1", null],
    ['{{call nil}}', 'error calling call: call of nil', thing],
    ['{{call}}', 'wrong number of args for call: want at least 1 got 0', thing],
    ['{{1 | call}}', 'error calling call: non-function', thing],
    ['{{.Method1}}', 'wrong number of args for Method1: want 1 got 0', thing],
    ['{{.Method1 1 2}}', 'wrong number of args for Method1: want 1 got 2', thing],
    ['{{.Method1 `x`}}', 'expected integer; found `x`', thing],
    ['{{.Method1 1.5}}', 'expected integer; found 1.5', thing],
    ['{{.Method1 nil}}', 'cannot assign nil to int', thing],
    ['{{.Method2 -1 `x`}}', 'expected unsigned integer; found -1', thing],
    ['{{.Method1 .X}}', 'wrong type for value; expected int; got string', thing],
    ['{{.Method1 .Empty0}}', 'wrong type for value; expected int; got interface {}', thing],
    ['{{.MyError true}}', 'error calling MyError: my error', thing],
    ['{{or 0 0 (die)}}', 'error calling die: die', null],
    ['{{and 1 1 (die)}}', 'error calling die: die', null],
    ['{{index .SI 10}}', 'error calling index: index out of range: 10', thing],
    ['{{index .SI 3}}', 'error calling index: reflect: slice index out of range', thing],
    ['{{index .SI `hello`}}', 'error calling index: cannot index slice/array with type string', thing],
    ['{{index .SI nil}}', 'error calling index: cannot index slice/array with nil', thing],
    ['{{index .MSI nil}}', 'error calling index: value is nil; should be of type string', thing],
    ['{{index .MSI 10}}', 'error calling index: value has type int; should be string', thing],
    ['{{index nil 1}}', 'error calling index: index of untyped nil', thing],
    ['{{index 1 1}}', "error calling index: can't index item of type int", thing],
    ['{{slice .SI -1}}', 'error calling slice: index out of range: -1', thing],
    ['{{slice .SI 1 -2}}', 'error calling slice: index out of range: -2', thing],
    ['{{slice .SI 2 1}}', 'error calling slice: invalid slice index: 2 > 1', thing],
    ['{{slice .SI 2 2 1}}', 'error calling slice: invalid slice index: 2 > 1', thing],
    ['{{slice .SI 4 5}}', 'error calling slice: index out of range: 4', thing],
    ['{{slice .S 1 5}}', 'error calling slice: index out of range: 5', thing],
    ['{{slice .S 1 2 2}}', 'error calling slice: cannot 3-index slice a string', thing],
    ['{{slice .I}}', "error calling slice: can't slice item of type int", thing],
    ['{{len 3}}', 'error calling len: len of type int', thing],
    ['{{len .Empty0}}', 'error calling len: len of nil pointer', thing],
    ['{{if nil}}TRUE{{end}}', 'nil is not a command', thing],
    ['{{range "text"}}{{end}}', "range can't iterate over text", null],
    ['{{range 1.5}}{{end}}', "range can't iterate over 1.5", null],
    ['{{range $a, $b := 3}}{{end}}', "can't use 3 to iterate over more than one variable", null],
    ['{{3 2}}', "can't give argument to non-function 3", null],
    ['{{$x := 1}}{{$x 2}}', "can't give argument to non-function $x", null],
    ['{{$x := 1}}{{3 | $x}}', "can't give argument to non-function $x", null],
    ['{{3|oneArg}}', 'wrong type for value; expected string; got int', null],
    ['{{4|dddArg 3}}', 'wrong type for value; expected string; got int', null],
    ['{{(nil).True}}', 'nil is not a command', null],
    ['{{$x := nil}}{{$x.anything}}', 'nil is not a command', null],
    ['{{$x := (1.0)}}{{$x.anything}}', "can't evaluate field anything in type float64", null],
    ['{{valueString returnInt}}', 'wrong type for value; expected string; got int', null],
    ['{{true|printf}}', 'wrong type for value; expected string; got bool', null],
    ["{{'x'|printf}}", 'wrong type for value; expected string; got int', null],
    ['{{0i|printf}}', 'wrong type for value; expected string; got complex128', null],
    ['{{true|twoArgs "xxx"}}', 'wrong type for value; expected string; got bool', null],
    ['{{eq 1}}', 'error calling eq: missing argument for comparison', null],
    ['{{eq 1 1.5}}', 'error calling eq: incompatible types for comparison: int and float64', null],
    ['{{eq .MSI .MSI}}', 'error calling eq: non-comparable type', thing],
    ['{{lt true false}}', 'error calling lt: invalid type for comparison', null],
    ['{{lt 1 `x`}}', 'error calling lt: incompatible types for comparison: int and string', null],
    ['{{template "none"}}', 'template "none" not defined', null],
    [
      '{{include "none" 1}}',
      'error calling include: template: no template "none" associated with template "gotpl"',
      null,
    ],
    ['{{tpl "{{" .}}', 'cannot parse template "{{": template: gotpl:1: unclosed action', null],
    [
      '{{tpl "{{die}}" .}}',
      'error during tpl function execution for "{{die}}": template: gotpl:1:2: executing',
      null,
    ],
    ['{{.BinaryFunc}}', "can't print {{.BinaryFunc}} of type func()", thing],
  ])('%s: %s', (source, message, data) => {
    expect(() => render(source, data)).toThrow(message);
  });

  it('tells template, place and source of the fault, through every level', () => {
    const source = '{{define "inner"}}\n  {{ .a.b }}\n{{end}}x\n {{ include "inner" . }}';
    const data = new Map<string, Value>([['a', null]]);
    expect(() => render(source, data)).toThrow(
      'template: t:4:4: executing "t" at <include "inner" .>: error calling include: ' +
        'template: t:2:7: executing "inner" at <.a.b>: nil pointer evaluating interface {}.b',
    );
  });

  it('carries the place of the first cause', () => {
    const source = 'é{{define "inner"}}\n  é{{ .a.b }}\n{{end}}{{ include "inner" . }}';
    expect.assertions(1);
    try {
      render(source, new Map<string, Value>([['a', null]]));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ExecutionError', file: 't', line: 2, column: 10 });
    }
  });

  it('stops templates that include themselves as Helm does', () => {
    const source = '{{define "a"}}{{include "a" .}}{{end}}{{include "a" .}}';
    expect(() => render(source, null)).toThrow(/nested|deep/);
  });
});
