package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/cmd/zt/internal/outdir"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/networkpolicy"
)

var formats = map[string]manifest.Format{"yaml": manifest.FormatYAML, "json": manifest.FormatJSON}

var layouts = map[string]networkpolicy.Layout{"tier": networkpolicy.ByTier, "edge": networkpolicy.ByEdge}

// targets are what a topology can be compiled for.
var targets = []string{"networkpolicy"}

func buildCommand() *cli.Command {
	return &cli.Command{
		Name:      "build",
		Usage:     "compile a topology to manifests",
		UsageText: "zt build [flags] [INPUT...]",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to the folder `PATH`, a file for each namespace; - is one stream on standard output", Value: "-"},
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` of the manifests: yaml, json", Value: "yaml"},
			&cli.StringFlag{Name: "layout", Usage: "`LAYOUT` of the objects: tier, edge", Value: "tier"},
			&cli.StringFlag{Name: "target", Usage: "`TARGET`s to compile for, separated by commas: networkpolicy", Value: "networkpolicy"},
			&cli.BoolFlag{Name: "kustomization", Usage: "write a kustomization.yaml too (with -o DIR)"},
		}, topologyFlags()...),
		Action: build,
	}
}

func build(c *cli.Context) error {
	format, err := choice(c, "format", "yaml", "json")
	if err != nil {
		return err
	}
	layout, err := choice(c, "layout", "tier", "edge")
	if err != nil {
		return err
	}
	if err := checkTargets(c.String("target")); err != nil {
		return err
	}
	output := c.String("output")
	if output == "" {
		return usagef("--output needs a folder, or - for standard output")
	}
	if c.Bool("kustomization") && output == "-" {
		return usagef("--kustomization needs a folder to write to: -o DIR")
	}
	result, err := compile(c)
	if err != nil {
		return err
	}
	var policies []*networkingv1.NetworkPolicy
	var data []byte
	if result.ok() {
		if policies, data, err = result.lower(layouts[layout], formats[format]); err != nil {
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
		_, err := c.App.Writer.Write(data)
		return err
	}
	return writeFolder(output, policies, formats[format], c.Bool("kustomization"))
}

func checkTargets(list string) error {
	for target := range strings.SplitSeq(list, ",") {
		known := false
		for _, t := range targets {
			known = known || t == strings.TrimSpace(target)
		}
		if !known {
			return usagef("there is no target %q; it is one of %s", strings.TrimSpace(target), strings.Join(targets, ", "))
		}
	}
	return nil
}

func writeFolder(dir string, policies []*networkingv1.NetworkPolicy, format manifest.Format, kustomization bool) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file; -o names a folder, which gets a file for each namespace", dir)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	files, err := manifest.Files(policies, format)
	if err != nil {
		return err
	}
	if kustomization {
		if files, err = manifest.WithKustomization(files); err != nil {
			return err
		}
	}
	return outdir.Write(dir, files)
}
