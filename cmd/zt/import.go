package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/cmd/zt/internal/replace"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/emit/program/policies"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
)

func importCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "write a program that permits exactly what policies permit",
		UsageText: "zt import [flags] MANIFEST...",
		Reads:     cli.Files,
		Description: "zt import policies.yaml               # to standard output\n" +
			"kubectl get networkpolicies,namespaces,deployments -A -o yaml | zt import -\n" +
			"zt import manifests/ -o topology      # a file for each namespace\n" +
			"kubectl get cnp,ccnp,namespaces,nodes -A -o yaml | zt import -\n\n" +
			"The program is compared with the policies, both ways, before it is printed.\n" +
			"If the language cannot express a policy, zt reports an error and prints nothing.",
		Flags: []cli.Flag{
			cli.Output("write a file for each namespace to the folder `PATH`, or one program to a .zt file or standard output, -"),
			cli.Bool("force", "with -o, overwrite files that exist"),
			cli.String("namespace", "the `NAMESPACE` of objects that name none", "default", ""),
		},
		Action: importPolicies,
	}
}

func importPolicies(c *cli.Context) error {
	args := c.Args().Slice()
	if len(args) == 0 {
		return cli.Usagef("which manifests to import? usage: %s", c.Command.UsageText)
	}
	sources, err := load.ManifestFiles(args, c.App.Reader)
	if err != nil {
		return err
	}
	inv, diags := inventory.Read(sources, c.String("namespace"))
	if err := cli.Findings(c, diags); err != nil {
		return err
	}
	if len(inv.Policies)+len(inv.ClusterPolicies)+len(inv.CiliumPolicies)+len(inv.Foreign) == 0 {
		none := diag.New(diag.UnreadableManifest, source.Span{File: sources[0]}, "there is no NetworkPolicy").
			WithHelp("give NetworkPolicies, or use `zt init` to start from workloads")
		return cli.Findings(c, diag.List{none})
	}
	output := c.String("output")
	perNamespace := output != "-" && filepath.Ext(output) != ".zt"
	files, diags, err := policies.Import(inv, perNamespace)
	if err != nil {
		return err
	}
	if err := cli.Findings(c, diags); err != nil {
		return err
	}
	if output == "-" {
		return cli.WriteResult(c, func(w io.Writer) error { _, err := w.Write(files[0].Text); return err })
	}
	if err := writeProgram(output, perNamespace, files, c.Bool("force")); err != nil || !perNamespace {
		return err
	}
	return noteOthers(c, output, files)
}

// writeProgram writes the files of a program, none of them over one that exists unless that is forced.
func writeProgram(output string, isFolder bool, files []policies.File, force bool) error {
	if info, err := os.Stat(output); isFolder && err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file, not a folder; for one program in a file, give a name that ends in .zt", output)
	}
	paths, existing := make([]string, len(files)), []string(nil)
	for i, f := range files {
		paths[i] = output
		if isFolder {
			paths[i] = filepath.Join(output, f.Name)
		}
		if _, err := os.Lstat(paths[i]); !errors.Is(err, fs.ErrNotExist) {
			existing = append(existing, paths[i])
		}
	}
	if len(existing) > 0 && !force {
		return fmt.Errorf("%s: file exists, and nothing was written; to overwrite it, use --force", strings.Join(existing, ", "))
	}
	if isFolder {
		if err := os.MkdirAll(output, 0o755); err != nil {
			return cli.Unwritten(output, err)
		}
	}
	for i, f := range files {
		if err := replace.File(paths[i], f.Text); err != nil {
			return cli.Unwritten(paths[i], err)
		}
	}
	return nil
}

// noteOthers names the .zt files of a folder that are not part of the new program: a command that is
// given the folder reads them too.
func noteOthers(c *cli.Context, folder string, files []policies.File) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".zt" && !slices.ContainsFunc(files, func(f policies.File) bool { return f.Name == e.Name() }) {
			fmt.Fprintf(c.App.ErrWriter, "zt: %s does not import %s, which was there before\n", files[0].Name, safe.Text(filepath.Join(folder, e.Name())))
		}
	}
	return nil
}
