package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler/cluster/flows"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/diag/render"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "report what is wrong with a topology, or with NetworkPolicies",
		UsageText: "zt check [flags] [INPUT...]",
		Reads:     cli.Files,
		Description: "zt check                            # the .zt files here\n" +
			"zt check --strict shop.zt           # warnings are errors\n" +
			"zt check --format sarif -o zt.sarif # for code hosts\n" +
			"zt check shop.zt --manifests deploy/\n" +
			"zt check policies/ deploy/          # policies and workloads, no topology\n" +
			"zt check policies/ shop=chart.yaml  # where objects without a namespace go\n" +
			"helm template shop ./chart | zt check shop.zt --manifests shop=-\n" +
			"hubble observe -o json | zt check shop.zt --flows -",
		Flags: append([]cli.Flag{
			cli.Choice("format", "`FORMAT` of the diagnostics", "text", "json", "sarif", "github"),
			cli.Output("write a format other than text to the file `PATH`, or to standard output, -"),
			command.ManifestsFlag("check the topology against workloads, Services and Namespaces"),
			cli.String("flows", "report observed connections that the topology would cut; `PATH` is an export of Hubble or Calico, or standard input, -", "", cli.Files),
		}, command.BuildFlags()...),
		Action: check,
	}
}

// diagnosticFormats are the formats in which diagnostics are a result. Text goes to standard error.
var diagnosticFormats = map[string]func(io.Writer, diag.List) error{
	"json": render.JSON, "sarif": render.SARIF, "github": render.GitHub,
}

func check(c *cli.Context) error {
	write := diagnosticFormats[c.String("format")]
	if write == nil && c.String("output") != "-" {
		return cli.Usagef("--output needs --format json, sarif or github; text goes to standard error")
	}
	if err := command.OnlyOneStdin(c, c.String("flows")); err != nil {
		return err
	}
	values, paths := load.ManifestArgs(c.Args().Slice())
	if len(paths) == 0 {
		values, paths = []string{"."}, []string{"."}
	}
	manifests, stdin, err := load.AreManifests(paths, c.App.Reader)
	if err != nil && !errors.Is(err, load.ErrEmptyStdin) { // which is an empty program here
		return err
	}
	c.App.Reader = stdin
	if manifests {
		return checkPolicies(c, values, paths)
	}
	result, diags, each, err := command.BuildEach(c)
	if err != nil {
		return err
	}
	if each != nil {
		if c.IsSet("manifests") || c.IsSet("flows") {
			return cli.Usagef("each environment has a cluster of its own; choose one for the manifests or flows: --environment %s", strings.Join(each, ", or --environment "))
		}
		fmt.Fprintf(c.App.ErrWriter, "zt: note: environments have the same namespaces, so zt checked each by itself: %s\n", strings.Join(each, ", "))
	}
	if !c.IsSet("manifests") {
		command.NotePolicies(c, paths)
	}
	more, err := crossCheck(c, result.Topology)
	if err != nil {
		return err
	}
	if c.Bool("strict") {
		more.Strict()
	}
	diags = append(diags, more...)
	diags.Sort()
	return reportChecks(c, diags, func() string { return command.Summary(result) })
}

// reportChecks writes diagnostics in the format of the command line, and a summary if there is no
// error.
func reportChecks(c *cli.Context, diags diag.List, summary func() string) error {
	if write := diagnosticFormats[c.String("format")]; write != nil {
		return cli.Answer(c, diags.Errors() == 0, func(w io.Writer) error { return write(w, diags) })
	}
	if err := cli.Findings(c, diags); err != nil {
		return err
	}
	cli.Success(c, "%s", summary())
	return nil
}

// crossCheck reports what manifests and observed connections show about a topology. If there is
// none, it still reports what is wrong with them.
func crossCheck(c *cli.Context, t *topology.Topology) (diag.List, error) {
	inv, all, err := command.Manifests(c)
	if err != nil {
		return nil, err
	}
	if all.Errors() > 0 {
		inv = nil
	}
	if inv != nil && t != nil {
		all = append(all, command.CrossCheck(t, inv)...)
		noteForeign(c, inv)
	}
	if path := c.String("flows"); path != "" {
		name, log, diags, err := load.Flows(path, c.App.Reader)
		if err != nil {
			return nil, err
		}
		if log != nil && t != nil {
			diags = flows.Check(t, log, name, inv)
		}
		all = append(all, diags...)
	}
	return all, nil
}
