package main

import (
	"path/filepath"
	"regexp"
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/source"
)

func verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "check that manifests permit exactly what a topology says",
		UsageText: "zt verify [flags] TOPOLOGY... --manifests PATH",
		Reads:     cli.Files,
		Description: "kubectl get networkpolicies -A -o yaml | zt verify shop.zt --manifests -\n" +
			"kustomize build | zt verify shop.zt --manifests -\n\n" +
			"Exit codes: 0 exactly the same; 1 they differ, or undecided. Each difference is\n" +
			"shown with a connection as an example.",
		Flags: append(append(command.AnswerFlags("text", "json"),
			command.ManifestsFlag("the manifests to verify"),
			command.StageFlag(),
		), command.QuestionFlags()...),
		Action: verify,
	}
}

func verify(c *cli.Context) error {
	args := c.Args().Slice()
	if !c.IsSet("manifests") {
		if i := slices.IndexFunc(args, load.IsManifestName); i >= 0 {
			return cli.Usagef("name the manifests with a flag: --manifests %s", args[i])
		}
		return cli.Usagef("--manifests is missing: it names the manifests to verify; usage: %s", c.Command.UsageText)
	}
	if err := command.OnlyOneStdin(c); err != nil {
		return err
	}
	t, err := command.Topology(c, args)
	if err != nil {
		return err
	}
	groups, err := command.ManifestGroups(c)
	if err != nil {
		return err
	}
	var files []*source.File
	for _, g := range groups {
		files = append(files, g.Files...)
	}
	to, err := emit.Target(emit.Targets()[0])
	if err != nil {
		return err
	}
	var comparison query.Comparison
	if !isProven(t, to, files) {
		inv, diags := inventory.ReadGroups(groups)
		if err := cli.Findings(c, diags); err != nil {
			return err
		}
		if comparison, err = command.Compare(c, command.Subject{Topology: t}, command.Subject{Inventory: inv}); err != nil {
			return err
		}
		if !comparison.Equal() {
			comparison.Objects = changes(t, to, inv)
		}
	}
	return command.WriteComparison(c, comparison)
}

// emittedHead matches the first lines of what zt emits.
var emittedHead = regexp.MustCompile(`^((#.*\n)?apiVersion: (networking\.k8s\.io/v1|kustomize\.config\.k8s\.io/v1beta1)\n|\{\n  "apiVersion": "v1",\n)`)

// isProven reports whether files are, byte for byte, what zt emits for the topology, and the proof
// holds. Then no other reading is needed.
func isProven(t *topology.Topology, to target.Target, files []*source.File) bool {
	given := map[string]bool{}
	format, kustomized := manifest.FormatYAML, false
	for _, f := range files {
		if !emittedHead.MatchString(f.Text) {
			return false
		}
		given[f.Text] = true
		if f.Text[0] == '{' {
			format = manifest.FormatJSON
		}
		kustomized = kustomized || filepath.Base(f.Name) == manifest.KustomizationName
	}
	for _, layout := range target.Layouts {
		objects, _ := to.Lower(t, target.Options{Layout: target.Layout(layout)})
		emitted := []manifest.File{{Data: objects.Stream(format)}}
		if len(files) != 1 {
			emitted = objects.Files(format)
		}
		all := emitted
		if kustomized {
			all = manifest.WithKustomization(emitted)
		}
		missing := func(f manifest.File) bool { return !given[string(f.Data)] }
		if len(all) == len(files) && !slices.ContainsFunc(all, missing) {
			return len(proof.Check(t, to, emitted, format)) == 0
		}
	}
	return false
}

// changes lists the objects that differ from what zt emits, for the layout that leaves the fewest:
// it is most likely the one that the manifests have.
func changes(t *topology.Topology, to target.Target, inv *inventory.Inventory) []query.ObjectChange {
	var fewest []query.ObjectChange
	for _, layout := range target.Layouts {
		objects, _ := to.Lower(t, target.Options{Layout: target.Layout(layout)})
		file := source.NewFile("", string(objects.Stream(manifest.FormatYAML)))
		emitted, diags := inventory.Read([]*source.File{file}, "")
		if diags.Errors() > 0 { // too much to compare object by object
			return nil
		}
		if list := query.ObjectChanges(emitted, inv); fewest == nil || len(list) < len(fewest) {
			fewest = list
		}
	}
	return fewest
}
