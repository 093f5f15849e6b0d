/** Templates made to hang, crash or fill the memory. */

const DOUBLING = '{{ range 60 }}{{ $x = printf "%s%s" $x $x }}{{ end }}';

/** Each with what it tries. Dot has a text `t` that runs itself, and a `bomb` of YAML. */
export const HOSTILE_TEMPLATES: readonly (readonly [string, string])[] = [
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
  ['a list of lists that doubles', '{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ $l }}'],
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
  ['a giant list', '{{ until 100000000 | len }}'],
  ['many large lists', '{{ $x := list }}{{ range 1000 }}{{ $x = append $x (until 100000) }}{{ end }}'],
  ['many small lists', '{{ $x := list }}{{ range 1000000 }}{{ $x = append $x (list 1 2 3 4) }}{{ end }}'],
  [
    'lists joined again and again',
    '{{ $x := until 100000 }}{{ range 1000 }}{{ $x = concat $x $x }}{{ end }}',
  ],
  [
    'a map of everything',
    '{{ $d := dict }}{{ range $i := 9000000 }}{{ $_ := set $d (toString $i) (dict "a" $i) }}{{ end }}',
  ],
  [
    'a text cut into characters',
    '{{ $x := repeat 60000000 "a" }}{{ splitList "" $x | len }}{{ fail "cut" }}',
  ],
  ['a text cut into a map', '{{ $x := repeat 30000000 "a," }}{{ split "," $x | len }}{{ fail "cut" }}'],
  ['a giant text in upper case', '{{ $x := repeat 60000000 "é" }}{{ upper $x | len }}{{ fail "done" }}'],
  ['a giant text in snake case', '{{ $x := repeat 30000000 "aB" }}{{ snakecase $x | len }}{{ fail "done" }}'],
  [
    'a giant text that is no UTF-8',
    String.raw`{{ $x := repeat 60000000 "\xff" }}{{ upper $x | len }}{{ trunc 9000000 $x | len }}{{ fail "done" }}`,
  ],
  ['a giant text wrapped', '{{ $x := repeat 9000000 "word " }}{{ wrap 3 $x | len }}{{ fail "done" }}'],
  [
    'a giant text quoted',
    '{{ $x := repeat 60000000 "é" }}{{ quote $x | len }}{{ printf "%q" $x | len }}{{ fail "done" }}',
  ],
  [
    'a giant text in a map',
    String.raw`{{ $x := dict "a" (repeat 60000000 "é\n") }}{{ toYaml $x | len }}{{ toJson $x | len }}{{ fail "done" }}`,
  ],
  ['giant YAML', String.raw`{{ repeat 9000000 "- a\n" | fromYamlArray | len }}{{ fail "read" }}`],
  ['giant JSON', '{{ printf "[%s1]" (repeat 9000000 "{},") | fromJsonArray | len }}{{ fail "read" }}'],
  ['a giant text for tpl', '{{ tpl (repeat 9000000 "{{ 1 }}") . | len }}'],
  [
    'all matches of a giant text',
    '{{ regexFindAll "." (repeat 60000000 "x") -1 | len }}{{ fail "matched" }}',
  ],
];

const NINE = Array.from('abcdefghi');

/** Each list holds the one before nine times. */
const BOMB = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...NINE.map((name, i) => {
    const next = String.fromCharCode(name.charCodeAt(0) + 1);
    return `${next}: &${next} [${NINE.map(() => `*${NINE[i]}`).join(', ')}]`;
  }),
].join('\n');

export const HOSTILE_VALUES = { t: '{{ tpl .t . }}', bomb: `${BOMB}\n` };
