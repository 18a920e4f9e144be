package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sample has a command with a flag of each kind.
func sample() []*Command {
	return []*Command{
		{Name: "build", UsageText: "zt build [INPUT...]", Flags: []Flag{
			Output("path"),
			Bool("strict", "strict"),
			Choice("format", "form", "yaml", "json"),
			Choices("target", "targets", "one", "two"),
			String("environment", "environment", "", Environments),
		}},
		{Name: "version"},
		{Name: "secret", Hidden: true},
	}
}

func TestNormalize(t *testing.T) {
	tests := []struct{ line, want string }{
		{"build", "build --"},
		{"build a b", "build -- a b"},
		{"build -", "build -- -"},
		{"build --strict a --output out b", "build --strict --output=out -- a b"},
		{"build a b -o out --strict", "build --output=out --strict -- a b"},
		{"build -o=out a", "build --output=out -- a"},
		{"build a --output -", "build --output=- -- a"},
		{"build - -o -", "build --output=- -- -"},
		{"build --output=-dashed", "build --output=-dashed --"},
		{"build --output=a=b", "build --output=a=b --"},
		{"build --format json --target two,one", "build --format=json --target=two,one --"},
		{"build a -- --strict -x --", "build -- a --strict -x --"},
		{"build --target two --target one", "build --target=two --target=two\x00one --"},
		{"build --strict -- -- a", "build --strict -- -- a"},
		{"build a --help --nonsense", "build --help"},
		{"build -h", "build --help"},
		{"build -- --help", "build -- --help"},
		{"help", "--help"},
		{"--help build", "build --help"},
		{"-h build", "build --help"},
		{"--help build a --strict", "build --help"},
		{"-h --strict", "--help"},
		{"build a -h", "build --help"},
		{"help version", "version --help"},
		{"--version", "version --"},
		{"-v", "version --"},
	}
	for _, test := range tests {
		got, err := normalizeArgs(sample(), strings.Fields(test.line))
		if err != nil {
			t.Errorf("%s: %v", test.line, err)
		}
		if d := cmp.Diff(test.want, strings.Join(got, " ")); d != "" {
			t.Errorf("%s:\n%s", test.line, d)
		}
	}
}

func TestNormalizeRefuses(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"biuld"}, `unknown command "biuld"; did you mean "build"?`},
		{[]string{"xyz"}, `unknown command "xyz"; the commands are build, version`},
		{[]string{""}, `unknown command ""; the commands are build, version`},
		{[]string{"-"}, `unknown command "-"; the commands are build, version`},
		{[]string{"--strict", "build"}, "unknown flag --strict; flags come after the command, and `zt --help` lists the commands"},
		{[]string{"build", "--strct"}, "zt build has no flag --strct; did you mean --strict?"},
		{[]string{"build", "--Strict"}, "zt build has no flag --Strict; did you mean --strict?"},
		{[]string{"build", "-strict"}, "zt build has no flag -strict; did you mean --strict?"},
		{[]string{"build", "---strict"}, "zt build has no flag ---strict; did you mean --strict?"},
		{[]string{"build", "-oout"}, "zt build has no flag -oout; it has --help, --output, --strict, --format, --target, --environment, --color"},
		{[]string{"build", "--=x"}, "zt build has no flag --; it has --help, --output, --strict, --format, --target, --environment, --color"},
		{[]string{"build", "--output"}, "--output needs a value"},
		{[]string{"build", "-o", "--strict"}, "--output needs a value"},
		{[]string{"build", "-o", ""}, "--output needs a value"},
		{[]string{"build", "-o", "--", "a"}, "--output needs a value"},
		{[]string{"build", "--target", "one,one"}, "--target names one twice"},
		{[]string{"build", "--target", "one", "--target", "one"}, "--target names one twice"},
		{[]string{"build", "--strict=true"}, "--strict takes no value"},
		{[]string{"build", "--strict", "--strict"}, "--strict is given twice"},
		{[]string{"build", "-o", "a", "--output", "a"}, "--output is given twice"},
		{[]string{"build", "--format", "jason"}, `--format cannot be "jason"; did you mean json? It is one of yaml, json`},
		{[]string{"build", "--format", "YAML"}, `--format cannot be "YAML"; did you mean yaml? It is one of yaml, json`},
		{[]string{"build", "--format", "yaml,json"}, `--format cannot be "yaml,json"; it is one of yaml, json`},
		{[]string{"build", "--target", "one,"}, `--target cannot be ""; it is one of one, two`},
		{[]string{"build", "-o", "yaml"}, "-o is where the result goes; for the format, write `--format yaml` (for a path of that name, `-o ./yaml`)"},
		{[]string{"build", "--json"}, "zt build has no flag --json; write `--format json`"},
		{[]string{"build", "-f", "a.zt"}, "zt build has no flag -f; inputs need no flag: zt build [INPUT...]"},
		{[]string{"build", "--env", "prod"}, "zt build has no flag --env; did you mean --environment?"},
		{[]string{"version", "--env", "prod"}, "zt version has no flag --env; it has --help, --color"},
		{[]string{"help", "secrt"}, `unknown command "secrt"; the commands are build, version`},
		{[]string{"lint"}, `unknown command "lint"; to find mistakes, use ` + "`zt check`"},
		{[]string{"Apply"}, `unknown command "Apply"; zt contacts no cluster: use ` + "`zt build | kubectl apply -f -`"},
		{[]string{"version", "--output", "x"}, "zt version has no flag --output; it has --help, --color"},
	}
	for _, test := range tests {
		got, err := normalizeArgs(sample(), test.args)
		if err == nil {
			t.Errorf("%q is read as %q", test.args, got)
			continue
		}
		if d := cmp.Diff(test.want, err.Error()); d != "" {
			t.Errorf("%q:\n%s", test.args, d)
		}
	}
}
