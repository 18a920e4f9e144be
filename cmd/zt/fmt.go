package main

import (
	"bytes"
	"fmt"
	"io/fs"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/cmd/zt/internal/outfile"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

func fmtCommand() *cli.Command {
	return &cli.Command{
		Name:      "fmt",
		Usage:     "rewrite .zt files in the canonical form",
		UsageText: "zt fmt [flags] [INPUT...]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "check", Usage: "change nothing, list the files that would change, and exit with 1 if there are any"},
			&cli.BoolFlag{Name: "diff", Usage: "change nothing, and show what would change"},
			colorFlag(),
		},
		Action: formatInputs,
	}
}

func formatInputs(c *cli.Context) error {
	in, err := inputs(c.Args().Slice(), c.App.Reader)
	if err != nil {
		return err
	}
	var diags diag.List
	changed := false
	for _, i := range in {
		old, err := textOf(i)
		if err != nil {
			return err
		}
		formatted, problems, err := format.Source(source.NewFile(i.Name, string(old)))
		if err != nil {
			return err
		}
		diags = append(diags, problems...)
		if problems.Errors() > 0 {
			continue
		}
		differs := !bytes.Equal(old, formatted)
		changed = changed || differs
		if err := put(c, i, old, formatted, differs); err != nil {
			return err
		}
	}
	if err := report(c, diags); err != nil {
		return err
	}
	if diags.Errors() > 0 || c.Bool("check") && changed {
		return errNo
	}
	return nil
}

// put does with a formatted file what the flags say.
func put(c *cli.Context, in compiler.Input, old, formatted []byte, differs bool) error {
	check, diff := c.Bool("check"), c.Bool("diff")
	var err error
	if check && differs {
		_, err = fmt.Fprintln(c.App.Writer, in.Name)
	}
	if diff && differs && err == nil {
		_, err = c.App.Writer.Write(format.Diff(in.Name, old, formatted))
	}
	switch {
	case check || diff || err != nil:
		return err
	case in.Text != nil:
		_, err = c.App.Writer.Write(formatted)
		return err
	case differs:
		return outfile.Replace(in.Name, formatted)
	}
	return nil
}

func textOf(in compiler.Input) ([]byte, error) {
	if in.Text != nil {
		return []byte(*in.Text), nil
	}
	return fs.ReadFile(root, in.Path)
}
