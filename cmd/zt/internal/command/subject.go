package command

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/picture"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Subject is what a question is about: a topology or manifests.
//
// With both, it is what the topology compiles to: guardrails deny more than the program says of namespaces
// that it does not declare.
type Subject struct {
	Topology  *topology.Topology
	Inventory *inventory.Inventory
}

// Read reads the subject that arguments name; without any, it is the current directory. It
// reports errors in the input, and returns ErrFindings for them.
func Read(c *cli.Context, args []string) (Subject, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	manifests, stdin, err := load.AreManifests(args, c.App.Reader)
	if err != nil {
		return Subject{}, err
	}
	c.App.Reader = stdin
	if !manifests {
		t, err := Topology(c, args)
		if err == nil {
			NotePolicies(c, args)
		}
		return Subject{Topology: t}, err
	}
	NotePrograms(c, args)
	files, err := load.ManifestFiles(args, c.App.Reader)
	if err != nil {
		return Subject{}, err
	}
	inv, diags := inventory.ReadEvidence(files, c.String("namespace"))
	return Subject{Inventory: inv}, cli.Findings(c, diags)
}

// Manifests reads the manifests that --manifests names, or returns nil if it is not given. Objects
// that name no namespace go to that of --namespace.
func Manifests(c *cli.Context) (*inventory.Inventory, diag.List, error) {
	groups, err := ManifestGroups(c)
	if err != nil || len(groups) == 0 {
		return nil, nil, err
	}
	inv, diags := inventory.ReadGroupsEvidence(groups)
	return inv, diags, nil
}

// OnlyOneStdin refuses a command line that would read standard input twice: for its arguments, for
// --manifests or for other paths. Among the arguments it may be repeated.
func OnlyOneStdin(c *cli.Context, others ...string) error {
	from := slices.DeleteFunc(cli.ValuesOf(c, "manifests"), func(s string) bool { return !load.ReadsStdin(s) })
	if slices.Contains(c.Args().Slice(), load.Stdin) {
		from = append(from, load.Stdin)
	}
	if slices.Contains(others, load.Stdin) {
		from = append(from, load.Stdin)
	}
	if len(from) > 1 {
		return cli.Usagef("only one of the inputs can come from standard input")
	}
	return nil
}

// ManifestGroups returns the files that --manifests names.
func ManifestGroups(c *cli.Context) ([]inventory.Group, error) {
	return load.ManifestGroups(cli.ValuesOf(c, "manifests"), c.String("namespace"), c.App.Reader)
}

// Labels returns the labels of namespaces that the subject states.
func (s Subject) Labels() map[string]map[string]string {
	if s.Topology != nil {
		return query.FactsOf(s.Topology)
	}
	return query.LabelsOf(s.Inventory)
}

// Model returns what the subject permits.
func (s Subject) Model(c *cli.Context) (*query.Model, error) { return s.model(c, s.Labels(), nil) }

// model returns what the subject permits if namespaces have these labels. Another model may name
// the parties of manifests.
func (s Subject) model(c *cli.Context, labels map[string]map[string]string, names *query.Model) (*query.Model, error) {
	if s.Inventory == nil {
		return query.OfTopology(s.Topology, labels, c.String("namespace")), nil
	}
	model, err := query.OfManifests(s.Inventory, labels, names)
	if many := (*evaluate.TooManyKinds)(nil); errors.As(err, &many) {
		var at source.Span
		if i := slices.IndexFunc(s.Inventory.Policies, func(p inventory.Policy) bool { return p.Object.Namespace == many.Namespace }); i >= 0 {
			at = s.Inventory.Policies[i].Span
		} else if len(s.Inventory.CiliumPolicies) > 0 {
			at = s.Inventory.CiliumPolicies[0].Span
		}
		return nil, cli.Findings(c, diag.List{diag.New(diag.TooMuch, at, "%s", many.Message()).
			WithHelp("leave out namespace %s, or isolate all of its pods: `podSelector: {}`", many.Namespace)})
	}
	if many := (*evaluate.TooManyParts)(nil); errors.As(err, &many) {
		return nil, cli.Findings(c, diag.List{diag.New(diag.TooMuch, s.Inventory.PolicySpan(many.First.Policy, many.First.Cluster, many.First.Cilium), "%s", many.Error()).WithHelp("%s", many.Help())})
	}
	return model, err
}

