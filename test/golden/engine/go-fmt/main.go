// Writes what Go's fmt prints for many formats and values: the golden file of fmt.golden.spec.ts.
// Run: go run main.go > ../go-fmt.json
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
)

type value struct {
	Type string `json:"type"`
	Text string `json:"text"`
	arg  any
}

type row struct {
	Format string   `json:"format"`
	Out    []string `json:"out"`
}

func main() {
	values := []value{
		{"int", "0", 0}, {"int", "7", 7}, {"int", "-42", -42}, {"int", "65", 65}, {"int", "128512", 128512},
		{"int64", "9223372036854775807", int64(math.MaxInt64)}, {"int64", "-9223372036854775808", int64(math.MinInt64)},
		{"uint8", "200", uint8(200)}, {"uint64", "18446744073709551615", uint64(math.MaxUint64)},
		{"float64", "0", 0.0}, {"float64", "-0", math.Copysign(0, -1)}, {"float64", "1", 1.0}, {"float64", "-2.5", -2.5},
		{"float64", "3.14159265358979", 3.14159265358979}, {"float64", "1234567", 1234567.0}, {"float64", "100000", 100000.0},
		{"float64", "1000000", 1000000.0}, {"float64", "1e21", 1e21}, {"float64", "1e-7", 1e-7}, {"float64", "0.000123", 0.000123},
		{"float64", "123456789.125", 123456789.125}, {"float64", "5e-324", 5e-324}, {"float64", "1.7976931348623157e308", math.MaxFloat64},
		{"float64", "Infinity", math.Inf(1)}, {"float64", "-Infinity", math.Inf(-1)}, {"float64", "NaN", math.NaN()},
		{"float64", "0.5", 0.5}, {"float64", "1.5", 1.5}, {"float64", "2.675", 2.675}, {"float64", "0.15", 0.15},
		{"string", "", ""}, {"string", "abc", "abc"}, {"string", "h\u00e9llo \u65e5", "h\u00e9llo \u65e5"},
		{"string", "a\"b\\c\n\t\x00\u007f", "a\"b\\c\n\t\x00\u007f"}, {"string", "it's `raw`", "it's `raw`"}, {"string", "\U0001F600", "\U0001F600"},
		{"bool", "true", true}, {"bool", "false", false}, {"nil", "", nil},
		{"list", `[1,"a",null,true,[2.5]]`, []any{1.0, "a", nil, true, []any{2.5}}},
		{"map", `{"b":{"x":null},"a":1}`, map[string]any{"b": map[string]any{"x": nil}, "a": 1.0}},
		{"strings", `["x","y z"]`, []string{"x", "y z"}},
		{"bytes", "hi\u00e9", []byte("hi\u00e9")},
	}
	flags := []string{"", "+", "-", " ", "0", "#", "+#", "-0", "+0", "# ", "5", "08", "+08", "10.3", ".0", ".1", ".3", "012.4", "+.2"}
	verbs := []string{"v", "d", "s", "q", "x", "X", "f", "e", "g", "G", "t", "c", "U", "b", "o", "O", "T", "F", "E"}
	var rows []row
	add := func(format string) {
		r := row{Format: format}
		for _, v := range values {
			r.Out = append(r.Out, fmt.Sprintf(format, v.arg))
		}
		rows = append(rows, r)
	}
	for _, verb := range verbs {
		for _, flag := range flags {
			add("%" + flag + verb)
		}
	}
	for _, format := range []string{"%", "%%", "100%", "%z", "%!", "%5%", "no verb", "%s %s", "%[1]v %[1]T", "%[2]v", "%[x]v", "%*d", "%-*s|", "%.*f", "%[1]*d", "%v %", "%é", "%w", "%.[1]*f", "%[1]", "%+q", "%#q", "%x %X"} {
		add(format)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	fmt.Println(`{"values":`)
	encoder.Encode(values)
	fmt.Println(`,"rows":[`)
	for i, r := range rows {
		if i > 0 {
			fmt.Print(",")
		}
		encoder.Encode(r)
	}
	fmt.Println("]}")
}
