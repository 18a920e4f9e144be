// Package denied finds edges of a topology that policies of the manifests deny between workloads that these show. The
// program's NetworkPolicies cannot permit what cluster-wide policies and policies of Cilium deny, nor speak for
// namespaces that others isolate.
package denied

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// How much one check looks at: pairs of workloads on a port, those of them whose rules are looked for, and ports of a
// workload that declares none.
const (
	maxPairs = 500_000
	maxAsked = 2_000
	maxPorts = 20
)

// Check reports the edges that policies of the manifests deny between workloads, once for each rule that denies. It
// leaves out what was reported for all pods of an edge.
func Check(t *topology.Topology, inv *inventory.Inventory, reported diag.List) diag.List {
	if len(inv.Policies)+len(inv.ClusterPolicies)+len(inv.CiliumPolicies) == 0 {
		return nil
	}
	c := &check{inventory: inv, reported: reported, labels: query.LabelsOf(inv), members: map[*topology.Endpoint][]*inventory.Workload{}}
	for _, w := range wiring.NewIndex(inv).Workloads {
		// Of others it is not known which labels their pods have, or whether there are any.
		if !w.HostNetwork && !w.Open && !w.Perhaps && w.Remark == "" {
			c.workloads = append(c.workloads, w)
		}
	}
	// A program states the labels that it relies on; those of which it states none are not known.
	for ns, labels := range query.FactsOf(t) {
		if len(labels) > 1 {
			c.labels[ns] = labels
		}
	}
	var err error
	if c.policies, err = query.OfManifests(relevant(t, inv), maps.Clone(c.labels), nil); err != nil {
		return nil // they fall into too many parts, which questions about them report
	}
	c.program = query.OfTopology(t, query.FactsOf(t), "")
	for _, edge := range t.Edges {
		c.edge(edge)
	}
	for _, d := range c.found {
		c.report(d)
	}
	if c.pairs > maxPairs || c.asked > maxAsked {
		d := diag.New(diag.TooMuch, c.policySpan(), "these policies and workloads are too many to compare with every edge: some that are denied may not be reported")
		d.Severity = diag.Note
		c.diags.Add(d.WithHelp("check a part of the program by itself, with the manifests of its namespaces"))
	}
	return c.diags
}

// relevant returns manifests without the policies that can deny nothing that the program permits: NetworkPolicies of
// namespaces that it isolates, and, if there are no others, those that come after NetworkPolicies.
func relevant(t *topology.Topology, inv *inventory.Inventory) *inventory.Inventory {
	isolated, all := map[string]bool{}, true
	for _, n := range t.Namespaces {
		isolated[n.Name] = true
		for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
			if len(n.Isolation(d).FreeOf(relation.Selector{})) > 0 {
				isolated[n.Name], all = false, false
			}
		}
	}
	out := *inv
	out.Policies = slices.DeleteFunc(slices.Clone(inv.Policies), func(p inventory.Policy) bool { return isolated[p.Object.Namespace] })
	out.ClusterPolicies = slices.DeleteFunc(slices.Clone(inv.ClusterPolicies), func(p inventory.ClusterPolicy) bool { return all && p.Tier == clusterpolicy.Baseline })
	return &out
}

// policySpan returns where some policy stands.
func (c *check) policySpan() source.Span {
	switch {
	case len(c.inventory.ClusterPolicies) > 0:
		return c.inventory.ClusterPolicies[0].Object.Span
	case len(c.inventory.CiliumPolicies) > 0:
		return c.inventory.CiliumPolicies[0].Object.Span
	}
	return c.inventory.Policies[0].Object.Span
}

type check struct {
	inventory         *inventory.Inventory
	program, policies *query.Model
	labels            map[string]map[string]string // of namespaces, as far as they are known
	workloads         []*inventory.Workload
	members           map[*topology.Endpoint][]*inventory.Workload
	reported, diags   diag.List
	pairs, asked      int
	found             []*denial
}