// Compare returns what the new subject permits and the old does not, and the reverse. The labels
// of namespaces come from a topology first, the new one before the old.
func Compare(c *cli.Context, old, new Subject) (query.Comparison, error) {
	labels, rather := old.Labels(), new.Labels()
	if old.Topology != nil && new.Topology == nil {
		labels, rather = rather, labels
	}
	maps.Copy(labels, rather)
	// A topology names the parties of manifests.
	sides := [2]Subject{old, new}
	first, second := 0, 1
	if old.Topology == nil {
		first, second = 1, 0
	}
	if byCilium(sides) {
		for i := range sides {
			sides[i] = sides[i].byCilium()
		}
		sameHosts(sides[0].Inventory, sides[1].Inventory)
	}
	var models [2]*query.Model
	var names *query.Model
	var err error
	if program := (Subject{Topology: sides[first].Topology}); program.Topology != nil {
		if names, err = program.model(c, labels, nil); err != nil {
			return query.Comparison{}, err
		}
	}
	for _, i := range []int{first, second} {
		if i == first && names != nil && sides[i].Inventory == nil {
			models[i] = names
		} else if models[i], err = sides[i].model(c, labels, names); err != nil {
			return query.Comparison{}, err
		}
	}
	return query.Compare(models[0], models[1]), nil
}

// NoteEnforcement says on standard error if Compare takes Cilium for what enforces both subjects.
func NoteEnforcement(c *cli.Context, old, new Subject) {
	if byCilium([2]Subject{old, new}) {
		fmt.Fprintln(c.App.ErrWriter, "zt: note: both are compared as Cilium enforces them: no address block matches a pod or a node")
	}
}

// byCilium reports whether a side has policies of Cilium. Then both are compared as Cilium enforces them.
func byCilium(sides [2]Subject) bool {
	return slices.ContainsFunc(sides[:], func(s Subject) bool { return s.Inventory != nil && len(s.Inventory.CiliumPolicies) > 0 })
}

// byCilium returns the subject in a cluster that Cilium enforces, unless its program states a plugin.
func (s Subject) byCilium() Subject {
	if s.Inventory != nil {
		inv := *s.Inventory
		inv.ByCilium = true
		s.Inventory = &inv
	}
	if s.Topology != nil && s.Topology.Network.Plugin == nil {
		t := *s.Topology
		t.Network.Plugin = topology.Default("cilium")
		s.Topology = &t
	}
	return s
}

// sameHosts gives two inventories the addresses of nodes and of the API server, and the settings of Cilium, that
// either has.
func sameHosts(a, b *inventory.Inventory) {
	if a == nil || b == nil {
		return
	}
	a.APIServers, a.Nodes = slices.Concat(a.APIServers, b.APIServers), slices.Concat(a.Nodes, b.Nodes)
	b.APIServers, b.Nodes = a.APIServers, a.Nodes
	if a.Evidence == nil || b.Evidence == nil {
		return
	}
	x, y := *a.Evidence, *b.Evidence
	x.JoinCilium(b.Evidence)
	y.JoinCilium(a.Evidence)
	a.Evidence, b.Evidence = &x, &y
}

// WriteComparison writes a comparison. Any difference is ErrFindings.
func WriteComparison(c *cli.Context, comparison query.Comparison) error {
	return cli.Answer(c, comparison.Equal(), func(w io.Writer) error {
		switch c.String("format") {
		case "json":
			return cli.WriteJSON(w, comparison.JSON())
		case "markdown":
			chart, err := picture.Markdown(comparison)
			if err == nil {
				err = comparison.WriteMarkdown(w)
			}
			if err == nil {
				_, err = io.WriteString(w, chart)
			}
			return err
		}
		return comparison.WriteText(w)
	})
}
