package main

import (
	"os"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/diag/render"
)

func colorFlag() cli.Flag {
	return choice("color", "`WHEN` to colour diagnostics", "auto", "always", "never")
}

// report shows diagnostics on standard error: with source lines on a terminal, a line
// each elsewhere.
func report(c *cli.Context, list diag.List) error {
	switch when := c.String("color"); {
	case when == "always":
		return render.Terminal(c.App.ErrWriter, list, true)
	case isTerminal(c.App.ErrWriter):
		color := when == "auto" && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		return render.Terminal(c.App.ErrWriter, list, color)
	}
	return render.Lines(c.App.ErrWriter, list)
}

// isTerminal reports whether a stream is a character device, as terminals are.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
