package main

import (
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/cmd/zt/internal/lsp"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

func lspCommand() *cli.Command {
	return &cli.Command{
		Name:      "lsp",
		Usage:     "run the language server, which editors start",
		UsageText: "zt lsp [flags]",
		Description: "zt lsp                       # what an editor runs\n" +
			"zt lsp --manifests deploy/   # completes and checks with these workloads, too\n\n" +
			"The server reads and writes the Language Server Protocol on standard input and\n" +
			"output. The program of an open file is the .zt files of its folder with what\n" +
			"they import.",
		Flags: append([]cli.Flag{
			command.ManifestsFlag("check and complete with workloads, Services and Namespaces"),
		}, command.BuildFlags()...),
		Action: cli.AtMost(0, serve),
	}
}

func serve(c *cli.Context) error {
	info, _ := debug.ReadBuildInfo()
	build, err := command.EmitOptions(c, manifest.FormatYAML, false)
	if err != nil {
		return err
	}
	options := lsp.Options{Options: build, Version: originOf(info).Version}
	values := cli.ValuesOf(c, "manifests")
	if slices.ContainsFunc(values, load.ReadsStdin) {
		return cli.Usagef("--manifests cannot be standard input, which has the editor's messages; name a file or a directory")
	}
	if len(values) > 0 {
		options.Manifests = func() (*inventory.Inventory, diag.List, error) { return evidence(c) }
	}
	if !lsp.Serve(c.App.Reader, c.App.Writer, c.App.ErrWriter, options) {
		return cli.ErrFindings // as the protocol demands
	}
	return nil
}

// evidence reads the manifests, with whole paths as names: an editor opens them.
func evidence(c *cli.Context) (*inventory.Inventory, diag.List, error) {
	groups, err := command.ManifestGroups(c)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range groups {
		for i, f := range g.Files {
			whole, err := filepath.Abs(f.Name)
			if err != nil {
				return nil, nil, err
			}
			g.Files[i] = source.NewFile(filepath.ToSlash(whole), f.Text)
		}
	}
	inv, diags := inventory.ReadGroupsEvidence(groups)
	return inv, diags, nil
}
