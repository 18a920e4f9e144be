package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
)

// Every command line ends with one of the exit codes.
func FuzzRun(f *testing.F) {
	for _, line := range []string{"", "check - --format json", "fmt -\x00--diff", "build --format\x00-", "completion zsh", "explain ZT101", "help help"} {
		f.Add(line, "tier a, b by role\na -> b :80\n")
	}
	f.Fuzz(func(t *testing.T, line, program string) {
		args := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == 0 })
		for i, a := range args {
			if !strings.HasPrefix(a, "-") && i > 0 {
				args[i] = "-" // no other file is read or written
			}
			if name, _, assigned := strings.Cut(a, "="); assigned {
				args[i] = name + "=-"
			}
		}
		if len(args) == 1 {
			args = append(args, "-")
		}
		if code := run(args, strings.NewReader(program), io.Discard, io.Discard); code < cli.ExitOK || code > cli.ExitUsage {
			t.Errorf("%q: exit code %d", args, code)
		}
	})
}

// Help fits on a terminal, and describes every command and flag.
func TestHelp(t *testing.T) {
	helps := [][]string{{"--help"}}
	for _, c := range commands() {
		helps = append(helps, []string{c.Name, "--help"})
		if c.Usage == "" || !strings.HasPrefix(c.UsageText, "zt "+c.Name) || c.Action == nil {
			t.Errorf("%s: %q, %q", c.Name, c.Usage, c.UsageText)
		}
		for _, f := range c.Flags {
			if f.(interface{ GetUsage() string }).GetUsage() == "" {
				t.Errorf("%s %s has no description", c.Name, f.Names()[0])
			}
		}
	}
	for _, args := range helps {
		var out bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, io.Discard); code != cli.ExitOK {
			t.Errorf("%v: exit code %d", args, code)
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
				t.Errorf("%v: %d columns: %s", args, n, line)
			}
		}
		if !strings.Contains(out.String(), "--color") && len(args) > 1 {
			t.Errorf("%v: --color is missing:\n%s", args, out.String())
		}
	}
}
