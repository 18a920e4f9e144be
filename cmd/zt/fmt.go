package main

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/cmd/zt/internal/replace"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
)

func fmtCommand() *cli.Command {
	return &cli.Command{
		Name:      "fmt",
		Usage:     "rewrite .zt files in the canonical form",
		UsageText: "zt fmt [flags] [INPUT...]",
		Reads:     cli.Programs,
		Description: "zt fmt                 # the .zt files here, in place\n" +
			"zt fmt --check --diff  # for a pipeline: show what would change, and fail\n" +
			"zt fmt - <shop.zt      # to standard output",
		Flags: []cli.Flag{
			cli.Bool("check", "change nothing, list the files that would change, and exit 1 if there are any"),
			cli.Bool("diff", "change nothing, and show what would change"),
		},
		Action: formatInputs,
	}
}

// formatting is an input and its canonical form.
type formatting struct {
	compiler.Input
	old, new []byte
}

func (f *formatting) differs() bool { return !bytes.Equal(f.old, f.new) }

// formatInputs formats all inputs before it writes any: after an error, no file has changed.
func formatInputs(c *cli.Context) error {
	in, err := load.Inputs(c.Args().Slice(), c.App.Reader)
	if err != nil {
		return err
	}
	var diags diag.List
	var all []formatting
	size := 0
	for _, i := range in {
		old, err := load.Text(i)
		if err != nil {
			return err
		}
		if size += len(old); size > grammar.MaxProgram {
			return cli.Usagef("%s and the files before it have more than %d MiB; format fewer files at once", i.Name, grammar.MaxProgram>>20)
		}
		formatted, problems, err := format.Source(source.NewFile(i.Name, string(old)))
		if err != nil {
			return err
		}
		if diags = append(diags, problems...); diags.Errors() > compiler.MaxReported {
			break // nothing will be written
		}
		all = append(all, formatting{i, old, formatted})
	}
	diags.Limit(compiler.MaxReported)
	if err := cli.Findings(c, diags); err != nil {
		return err
	}
	for _, f := range all {
		if err := put(c, f); err != nil {
			return err
		}
	}
	if c.Bool("check") && slices.ContainsFunc(all, func(f formatting) bool { return f.differs() }) {
		return cli.ErrFindings
	}
	return nil
}

// put shows or writes a formatted file, as the flags say.
func put(c *cli.Context, f formatting) error {
	check, diff := c.Bool("check"), c.Bool("diff")
	if check && f.differs() {
		if _, err := fmt.Fprintln(c.App.Writer, safe.Text(f.Name)); err != nil {
			return err
		}
	}
	if diff {
		if _, err := c.App.Writer.Write(format.Diff(safe.Text(f.Name), f.old, f.new)); err != nil {
			return err
		}
	}
	switch {
	case check || diff:
		return nil
	case f.Text != nil:
		_, err := c.App.Writer.Write(f.new)
		return err
	case f.differs():
		if err := replace.File(f.Name, f.new); err != nil {
			return cli.Unwritten(f.Name, err)
		}
	}
	return nil
}
