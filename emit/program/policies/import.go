// Package policies writes a zt program that permits exactly what NetworkPolicies permit.
//
// Each rule of a policy is an edge that opens one side. Edges of both sides become one, and so does
// an edge of one side if the other side permits it anyway. The program is compiled, lowered and
// compared with the policies before it is returned.
package policies

import (
	"cmp"
	"maps"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/format"
)

// File is a file of a program. Without several, its name is empty.
type File struct {
	Name string
	Text []byte
}

// Import returns a program that permits exactly what the policies of manifests permit: one file, or
// with perNamespace one for each namespace after the first, which imports them. If the diagnostics
// have errors, there is no program.
func Import(inv *inventory.Inventory, perNamespace bool) ([]File, diag.List, error) {
	d := newDraft(inv)
	files, diags, err := d.program(perNamespace)
	if d.broken {
		declared := d.namespaces
		d = newDraft(inv)
		d.narrowed = declared
		files, diags, err = d.program(perNamespace)
	}
	return files, diags, err
}

// program returns the program of a draft, or what is wrong with it.
func (d *draft) program(perNamespace bool) ([]File, diag.List, error) {
	if diags := d.refuse(); diags.Errors() > 0 {
		return nil, diags, nil
	}
	d.arrange()
	read := d.readNetworkPolicies
	switch {
	case len(d.cilium) > 0:
		read = d.readCilium
	case d.narrowed != nil:
		read = d.readNarrowed
	}
	if diags, err := read(); err != nil || diags.Errors() > 0 {
		return nil, diags, err
	}
	d.deny()
	d.connect()
	d.settle()
	if diags := d.inexpressible(); diags.Errors() > 0 {
		return nil, diags, nil
	}
	files, err := d.write(perNamespace)
	if err != nil {
		return nil, nil, err
	}
	diags, err := d.prove(files)
	if diags.Errors() > 0 {
		return nil, diags, err
	}
	return files, diags, err
}

// policy is a policy of any kind. It has one of network, cilium and cluster.
type policy struct {
	inventory.Object
	network *networkingv1.NetworkPolicy
	cilium  *inventory.CiliumPolicy
	cluster *inventory.ClusterPolicy
	old     []inventory.OldBlock
	emitted bool // by zt
}

// draft is a program that is being made.
type draft struct {
	policies   []policy
	position   map[any]int // of a *networkingv1.NetworkPolicy, *ciliumpolicy.Policy or *clusterpolicy.Policy among the policies
	labelled   []inventory.Namespace
	cluster    []inventory.ClusterPolicy
	cilium     []*ciliumpolicy.Policy
	hosts      relation.Hosts // as far as the manifests have them
	foreign    []inventory.Foreign
	workloads  map[string][]*inventory.Workload // by namespace
	custom     map[string][]inventory.Object    // custom resources, by namespace
	relation   *relation.Relation               // what the policies permit
	parties    parties
	sides      [2]map[string]*side // by namespace
	open       [2]int              // policies that permit everything
	denials    []*denial
	broken     bool            // the program permits what it denies
	narrowed   map[string]bool // the namespaces whose pods may have what policies of the cluster leave; nil if all policies agree
	edges      []*edge
	resolvers  []*edge // that a dns statement replaces
	namespaces map[string]bool
	used       map[*party]bool // at an end of an edge
	labelKeys  map[string]bool // of namespaces, that selectors use
	again      *document       // see documentOf
}

// newDraft returns a draft of the policies.
func newDraft(inv *inventory.Inventory) *draft {
	d := &draft{
		position: map[any]int{}, labelled: inv.Namespaces, cluster: inv.ClusterPolicies, hosts: hosts(inv), foreign: inv.Foreign,
		workloads: map[string][]*inventory.Workload{}, custom: map[string][]inventory.Object{}, parties: parties{byKey: map[string]*party{}},
		sides: [2]map[string]*side{{}, {}}, namespaces: map[string]bool{}, used: map[*party]bool{}, labelKeys: map[string]bool{},
	}
	for _, p := range inv.Policies {
		d.policies = append(d.policies, policy{Object: p.Object, network: p.NetworkPolicy, old: p.OldBlocks, emitted: p.Labels[managedBy] == "zt"})
	}
	for i := range inv.CiliumPolicies {
		p := &inv.CiliumPolicies[i]
		d.cilium = append(d.cilium, p.Policy)
		d.policies = append(d.policies, policy{Object: p.Object, cilium: p, emitted: p.Labels[managedBy] == "zt"})
	}
	for i := range inv.ClusterPolicies {
		p := &inv.ClusterPolicies[i]
		d.policies = append(d.policies, policy{Object: p.Object, cluster: p, emitted: isEmitted(p)})
	}
	for i := range inv.Workloads {
		w := &inv.Workloads[i]
		d.workloads[w.Namespace] = append(d.workloads[w.Namespace], w)
	}
	for _, o := range inv.Custom {
		d.custom[o.Namespace] = append(d.custom[o.Namespace], o)
	}
	return d
}

