package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/grammar/diag/render"
)

// The exit codes.
const (
	exitOK    = 0
	exitNo    = 1 // the input has errors, or the answer is no
	exitUsage = 2 // wrong usage, or a file that cannot be read or written
)

// commands are what zt can do; a new one is a file and a line here.
func commands() []*cli.Command {
	return []*cli.Command{
		buildCommand(),
		checkCommand(),
		whyCommand(),
		reachCommand(),
		diffCommand(),
		verifyCommand(),
		fmtCommand(),
		kustomizeCommand(),
		explainCommand(),
		preludeCommand(),
		completionCommand(),
		versionCommand(),
	}
}

func newApp() *cli.App {
	all := commands()
	for _, c := range all {
		c.HideHelpCommand = true // "help" may be the name of a folder
		c.CustomHelpTemplate = commandTemplate
		c.Flags = append(c.Flags, colorFlag())
	}
	return &cli.App{
		Name:            "zt",
		Usage:           "a small topology language for Kubernetes NetworkPolicies",
		UsageText:       "zt COMMAND [flags] [INPUT...]",
		HideVersion:     true, // `zt version` it is
		HideHelpCommand: true,
		Commands:        all,
		// Errors are returned and shown by run, in one place.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   func(_ *cli.Context, err error, _ bool) error { return err },
		Description: "An INPUT is a .zt file, a directory (the .zt files in it), or - for standard input;\n" +
			"without any it is the current directory. Several inputs are one topology.\n\n" +
			"Exit codes: 0 fine; 1 the input has errors, or the answer is no; 2 wrong usage, or\n" +
			"a file that cannot be read or written.",
		CustomAppHelpTemplate: helpTemplate,
	}
}

const commandTemplate = `zt {{.Name}}: {{.Usage}}

Usage:
   {{.UsageText}}

Flags:{{range .VisibleFlags}}
   {{.}}{{end}}
{{with .Description}}
Examples:{{nindent 3 .}}
{{end}}`

const helpTemplate = `{{.Name}}: {{.Usage}}

Usage:
   {{.UsageText}}

Commands:{{range .VisibleCommands}}
   {{printf "%-12s" .Name}} {{.Usage}}{{end}}

{{.Description}}

` + "`zt COMMAND --help` says more of a command.\n"

// run executes a command line and returns its exit code. Results go to
// stdout, everything else to stderr.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := &checkedWriter{w: stdout}
	app := newApp()
	app.Reader, app.Writer, app.ErrWriter = stdin, out, stderr
	if len(args) == 0 { // help, and an error: a script that forgot the command must not go on
		app.Writer = stderr
		app.Run([]string{app.Name, "--help"})
		return exitUsage
	}
	args, err := arrange(app, args)
	if err == nil {
		err = app.Run(append([]string{app.Name}, args...))
	}
	if err == nil || errors.Is(err, errNo) {
		if out.err != nil {
			err = fmt.Errorf("cannot write the result: %w", out.err)
		}
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNo):
		return exitNo
	}
	fmt.Fprintf(stderr, "zt: %s\n", render.Plain(message(err)))
	return exitUsage
}

// checkedWriter remembers that something could not be written, so that a full
// disk or a closed pipe never looks like success.
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
