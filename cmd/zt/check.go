package main

import (
	"bytes"
	"io"

	"github.com/urfave/cli/v2"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/cmd/zt/internal/outfile"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/diag/render"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "compile a topology and say what is wrong with it",
		UsageText: "zt check [flags] [INPUT...]",
		Description: "zt check                                  # the .zt files here\n" +
			"zt check --strict shop.zt                 # warnings are errors\n" +
			"zt check --format sarif -o zt.sarif       # for code hosts; github prints annotations\n" +
			"zt check shop.zt --manifests deploy/      # against workloads, Services and Namespaces\n" +
			"hubble observe -o json | zt check shop.zt --flows -   # what was seen and would be cut",
		Flags: append([]cli.Flag{
			choice("format", "`FORMAT` of the diagnostics", "text", "json", "sarif", "github"),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write what is not text to the file `PATH`, or to standard output, -", Value: "-"},
			&cli.StringFlag{Name: "manifests", Usage: "hold the topology against the manifests in `PATH`: a file, a directory, or standard input, -"},
			&cli.StringFlag{Name: "flows", Usage: "report which of the observed connections in `PATH` would be cut: an export of Hubble, or standard input, -"},
		}, topologyFlags()...),
		Action: check,
	}
}

// diagnosticFormats are the forms in which diagnostics are a result; as text they are not.
var diagnosticFormats = map[string]func(io.Writer, diag.List) error{
	"json": render.JSON, "sarif": render.SARIF, "github": render.GitHub,
}

func check(c *cli.Context) error {
	write := diagnosticFormats[c.String("format")]
	if write == nil && c.String("output") != "-" {
		return usagef("--output is for --format json, sarif or github; text goes to standard error")
	}
	if err := onlyOneStdin(c); err != nil {
		return err
	}
	result, err := compile(c)
	if err != nil {
		return err
	}
	if err := result.hold(c); err != nil {
		return err
	}
	if result.ok() {
		if _, err := result.lower(c.String("layout"), manifest.FormatYAML, manifest.Stream[*networkingv1.NetworkPolicy]); err != nil {
			return err
		}
	}
	if write == nil {
		err = report(c, result.diags)
	} else {
		var b bytes.Buffer
		if err = write(&b, result.diags); err == nil {
			err = writeResult(c, b.Bytes())
		}
	}
	if err != nil {
		return err
	}
	if result.diags.Errors() > 0 {
		return errNo
	}
	return nil
}

// writeResult writes a command's result to where --output says.
func writeResult(c *cli.Context, data []byte) error {
	if path := c.String("output"); path != "-" {
		if err := outfile.Replace(path, data); err != nil {
			return unwritten(path, err)
		}
		return nil
	}
	_, err := c.App.Writer.Write(data)
	return err
}
