package main

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/program"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

func initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "write a first program from manifests",
		UsageText: "zt init [flags] [MANIFEST...]",
		Reads:     cli.Files,
		Description: "zt init                           # a template with comments\n" +
			"zt init manifests/ -o shop.zt     # from workloads, and what names them\n" +
			"kustomize build | zt init -       # as they are deployed\n\n" +
			"A comment on each edge names its evidence. Review each line: manifests do not\n" +
			"show every connection, and may show some that you do not need.",
		Flags: []cli.Flag{
			cli.Output("write the program to the file `PATH`, or to standard output, -"),
			cli.String("namespace", "the `NAMESPACE` of objects that name none", "default", ""),
		},
		Action: initialize,
	}
}

//go:embed init.zt
var template string

func initialize(c *cli.Context) error {
	args := c.Args().Slice()
	if len(args) == 0 {
		return cli.WriteResult(c, func(w io.Writer) error { _, err := io.WriteString(w, template); return err })
	}
	files, err := load.ManifestFiles(args, c.App.Reader)
	if err != nil {
		return err
	}
	namespace := c.String("namespace")
	inv, diags := inventory.ReadEvidence(files, namespace)
	if err := cli.Findings(c, diags); err != nil {
		return err
	}
	if !slices.ContainsFunc(inv.Workloads, func(w inventory.Workload) bool { return len(w.Labels) > 0 && !w.HostNetwork }) {
		none := diag.New(diag.UnreadableManifest, source.Span{File: files[0]}, "there is no workload whose pods have labels").
			WithHelp("give Deployments, StatefulSets and other workloads, with the Services that select them")
		if len(inv.Policies) > 0 {
			none = none.WithHelp("to start from these NetworkPolicies, use `zt import`; `zt init` needs workloads")
		}
		return cli.Findings(c, diag.List{none})
	}
	text, err := program.Init(inv, namespace, strings.Join(args, " "))
	if err != nil {
		return err
	}
	if err := compiles(c, string(text), namespace); err != nil {
		return err
	}
	return cli.WriteResult(c, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// compiles checks a program that zt wrote: a mistake in it is one of zt.
func compiles(c *cli.Context, text, namespace string) error {
	const name = "init.zt"
	input := compiler.Input{Path: name, Name: name, Text: &text}
	_, diags, err := emit.Build(fstest.MapFS{}, []compiler.Input{input}, emit.Options{Options: compiler.Options{DefaultNamespace: namespace}})
	if err == nil && diags.Errors() > 0 {
		if err = cli.Findings(c, diags); err != nil {
			err = fmt.Errorf("the program that zt wrote has errors; this is a bug in zt, please report it")
		}
	}
	return err
}
