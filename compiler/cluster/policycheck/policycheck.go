// Package policycheck checks policies by themselves and against the workloads, Services and Namespaces
// beside them: NetworkPolicies, those of Cilium, and those of the Network Policy API for the whole
// cluster. API servers accept a policy that selects nothing, and a rule that has another meaning than
// its layout suggests.
package policycheck

import (
	"cmp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Check reports what is wrong with the policies of an inventory that inventory.ReadPlaced read.
func Check(inv *inventory.Inventory) diag.List {
	c := gather(inv)
	steps := []func(*policy){c.emptyFields, c.directions, c.ownPods, c.peers, c.ports, c.redundant, c.blocks}
	for _, step := range steps {
		for _, p := range c.policies {
			if c.work < 0 {
				return c.tooMuch()
			}
			step(p)
		}
	}
	c.redundantAcross()
	if len(inv.CiliumPolicies) == 0 && !c.acceptsDNS() { // which would permit it before
		c.dns()
	}
	c.cilium()
	c.ignored()
	c.cluster()
	c.unplaced()
	if c.work < 0 {
		return c.tooMuch()
	}
	return c.list()
}

// maxWork is how many comparisons of selectors and names a check may take: a few seconds.
const maxWork = 50_000_000

// check is an inventory by what policies select in it.
type check struct {
	inventory *inventory.Inventory
	facts     *relation.Facts
	policies  []*policy
	// clusterPolicies are in the order in which they are asked, as are their rules: by tier and direction.
	clusterPolicies []*clusterPolicy
	clusterRules    [2][2][]*clusterRule
	gaveUp          map[string]source.Span // rules that are not compared with all others
	byCilium        bool                   // Cilium enforces the policies, as far as is known
	spaces          map[string]*space      // namespaces with workloads or Services, by name
	all             *space                 // the workloads of all namespaces
	services        map[*inventory.Workload][]*inventory.Service
	claimed         map[string]bool // the selectors of policies, with their namespaces
	matched         map[string]namespaces
	listening       map[string]*listening
	work            int // that is left of maxWork
	diags           diag.List
	strays          map[string]*stray // by the namespace of policies
	findings        []*finding
	byCause         map[string]*finding
}

// policy is a policy with the meaning of its parts.
type policy struct {
	inventory.Policy
	document
	own      relation.Selector
	isolates [2]bool
	parts    [2][]evaluate.Part
	reported map[string]bool // paths of rules and peers that have a diagnostic
}

// rule is a rule of a policy as the object has it.
type rule struct {
	direction relation.Direction
	position  int
	path      string // spec.ingress[0]
	peersAt   string // from or to
	peers     []networkingv1.NetworkPolicyPeer
	ports     []networkingv1.NetworkPolicyPort
}

func gather(inv *inventory.Inventory) *check {
	c := &check{
		inventory: inv, spaces: map[string]*space{}, all: newSpace(),
		services: map[*inventory.Workload][]*inventory.Service{}, claimed: map[string]bool{},
		matched: map[string]namespaces{}, listening: map[string]*listening{}, byCause: map[string]*finding{}, strays: map[string]*stray{}, gaveUp: map[string]source.Span{}, work: maxWork,
	}
	labels := map[string]map[string]string{}
	for _, n := range inv.Namespaces {
		labels[n.Name] = n.Labels
	}
	c.facts = relation.NewFacts(labels)
	c.addWorkloads()
	c.addServices()
	for _, given := range inv.Policies {
		p := &policy{Policy: given, document: document{given.Fields}, reported: map[string]bool{}}
		own, directions, err := evaluate.Isolates(given.NetworkPolicy)
		if err != nil {
			panic(err) // the inventory has only policies that API servers accept
		}
		for _, d := range directions {
			p.isolates[d] = true
		}
		if p.parts, err = evaluate.Parts(given.NetworkPolicy, c.facts); err != nil {
			panic(err)
		}
		p.own = own
		c.claimed[p.Object.Namespace+"/"+own.String()] = true
		c.policies = append(c.policies, p)
	}
	c.byCilium = inv.ByCilium || len(inv.CiliumPolicies) > 0
	c.addClusterPolicies()
	return c
}

// rules lists the rules of both directions.
func (p *policy) rules() []rule {
	var out []rule
	for i, r := range p.Spec.Ingress {
		out = append(out, rule{relation.Ingress, i, path("spec.ingress[%d]", i), "from", r.From, r.Ports})
	}
	for i, r := range p.Spec.Egress {
		out = append(out, rule{relation.Egress, i, path("spec.egress[%d]", i), "to", r.To, r.Ports})
	}
	return out
}

// rule names a rule of the policy.
func (p *policy) rule(r rule) string {
	return p.Object.String() + " " + strings.TrimPrefix(r.path, "spec.")
}

// part returns what a peer of a rule permits. The parts are in the order of the rules and their peers.
func (p *policy) part(r rule, peer int) (evaluate.Part, bool) {
	i, ok := slices.BinarySearchFunc(p.parts[r.direction], [2]int{r.position, peer}, func(e evaluate.Part, at [2]int) int {
		return cmp.Or(cmp.Compare(e.Rule, at[0]), cmp.Compare(e.Peer, at[1]))
	})
	if !ok {
		return evaluate.Part{}, false
	}
	return p.parts[r.direction][i], true
}

// finding is a diagnostic that may have one cause in several places.
type finding struct {
	diag.Diagnostic
	edits   []diag.Edit
	message string // of the fix
	more    int    // places that are not shown
	broken  bool   // some place has no edit
}

// maxPlaces is how many further places a diagnostic shows.
const maxPlaces = 10

// place is where a cause stands, and the change there that removes it, if there is one.
type place struct {
	span source.Span
	edit *diag.Edit
}

// cause reports a diagnostic once for each cause; what is reported again adds a place. The fix
// changes all places, or there is none.
func (c *check) cause(key string, at place, fix string, make func() diag.Diagnostic) {
	f := c.byCause[key]
	if f == nil {
		f = &finding{Diagnostic: make(), message: fix}
		c.byCause[key] = f
		c.findings = append(c.findings, f)
	} else if at.span != f.Span {
		if f.more++; f.more <= maxPlaces {
			f.Diagnostic = f.WithRelated(at.span, "and here")
		}
	}
	if at.edit == nil {
		f.broken = true
	} else if !slices.Contains(f.edits, *at.edit) {
		f.edits = append(f.edits, *at.edit)
	}
}

func (c *check) list() diag.List {
	c.noteGaveUp()
	c.noteTooManyParts()
	for _, f := range c.findings {
		if !f.broken && f.message != "" {
			f.Fixes = []diag.Fix{{Message: f.message, Edits: f.edits}}
		}
		c.diags.Add(f.Diagnostic)
	}
	c.diags.Sort()
	return c.diags
}

func (c *check) tooMuch() diag.List {
	var at source.Span
	if len(c.policies) > 0 {
		at = c.policies[0].Object.Span
	} else if len(c.inventory.CiliumPolicies) > 0 {
		at = c.inventory.CiliumPolicies[0].Object.Span
	} else if len(c.clusterPolicies) > 0 {
		at = c.clusterPolicies[0].Object.Span
	}
	return diag.List{diag.New(diag.TooMuch, at, "these policies and workloads take more than %d comparisons", maxWork).
		WithHelp("check the namespaces one at a time")}
}
