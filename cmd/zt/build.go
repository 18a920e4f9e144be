package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/replace"
	"github.com/zt-lang/zt/emit/manifest"
)

func buildCommand() *cli.Command {
	return &cli.Command{
		Name:      "build",
		Usage:     "compile a topology to manifests, and prove them",
		UsageText: "zt build [flags] [INPUT...]",
		Reads:     cli.Programs,
		Description: "zt build shop.zt | kubectl apply -f -   # apply a topology\n" +
			"zt build -o manifests --kustomization   # the .zt files here, to a folder\n" +
			"zt build --environment prod --strict    # one environment",
		Flags: append([]cli.Flag{
			cli.Output("write a file for each namespace to the folder `PATH`, or one stream to standard output, -"),
			cli.Choice("format", "`FORMAT` of the manifests", "yaml", "json"),
			command.StageFlag(),
			cli.Bool("kustomization", "with -o, also write a kustomization.yaml"),
		}, command.BuildFlags()...),
		Action: build,
	}
}

func build(c *cli.Context) error {
	output := c.String("output")
	if c.Bool("kustomization") && output == "-" {
		return cli.Usagef("--kustomization needs a folder to write to: -o DIR")
	}
	if err := checkFolder(output); err != nil {
		return err
	}
	result, diags, err := command.Build(c, command.Formats[c.String("format")], output != "-")
	if err != nil {
		return err
	}
	if err := cli.Findings(c, diags); err != nil {
		return err
	}
	if output == "-" {
		err = command.WriteStream(c.App.Writer, result.Files)
	} else {
		err = writeFolder(output, result.Files, c.Bool("kustomization"))
	}
	if err == nil {
		cli.Success(c, "%s", command.Summary(result))
	}
	return err
}

// checkFolder refuses an --output that is a file, or has a file's name.
func checkFolder(dir string) error {
	const which = "-o names a folder, which gets a file for each namespace; without -o, all goes to standard output"
	info, err := os.Stat(dir)
	switch {
	case dir == "-":
		return nil
	case err == nil && !info.IsDir():
		return cli.Usagef("%s is a file: %s", dir, which)
	case errors.Is(err, fs.ErrNotExist) && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(dir)):
		return cli.Usagef("%s looks like a file: %s", dir, which)
	}
	return nil
}

func writeFolder(dir string, files []manifest.File, kustomization bool) error {
	if len(files) == 0 {
		// Probably the command before the pipe failed: no reason to remove every policy.
		return fmt.Errorf("nothing to write to %s: the program isolates no namespace", dir)
	}
	if kustomization {
		files = manifest.WithKustomization(files)
	}
	if err := replace.Folder(dir, files); err != nil {
		return cli.Unwritten(dir, err)
	}
	return nil
}
