package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/manifest"
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
		), append(command.QuestionFlags(), command.TargetFlags()...)...),
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
	options := emit.Options{}
	if err := command.SetTargets(c, &options); err != nil {
		return err
	}
	proven, err := isProven(t, options, files)
	if err != nil {
		return err
	}
	var comparison query.Comparison
	if !proven {
		inv, diags := inventory.ReadGroups(groups)
		if err := cli.Findings(c, diags); err != nil {
			return err
		}
		program, err := programOf(c, t, options)
		if err != nil {
			return err
		}
		subject := command.Subject{Inventory: inv}
		command.NoteEnforcement(c, program, subject)
		if comparison, err = command.Compare(c, program, subject); err != nil {
			return err
		}
		if len(inv.ClusterPolicies) > 0 && program.Inventory == nil && !comparison.Equal() {
			fmt.Fprintln(c.App.ErrWriter, "zt: note: if zt has built policies of the whole cluster among these, write the same --target here as for `zt build`")
		}
		if comparison.Equal() && program.Inventory != nil {
			if comparison, err = compareGuards(c, comparison, program, inv); err != nil {
				return err
			}
		}
		if !comparison.Equal() {
			comparison.Objects = changes(t, options, inv)
		}
	}
	return command.WriteComparison(c, comparison)
}

// programOf returns what manifests are compared with. For guardrails, it is what they and the policies beside
// them permit by the proof: they deny what a statement says in namespaces as well that the program does not
// declare, and there the program itself leaves everything open.
func programOf(c *cli.Context, t *topology.Topology, options emit.Options) (command.Subject, error) {
	subject := command.Subject{Topology: t}
	if !emit.HasGuards(options) {
		return subject, nil
	}
	emitted, files, err := emittedFiles(t, options)
	if err != nil {
		return subject, err
	}
	diags := emitted.Prove()
	if diags.Errors() == 0 {
		subject.Inventory, diags = inventory.Read([]*source.File{source.NewFile("zt build", string(files[0].Data))}, "")
	}
	return subject, cli.Findings(c, diags)
}

// compareGuards returns what guardrails do not deny without the policies beside them, though those that zt emits do; or
// the comparison, if there is nothing. Where NetworkPolicies leave closed what a guardrail denies, its loss changes
// nothing yet, but any NetworkPolicy could open it.
func compareGuards(c *cli.Context, comparison query.Comparison, program command.Subject, inv *inventory.Inventory) (query.Comparison, error) {
	program.Inventory = guardsOf(program.Inventory)
	guards, err := command.Compare(c, program, command.Subject{Inventory: guardsOf(inv)})
	guards.Removed = nil // to deny more is no loss
	if err != nil || guards.Equal() {
		return comparison, err
	}
	fmt.Fprintln(c.App.ErrWriter, "zt: note: all policies together permit what the program says, but guardrails differ: without the NetworkPolicies, they deny less")
	return guards, nil
}

// guardsOf returns what remains if no policy of a namespace, and no rule after them, is there.
func guardsOf(inv *inventory.Inventory) *inventory.Inventory {
	guards := *inv
	guards.Policies, guards.ClusterPolicies, guards.CiliumPolicies = nil, nil, nil
	for _, p := range inv.ClusterPolicies {
		if p.Tier == clusterpolicy.Admin {
			guards.ClusterPolicies = append(guards.ClusterPolicies, p)
		}
	}
	for _, p := range inv.CiliumPolicies {
		if p.Object.Kind == ciliumpolicy.Clusterwide {
			guards.CiliumPolicies = append(guards.CiliumPolicies, p)
		}
	}
	return &guards
}

// emittedHead matches the first lines of what zt emits.
var emittedHead = regexp.MustCompile(`^((#.*\n)?apiVersion: [a-z0-9.]+/v[a-z0-9]+\n|\{\n  "apiVersion": "v1",\n)`)

// isProven reports whether files are, byte for byte, what zt emits for the topology, and the proof
// holds. Then no other reading is needed.
func isProven(t *topology.Topology, options emit.Options, files []*source.File) (bool, error) {
	given := map[string]bool{}
	kustomized := false
	for _, f := range files {
		if !emittedHead.MatchString(f.Text) {
			return false, nil
		}
		given[f.Text] = true
		if f.Text[0] == '{' {
			options.Format = manifest.FormatJSON
		}
		kustomized = kustomized || filepath.Base(f.Name) == manifest.KustomizationName
	}
	options.PerNamespace = len(files) != 1
	for _, layout := range target.Layouts {
		options.Layout = target.Layout(layout)
		emitted, all, err := emittedFiles(t, options)
		if err != nil {
			return false, err
		}
		if kustomized {
			all = manifest.WithKustomization(all)
		}
		missing := func(f manifest.File) bool { return !given[string(f.Data)] }
		if len(all) == len(files) && !slices.ContainsFunc(all, missing) {
			return len(emitted.Prove()) == 0, nil
		}
	}
	return false, nil
}

// emittedFiles returns what zt emits for the topology: a file for each namespace, or one stream.
func emittedFiles(t *topology.Topology, options emit.Options) (*emit.Emitted, []manifest.File, error) {
	emitted, _, err := emit.Lower(t, options)
	if err != nil {
		return nil, nil, err
	}
	files := emitted.Files()
	if !options.PerNamespace && len(files) == 0 {
		files = []manifest.File{{}}
	}
	return emitted, files, nil
}

// changes lists the objects that differ from what zt emits, for the layout that leaves the fewest:
// it is most likely the one that the manifests have.
func changes(t *topology.Topology, options emit.Options, inv *inventory.Inventory) []query.ObjectChange {
	var fewest []query.ObjectChange
	for _, layout := range target.Layouts {
		options.Layout = target.Layout(layout)
		_, files, err := emittedFiles(t, options)
		if err != nil {
			return nil
		}
		emitted, diags := inventory.Read([]*source.File{source.NewFile("", string(files[0].Data))}, "")
		if diags.Errors() > 0 { // too much to compare object by object
			return nil
		}
		if list := query.ObjectChanges(emitted, inv); fewest == nil || len(list) < len(fewest) {
			fewest = list
		}
	}
	return fewest
}
