package cli

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/grammar/diag/render"
)

// Reference is where the language is documented.
const Reference = "https://github.com/zt-lang/zt/blob/main/grammar/README.md"

const helpWidth = 80

// What help says of every command.
const (
	aboutInputs = `An INPUT is a .zt file, a directory (its .zt files), or - for standard input.
The default is the current directory. Several inputs form one program.`
	exitCodes = `0 success; 1 the input has errors, or the answer is no or undecided;
2 wrong usage, or a file that cannot be read or written.`
)

// shown returns the commands that help shows.
func shown(commands []*Command) []*Command {
	return slices.DeleteFunc(slices.Clone(commands), func(c *Command) bool { return c.Hidden })
}

// help returns what `zt --help` prints.
func help(commands []*Command) string {
	var b strings.Builder
	b.WriteString("zt: a small topology language for Kubernetes NetworkPolicies\n\n" +
		"Usage:\n   zt COMMAND [flags] [INPUT...]\n\nCommands:\n")
	for _, c := range shown(commands) {
		fmt.Fprintf(&b, "   %-12s %s\n", c.Name, c.Usage)
	}
	b.WriteString("\n" + aboutInputs + "\n\nExit codes: " + exitCodes + "\n" + `
Run ` + "`zt COMMAND --help`" + ` for details, and ` + "`zt explain TOPIC`" + ` for the language.
Language reference: ` + Reference + "\n")
	return b.String()
}

// commandHelp returns what `zt COMMAND --help` prints.
func commandHelp(c *Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "zt %s: %s\n\nUsage:\n   %s\n\nFlags:\n", c.Name, c.Usage, c.UsageText)
	flags := c.shownFlags()
	column := 0
	for _, f := range flags {
		column = max(column, len(signature(f)))
	}
	column += 5 // the margin, and two spaces
	for _, f := range flags {
		fmt.Fprintf(&b, "   %-*s", column-3, signature(f))
		b.WriteString(strings.Join(render.Wrap(description(f), helpWidth-column), "\n"+strings.Repeat(" ", column)) + "\n")
	}
	examples, notes := c.details()
	if examples != "" {
		b.WriteString("\nExamples:\n   " + strings.ReplaceAll(examples, "\n", "\n   ") + "\n")
	}
	if notes != "" {
		b.WriteString("\n" + notes + "\n")
	}
	return b.String()
}

// details returns a command's examples, one a line, and the notes on it.
func (c *Command) details() (examples, notes string) {
	examples, notes, _ = strings.Cut(c.Description, "\n\n")
	return examples, notes
}

// shownFlags returns the flags that help shows.
func (c *Command) shownFlags() []Flag { return append(c.flags(), Bool("help", "show this help", "h")) }

// signature returns a flag with its value's placeholder, as in "-o, --output PATH".
func signature(f Flag) string {
	names := f.Names()
	s := dash(names[0])
	for _, short := range names[1:] {
		s = dash(short) + ", " + s
	}
	if v, ok := f.(*ValueFlag); ok {
		return s + " " + v.placeholder()
	}
	return s
}

// description returns a flag's usage and default.
func description(f Flag) string {
	usage := strings.ReplaceAll(f.(urfave.DocGenerationFlag).GetUsage(), "`", "")
	if v, ok := f.(*ValueFlag); ok && v.Value != "" {
		return fmt.Sprintf("%s (default: %s)", usage, v.Value)
	}
	return usage
}
