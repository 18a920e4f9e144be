package main

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

// sampleApp has a command with a flag of each kind.
func sampleApp() *cli.App {
	return &cli.App{Commands: []*cli.Command{
		{Name: "build", Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}},
			&cli.BoolFlag{Name: "strict"},
			choice("format", "form", "yaml", "json"),
			choices("target", "targets", "one", "two"),
		}},
		{Name: "version"},
	}}
}

func TestArrange(t *testing.T) {
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
		{"build --strict -- -- a", "build --strict -- -- a"},
		{"build a --help --nonsense", "build --help"},
		{"build -h", "build --help"},
		{"build -- --help", "build -- --help"},
		{"help", "--help"},
		{"--help build", "--help"},
		{"help version", "version --help"},
		{"--version", "version --"},
		{"-v", "version --"},
	}
	for _, test := range tests {
		got, err := arrange(sampleApp(), strings.Fields(test.line))
		if err != nil {
			t.Errorf("%s: %v", test.line, err)
		}
		if d := cmp.Diff(test.want, strings.Join(got, " ")); d != "" {
			t.Errorf("%s:\n%s", test.line, d)
		}
	}
}

func TestArrangeRefuses(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"biuld"}, `unknown command "biuld"; did you mean "build"?`},
		{[]string{"xyz"}, `unknown command "xyz"; the commands are build, version`},
		{[]string{""}, `unknown command ""; the commands are build, version`},
		{[]string{"-"}, `unknown command "-"; the commands are build, version`},
		{[]string{"--strict", "build"}, "unknown flag --strict; flags stand behind the command, and `zt --help` lists the commands"},
		{[]string{"build", "--strct"}, "zt build has no flag --strct; did you mean --strict?"},
		{[]string{"build", "--Strict"}, "zt build has no flag --Strict; did you mean --strict?"},
		{[]string{"build", "-strict"}, "zt build has no flag -strict; did you mean --strict?"},
		{[]string{"build", "---strict"}, "zt build has no flag ---strict; did you mean --strict?"},
		{[]string{"build", "-oout"}, "zt build has no flag -oout; it has --help, --output, --strict, --format, --target"},
		{[]string{"build", "--=x"}, "zt build has no flag --; it has --help, --output, --strict, --format, --target"},
		{[]string{"build", "--output"}, "--output needs a value"},
		{[]string{"build", "-o", "--strict"}, "--output needs a value"},
		{[]string{"build", "-o", ""}, "--output needs a value"},
		{[]string{"build", "-o", "--", "a"}, "--output needs a value"},
		{[]string{"build", "--strict=true"}, "--strict takes no value"},
		{[]string{"build", "--strict", "--strict"}, "--strict is given twice"},
		{[]string{"build", "-o", "a", "--output", "a"}, "--output is given twice"},
		{[]string{"build", "--format", "jason"}, `--format cannot be "jason"; did you mean json? It is one of yaml, json`},
		{[]string{"build", "--format", "YAML"}, `--format cannot be "YAML"; did you mean yaml? It is one of yaml, json`},
		{[]string{"build", "--format", "yaml,json"}, `--format cannot be "yaml,json"; it is one of yaml, json`},
		{[]string{"build", "--target", "one,"}, `--target cannot be ""; it is one of one, two`},
		{[]string{"version", "--output", "x"}, "zt version has no flag --output; it has --help"},
	}
	for _, test := range tests {
		got, err := arrange(sampleApp(), test.args)
		if err == nil {
			t.Errorf("%q is taken for %q", test.args, got)
			continue
		}
		if d := cmp.Diff(test.want, err.Error()); d != "" {
			t.Errorf("%q:\n%s", test.args, d)
		}
	}
}

// However it is mistreated, a command line ends with one of the exit codes.
func FuzzRun(f *testing.F) {
	for _, line := range []string{"", "check - --format json", "fmt -\x00--diff", "build --format\x00-", "completion zsh", "explain ZT101", "help help"} {
		f.Add(line, "tier a, b by role\na -> b :80\n")
	}
	f.Fuzz(func(t *testing.T, line, program string) {
		args := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == 0 })
		for i, a := range args {
			if !isFlag(a) && i > 0 {
				args[i] = "-" // no other file is read or written
			}
			if name, _, assigned := strings.Cut(a, "="); assigned {
				args[i] = name + "=-"
			}
		}
		if len(args) == 1 {
			args = append(args, "-")
		}
		if code := run(args, strings.NewReader(program), io.Discard, io.Discard); code < exitOK || code > exitUsage {
			t.Errorf("%q: exit code %d", args, code)
		}
	})
}

// Every command says what it is, and each flag; a flag means one thing everywhere.
func TestCommandsAreDescribed(t *testing.T) {
	app := newApp()
	for _, c := range app.Commands {
		if c.Usage == "" || !strings.HasPrefix(c.UsageText, "zt "+c.Name) || c.Action == nil {
			t.Errorf("%s: %q, %q", c.Name, c.Usage, c.UsageText)
		}
		if flagOf(c, "--color") == nil {
			t.Errorf("%s has no --color", c.Name)
		}
		for _, f := range c.Flags {
			if f.(cli.DocGenerationFlag).GetUsage() == "" {
				t.Errorf("%s %s says nothing of itself", c.Name, f.Names()[0])
			}
			switch f.(type) {
			case *cli.StringFlag, *cli.BoolFlag, *choiceFlag:
			default:
				t.Errorf("%s %s is a %T, which checkValue does not know", c.Name, f.Names()[0], f)
			}
		}
	}
}