// denial is an edge that one rule, or what isolates its pods, denies between some workloads.
type denial struct {
	edge     *topology.Edge
	cause    query.Place
	tier     evaluate.Stage // that has the rule; "" if policies isolate the pods and none permits it
	own      *inventory.Workload
	from, to *inventory.Workload    // the first pair
	last     [2]*inventory.Workload // the pair that was added last
	ports    relation.Ports         // of that pair
	others   int                    // more pairs
}

// edge looks for denials of an edge between pods that it names: those of a tier, or of a namespace.
func (c *check) edge(edge *topology.Edge) {
	for _, from := range c.of(edge.From) {
		for _, to := range c.of(edge.To) {
			for _, port := range ports(edge, to) {
				if c.pairs++; c.pairs > maxPairs {
					return
				}
				c.pair(edge, from, to, port)
			}
		}
	}
}

// of returns the workloads of an endpoint.
func (c *check) of(e *topology.Endpoint) []*inventory.Workload {
	if e.Kind != topology.TierPods && e.Kind != topology.NamespacePods {
		return nil
	}
	if list, ok := c.members[e]; ok {
		return list
	}
	var list []*inventory.Workload
	for _, w := range c.workloads {
		if pods, ok := semantics.Peers(e)[0].(relation.Pods); ok && pods.Labels.Matches(w.Labels) && pods.Namespaces.Matches(c.party(w).NamespaceLabels) {
			list = append(list, w)
		}
	}
	c.members[e] = list
	return list
}

// ports returns the ports of an edge that a workload declares. If it declares none, it is the first of each range.
func ports(edge *topology.Edge, to *inventory.Workload) (out []relation.Port) {
	for _, p := range to.Ports {
		port := relation.Port{Protocol: p.Protocol, Number: p.Number}
		if p.Name != "" {
			port.Names = []string{p.Name}
		}
		if !edge.Ports.At([]relation.Port{port}).Intersect(rangeOf(port)).IsEmpty() {
			out = append(out, port)
		}
	}
	if len(to.Ports) > 0 || edge.Ports.IsEvery() {
		return out
	}
	for _, r := range edge.Ports.Ranges() {
		if len(out) < maxPorts {
			out = append(out, relation.Port{Protocol: r.Protocol, Number: r.Low})
		}
	}
	return out
}

func rangeOf(p relation.Port) relation.Ports {
	return relation.RangeOf(relation.PortRange{Protocol: p.Protocol, Low: p.Number, High: p.Number})
}

// party returns the pods of a workload.
func (c *check) party(w *inventory.Workload) relation.Party {
	labels := c.labels[w.Namespace]
	if labels == nil {
		labels = map[string]string{relation.NameLabel: w.Namespace}
	}
	return relation.Party{Namespace: w.Namespace, NamespaceLabels: labels, Labels: w.Labels}
}

// pair looks for what denies a connection that the program permits.
func (c *check) pair(edge *topology.Edge, from, to *inventory.Workload, port relation.Port) {
	a, b := c.party(from), c.party(to)
	if r := c.policies.Relation; r.PermitsSide(a, b, port, relation.Egress) && r.PermitsSide(b, a, port, relation.Ingress) {
		return
	}
	if c.asked++; c.asked > maxAsked {
		return
	}
	asked, err := c.policies.Query(question(name(from), name(to), port))
	if err != nil {
		return
	}
	meant, err := c.program.Query(question(a.String(), b.String(), port))
	if err != nil {
		return
	}
	answer, promise := c.policies.Why(asked), c.program.Why(meant)
	if len(answer.Undecided) > 0 || !promise.Permitted {
		return
	}
	if cause, tier := denies(answer.Egress, promise.Egress); cause != nil {
		c.add(denial{edge: edge, cause: *cause, tier: tier, own: from, from: from, to: to, ports: rangeOf(port)})
	}
	if cause, tier := denies(answer.Ingress, promise.Ingress); cause != nil {
		c.add(denial{edge: edge, cause: *cause, tier: tier, own: to, from: from, to: to, ports: rangeOf(port)})
	}
}

