package main

import (
	"io"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/emit/evidence"
	"github.com/zt-lang/zt/emit/flows"
	"github.com/zt-lang/zt/emit/inventory"
	"github.com/zt-lang/zt/grammar/diag"
)

// onlyOneStdin refuses a command line that would read standard input more than once.
func onlyOneStdin(c *cli.Context) error {
	from := []string{c.String("manifests"), c.String("flows")}
	if args := c.Args().Slice(); slices.Contains(args, stdinArg) {
		from = append(from, stdinArg) // an input counts once, however often it is named
	}
	if len(slices.DeleteFunc(from, func(s string) bool { return s != stdinArg })) > 1 {
		return usagef("only one of the inputs can come from standard input")
	}
	return nil
}

// hold reports what manifests and observed connections show of a topology. What
// is wrong with them is reported even where there is no topology to hold against them.
func (r *compiled) hold(c *cli.Context) error {
	var inv *inventory.Inventory
	if path := c.String("manifests"); path != "" {
		read, diags, err := loadManifests(c, []string{path})
		if err != nil {
			return err
		}
		if diags.Errors() == 0 {
			inv = read
		}
		if inv != nil && r.topology != nil {
			diags = append(diags, evidence.Check(r.topology, inv)...)
		}
		r.add(diags, c.Bool("strict"))
	}
	if path := c.String("flows"); path != "" {
		name, log, diags, err := loadFlows(path, c.App.Reader)
		if err != nil {
			return err
		}
		if log != nil && r.topology != nil {
			diags = flows.Check(r.topology, log, name, inv)
		}
		r.add(diags, c.Bool("strict"))
	}
	return nil
}

// loadFlows reads an export of Hubble. The error is of a file that cannot be
// read; what is wrong with its content is reported.
func loadFlows(path string, stdin io.Reader) (name string, log *flows.Log, diags diag.List, err error) {
	name, in := path, stdin
	if path == stdinArg {
		name = stdinName
	} else {
		f, err := os.Open(path)
		if err != nil {
			return name, nil, nil, err
		}
		defer f.Close()
		in = f
	}
	log, diags, err = flows.ReadHubble(name, in)
	return name, log, diags, err
}
