package cli

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/zt-lang/zt/cmd/zt/internal/replace"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/diag/render"
	"github.com/zt-lang/zt/grammar/safe"
)

// Report writes diagnostics to standard error: with source lines on a terminal, otherwise one
// line each.
func Report(c *Context, list diag.List) error {
	style := render.Style{Width: width(c.App.ErrWriter)}
	switch when := c.String("color"); {
	case when == "always":
		style.Color = true
		return render.Terminal(c.App.ErrWriter, list, style)
	case IsTerminal(c.App.ErrWriter):
		style.Color = when == "auto" && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		return render.Terminal(c.App.ErrWriter, list, style)
	}
	return render.Lines(c.App.ErrWriter, list)
}

// Findings reports diagnostics; errors among them end the command.
func Findings(c *Context, list diag.List) error {
	if err := Report(c, list); err != nil {
		return err
	}
	if list.Errors() > 0 {
		return ErrFindings
	}
	return nil
}

// Success writes a line to standard error if that is a terminal: someone is looking.
func Success(c *Context, format string, args ...any) {
	if IsTerminal(c.App.ErrWriter) {
		fmt.Fprintf(c.App.ErrWriter, format+"\n", args...)
	}
}

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width returns the columns of a terminal, or 0 if the stream is none.
func width(stream any) int {
	f, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// WriteResult writes a command's result to --output, as write finds it. A file is replaced as a whole.
func WriteResult(c *Context, write func(io.Writer) error) error {
	path := c.String("output")
	if path == "-" {
		return write(c.App.Writer)
	}
	if err := replace.FileBy(path, write); err != nil {
		return Unwritten(path, err)
	}
	return nil
}

// Answer writes a command's answer as WriteResult does. If the answer is not yes, it returns
// ErrFindings.
func Answer(c *Context, yes bool, write func(io.Writer) error) error {
	err := WriteResult(c, write)
	if err == nil && !yes {
		err = ErrFindings
	}
	return err
}

// WriteJSON writes a value as indented JSON.
func WriteJSON(w io.Writer, value any) error {
	_, err := w.Write(append(safe.JSON(value, ""), '\n'))
	return err
}
