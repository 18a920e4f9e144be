// Package cli is zt's command line: arguments, flags, help, completion, and the streams that
// commands write to. It hides the library that parses flags, except for the types below.
package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/grammar/diag/render"
	"github.com/zt-lang/zt/grammar/safe"
)

// The types of the library that commands use.
type (
	Context = urfave.Context
	Flag    = urfave.Flag
)

// Command is one command of zt.
type Command struct {
	Name        string
	Usage       string // what it does, in a few words
	UsageText   string // how to call it
	Description string // examples and, after an empty line, notes
	Flags       []Flag
	Arguments   []string // what the argument can be, if that is a fixed few
	Reads       Values   // the files that arguments name: Programs or Files
	Hidden      bool     // help does not show it
	Action      func(*Context) error
}

// The exit codes.
const (
	ExitOK       = 0
	ExitFindings = 1 // the input has errors, or the answer is no or undecided
	ExitUsage    = 2 // wrong usage, or a file that cannot be read or written
)

func newApp(commands []*Command) *urfave.App {
	app := &urfave.App{
		Name:            "zt",
		HideVersion:     true, // there is `zt version`
		HideHelp:        true, // Run prints help
		HideHelpCommand: true, // "help" may be the name of a folder
		// Run reports errors, in one place.
		ExitErrHandler: func(*urfave.Context, error) {},
		OnUsageError:   func(_ *urfave.Context, err error, _ bool) error { return err },
	}
	for _, c := range commands {
		app.Commands = append(app.Commands, &urfave.Command{
			Name: c.Name, UsageText: c.UsageText, Flags: c.flags(), Action: c.Action,
			HideHelp: true, HideHelpCommand: true,
		})
	}
	return app
}

// flags returns a command's flags, with those that every command has.
func (c *Command) flags() []Flag {
	return append(c.Flags[:len(c.Flags):len(c.Flags)], Choice("color", "`WHEN` to colour diagnostics", "auto", "always", "never"))
}

// find returns the command of a name, or nil.
func find(commands []*Command, name string) *Command {
	if i := slices.IndexFunc(commands, func(c *Command) bool { return c.Name == name }); i >= 0 {
		return commands[i]
	}
	return nil
}

// Run executes a command line and returns its exit code. Results go to stdout, everything
// else to stderr.
func Run(commands []*Command, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := &checkedWriter{w: stdout}
	app := newApp(commands)
	app.Reader, app.Writer, app.ErrWriter = stdin, out, stderr
	if len(args) == 0 { // help, and an error: a script that lost its arguments must not go on
		io.WriteString(stderr, help(commands))
		return ExitUsage
	}
	args, err := normalizeArgs(commands, args)
	switch {
	case err != nil:
	case args[0] == "--help":
		_, err = io.WriteString(out, help(commands))
	case args[1] == "--help":
		_, err = io.WriteString(out, commandHelp(find(commands, args[0])))
	default:
		err = app.Run(append([]string{app.Name}, args...))
	}
	if (err == nil || errors.Is(err, ErrFindings)) && out.err != nil {
		err = fmt.Errorf("cannot write the result: %w", out.err)
	}
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, ErrFindings):
		return ExitFindings
	}
	text := safe.Text(message(err))
	if columns := width(stderr); columns > 0 {
		text = render.Indent(text, columns, len("zt: "), len("zt: "))
	}
	fmt.Fprintf(stderr, "zt: %s\n", text)
	return ExitUsage
}

// checkedWriter remembers the first error, so that a full disk or a closed pipe is never success.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if err != nil && c.err == nil {
		c.err = err
	}
	return n, err
}