// arrange puts the policies into an order that their files do not decide.
func (d *draft) arrange() {
	slices.SortStableFunc(d.policies, func(a, b policy) int {
		return cmp.Or(cmp.Compare(a.Object.Namespace, b.Object.Namespace), cmp.Compare(a.Object.Name, b.Object.Name), cmp.Compare(a.Object.Kind, b.Object.Kind))
	})
	for i, p := range d.policies {
		switch {
		case p.network != nil:
			d.position[p.network] = i
		case p.cilium != nil:
			d.position[p.cilium.Policy] = i
		default:
			d.position[p.cluster.Policy] = i
		}
	}
}

// of returns the position of the policy that a rule comes from, or -1.
func (d *draft) of(o evaluate.Origin) int {
	switch {
	case o.Policy != nil:
		return d.position[o.Policy]
	case o.Cilium != nil:
		return d.position[o.Cilium]
	case o.Cluster != nil:
		return d.position[o.Cluster]
	}
	return -1
}

// plain returns the NetworkPolicies.
func (d *draft) plain() (out []*networkingv1.NetworkPolicy) {
	for _, p := range d.policies {
		if p.network != nil {
			out = append(out, p.network)
		}
	}
	return out
}

// facts returns the labels of namespaces that the manifests show. With policies of Cilium these are only the namespaces
// that policies are about, since what denies is taken away here: of the others, a program says it by their labels.
func (d *draft) facts() *relation.Facts {
	labels := map[string]map[string]string{}
	subjects := d.subjects()
	for _, name := range subjects {
		labels[name] = nil
	}
	for name := range d.narrowed {
		labels[name] = nil
	}
	for _, n := range d.labelled {
		if len(d.cilium) == 0 || slices.Contains(subjects, n.Name) {
			labels[n.Name] = n.Labels
		}
	}
	facts := relation.NewFacts(labels)
	if len(d.cilium) > 0 {
		asCilium(facts, d.hosts)
	}
	return facts
}

// settle decides what is declared, and how it is called.
func (d *draft) settle() {
	for _, direction := range directions {
		for name := range d.sides[direction] {
			d.namespaces[name] = true
		}
	}
	if len(d.namespaces)+len(d.denials) == 0 { // a program has some statement
		for _, p := range d.policies {
			if p.Object.Namespace != "" {
				d.namespaces[p.Object.Namespace] = true
			}
		}
	}
	d.resolve()
	for _, e := range d.edges {
		d.used[e.from], d.used[e.to] = true, true
	}
	for _, e := range d.resolvers {
		d.used[e.to] = true
	}
	for _, n := range d.denials {
		d.used[n.from], d.used[n.to] = true, true
	}
	d.listen()
	for _, p := range slices.Clone(d.parties.list) {
		if d.used[p] && p.kind == spacesTier {
			spaces := d.parties.spaces(p.spaces)
			d.used[spaces] = true
			if spaces.first == nil {
				spaces.first = p.first
			}
		}
	}
	for _, direction := range directions {
		for _, s := range d.sides[direction] {
			for _, p := range s.isolates {
				p.owned = true
			}
		}
		for _, p := range d.parties.list {
			s := d.sides[direction][p.namespace]
			p.isolated[direction] = p.kind == tierPods && s != nil && len(s.index.Implied(p.pods)) > 0
		}
	}
	for p := range d.used {
		if p.namespace != "" && !p.isPrelude() {
			d.namespaces[p.namespace] = true
		}
		for _, k := range p.spaces.Keys() {
			if k.Key != relation.NameLabel {
				d.labelKeys[k.Key] = true
			}
		}
	}
	d.useSubjects(d.labelKeys)
	for _, n := range d.labelled { // also what nothing governs is as the manifests show it
		if n.Name == "kube-system" && d.labels(n.Name) != nil {
			d.namespaces[n.Name] = true
		}
	}
	d.nameAll()
	d.observe()
}

// write prints the program.
func (d *draft) write(perNamespace bool) ([]File, error) {
	top, namespaces := d.statements()
	main := &ast.File{Comments: ast.NewComments(d.header()), Statements: top}
	files := []File{{}}
	if perNamespace {
		files[0].Name = mainName
		if d.namespaces["main"] {
			files[0].Name = "main_program.zt" // no namespace has such a name
		}
		var imports []ast.Statement
		for _, n := range namespaces {
			n.Blank = false
			name := n.Name.Text + ".zt"
			text, err := format.Tree(&ast.File{Statements: []ast.Statement{n}})
			if err != nil {
				return nil, err
			}
			files = append(files, File{name, text})
			imports = append(imports, &ast.Import{Path: word(name)})
		}
		if len(top) > 0 {
			top[0].Common().Blank = true
		}
		main.Statements = append(imports, top...)
	} else {
		for _, n := range namespaces {
			main.Statements = append(main.Statements, n)
		}
	}
	main.Statements = append(main.Statements, d.denying()...)
	var err error
	files[0].Text, err = format.Tree(main)
	return files, err
}

// mainName is the file that imports those of the namespaces.
const mainName = "main.zt"

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
