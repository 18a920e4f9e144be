package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/cmd/zt/internal/outdir"
	"github.com/zt-lang/zt/emit/manifest"
)

var formats = map[string]manifest.Format{"yaml": manifest.FormatYAML, "json": manifest.FormatJSON}

func buildCommand() *cli.Command {
	return &cli.Command{
		Name:      "build",
		Usage:     "compile a topology to manifests",
		UsageText: "zt build [flags] [INPUT...]",
		Description: "zt build shop.zt | kubectl apply -f -    # apply a topology\n" +
			"zt build -o manifests --kustomization    # of the .zt files here, a folder for kustomize\n" +
			"zt build --environment prod --strict     # one environment, for a cluster of its own",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write a file for each namespace to the folder `PATH`, or all to standard output, -", Value: "-"},
			choice("format", "`FORMAT` of the manifests", "yaml", "json"),
			stageFlag(),
			&cli.BoolFlag{Name: "kustomization", Usage: "write a kustomization.yaml too, with -o", DisableDefaultText: true},
		}, topologyFlags()...),
		Action: build,
	}
}

func build(c *cli.Context) error {
	format, output := formats[c.String("format")], c.String("output")
	if c.Bool("kustomization") && output == "-" {
		return usagef("--kustomization needs a folder to write to: -o DIR")
	}
	if err := checkFolder(output); err != nil {
		return err
	}
	result, err := compile(c)
	if err != nil {
		return err
	}
	write := manifest.Files[*networkingv1.NetworkPolicy]
	if output == "-" {
		write = manifest.Stream[*networkingv1.NetworkPolicy]
	}
	var files []manifest.File
	if result.ok() {
		if files, err = result.lower(c.String("layout"), format, write); err != nil {
			return err
		}
	}
	if err := report(c, result.diags); err != nil {
		return err
	}
	if !result.ok() {
		return errNo
	}
	if output == "-" {
		return writeStream(c.App.Writer, files)
	}
	return writeFolder(output, files, c.Bool("kustomization"))
}

// writeStream writes files one behind the other.
func writeStream(w io.Writer, files []manifest.File) error {
	for _, f := range files {
		if _, err := w.Write(f.Data); err != nil {
			return err
		}
	}
	return nil
}

// checkFolder refuses an --output that is a file, or is named as if it were to be one.
func checkFolder(dir string) error {
	const which = "-o names a folder, which gets a file for each namespace; without -o there is one stream, on standard output"
	info, err := os.Stat(dir)
	switch {
	case dir == "-":
		return nil
	case err == nil && !info.IsDir():
		return usagef("%s is a file: %s", dir, which)
	case errors.Is(err, fs.ErrNotExist) && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(dir)):
		return usagef("%s looks like a file: %s", dir, which)
	}
	return nil
}

func writeFolder(dir string, files []manifest.File, kustomization bool) error {
	if len(files) == 0 {
		// Most likely a broken pipe into -: not a reason to remove every policy.
		return fmt.Errorf("nothing to write to %s: the program governs no namespace", dir)
	}
	if kustomization {
		var err error
		if files, err = manifest.WithKustomization(files); err != nil {
			return err
		}
	}
	if err := outdir.Write(dir, files); err != nil {
		return unwritten(dir, err)
	}
	return nil
}