func question(from, to string, port relation.Port) string {
	return fmt.Sprintf("%s -> %s :%s", from, to, rangeOf(port))
}

// name returns the name of a workload in questions.
func name(w *inventory.Workload) string { return w.Namespace + "/" + w.Kind + "/" + w.Name }

// denies returns what denies a side of a connection that a program permits: a rule that comes before its
// NetworkPolicies, or, of pods that the program does not isolate, any.
func denies(side, program query.Side) (*query.Place, evaluate.Stage) {
	if side.Permitted || side.Undecided {
		return nil, ""
	}
	for _, d := range side.Decisions {
		if d.Action != "Deny" || d.Overridden || d.Open || d.Partly {
			continue
		}
		first := d.Tier == evaluate.InAdmin || d.Tier == evaluate.InCilium
		if d.Rule != nil && (first || !program.Isolated) {
			return d.Rule, d.Tier
		}
	}
	if program.Isolated || len(side.IsolatedBy) == 0 {
		return nil, ""
	}
	return &side.IsolatedBy[0], ""
}

// add adds what denies a pair to what is known of its edge.
func (c *check) add(d denial) {
	for _, f := range c.found {
		if f.cause != d.cause || f.edge != d.edge && !(f.edge.Implicit && d.edge.Implicit) || f.own != d.own && d.tier == "" {
			continue
		}
		switch pair := [2]*inventory.Workload{d.from, d.to}; {
		case f.from == d.from && f.to == d.to:
			f.ports = f.ports.Union(d.ports)
		case f.last != pair: // on another port
			f.last = pair
			f.others++
		}
		return
	}
	c.found = append(c.found, &d)
}

// report reports a denial.
func (c *check) report(d *denial) {
	what := "this edge"
	if d.edge.Implicit {
		what = "the DNS of " + d.edge.From.String()
	}
	if slices.ContainsFunc(c.reported, func(r diag.Diagnostic) bool {
		same := r.Span.File != nil && r.Span.File.Name == d.edge.Span.File.Name && r.Span.Start == d.edge.Span.Start
		return r.Code == diag.EdgeDenied && same && strings.HasPrefix(r.Message, d.cause.Text+" ")
	}) {
		return
	}
	where := fmt.Sprintf("from %s to %s", d.from.Object, d.to.Object)
	if d.others == 1 {
		where += ", and between 1 more pair"
	} else if d.others > 1 {
		where += fmt.Sprintf(", and between %d more pairs", d.others)
	}
	message := fmt.Sprintf("%s denies %s on %s, %s", d.cause.Text, what, d.ports, where)
	help := "remove the edge, or ask who owns the policy for a rule before it that accepts or passes this"
	switch d.tier {
	case evaluate.InCilium:
		help = "remove the edge, or narrow the rule: no other policy can permit what it denies"
	case evaluate.InBaseline:
		help = fmt.Sprintf("permit it with a NetworkPolicy in the namespace %s, or let the program isolate that namespace", d.own.Namespace)
	case "":
		message = fmt.Sprintf("%s isolates %s, and no policy permits %s on %s, %s", d.cause.Text, d.own.Object, what, d.ports, where)
		help = fmt.Sprintf("permit it in the namespace %s, or let the program isolate that namespace", d.own.Namespace)
	}
	c.diags.Add(c.related(diag.New(diag.EdgeDenied, d.edge.Span, "%s", message), d.cause).WithHelp("%s", help))
}

// related adds the object of a cause to a diagnostic.
func (c *check) related(d diag.Diagnostic, cause query.Place) diag.Diagnostic {
	var objects []inventory.Object
	for _, p := range c.inventory.Policies {
		objects = append(objects, p.Object)
	}
	for _, p := range c.inventory.ClusterPolicies {
		objects = append(objects, p.Object)
	}
	for _, p := range c.inventory.CiliumPolicies {
		objects = append(objects, p.Object)
	}
	for _, o := range objects {
		if name := o.String(); cause.Text == name || strings.HasPrefix(cause.Text, name+" ") {
			return d.WithRelated(o.Span, "%s", o)
		}
	}
	return d
}
