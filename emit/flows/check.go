package flows

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/answer"
	"github.com/zt-lang/zt/emit/inventory"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Check reports the observed connections that a topology would cut, those between the
// same parties on the same port once. Name is what the log is called. The workloads of manifests, if there are any, tell which
// labels a pod has where the log does not, and what its ports are called.
func Check(t *topology.Topology, log *Log, name string, inv *inventory.Inventory) diag.List {
	c := checker{topology: t, permitted: meaning.Relation(t), inventory: inv, name: name, seen: map[string]*cut{}, unclear: log.Unclear}
	for _, f := range log.Flows {
		c.flow(f)
	}
	return c.report()
}

type checker struct {
	topology  *topology.Topology
	permitted *relation.Relation
	inventory *inventory.Inventory
	name      string
	cuts      []*cut
	seen      map[string]*cut // by their parties and port
	unclear   int
}

// cut is the connections that would be cut between the same parties on one port.
type cut struct {
	from, to    party
	port        relation.PortRange
	count, line int
	names       []string // DNS names of an address that was connected to
}

// party is an end of a connection as the program would name it.
type party struct {
	tier *topology.Tier // nil for what no tier has
	pods Endpoint       // of pods
	addr netip.Addr     // of what is no pod
	name string
}

func (c *checker) flow(f Flow) {
	if !c.complete(&f.From) || !c.complete(&f.To) {
		c.unclear += f.Count
		return
	}
	if c.permitted.Permits(relation.Connection{From: c.concrete(f.From), To: c.concrete(f.To), Port: c.port(f)}) {
		return
	}
	from, to := c.party(f.From), c.party(f.To)
	key := from.name + "\x00" + to.name + "\x00" + f.Port.String()
	known := c.seen[key]
	if known == nil {
		known = &cut{from: from, to: to, port: f.Port, line: f.Line, names: f.To.Names}
		c.seen[key] = known
		c.cuts = append(c.cuts, known)
	}
	known.count += f.Count
}

// complete sees to it that the labels of a pod are known, from its workload's
// manifest where the log does not tell them.
func (c *checker) complete(e *Endpoint) bool {
	if !e.IsPod() || e.Labels != nil {
		return true
	}
	if c.inventory != nil {
		for _, w := range c.inventory.Workloads {
			if w.Namespace == e.Namespace && w.Name == e.Workload && len(w.Labels) > 0 {
				e.Labels = w.Labels
				return true
			}
		}
	}
	return false
}

// concrete returns an end as the evaluation knows it. The labels of declared
// namespaces are those that the program states.
func (c *checker) concrete(e Endpoint) relation.Party {
	if !e.IsPod() {
		return relation.Party{Addr: e.Addr}
	}
	labels := e.NamespaceLabels
	for _, n := range c.topology.Namespaces {
		if n.Name == e.Namespace {
			labels = n.Labels
		}
	}
	return relation.Party{Namespace: e.Namespace, NamespaceLabels: labels, Labels: e.Labels}
}

// port returns the port of a flow with the names that it may go by: those that the
// manifests tell, or, where nothing tells, all that the program speaks of, since what is not known to be cut is not reported.
func (c *checker) port(f Flow) relation.Port {
	port := relation.Port{Protocol: f.Port.Protocol, Number: f.Port.Low}
	known := false
	if c.inventory != nil && f.To.IsPod() {
		for _, w := range c.inventory.Workloads {
			if w.Namespace != f.To.Namespace || !carries(f.To.Labels, w.Labels) {
				continue
			}
			known = true
			for _, p := range w.Ports {
				if p.Name != "" && p.Number == port.Number && p.Protocol == port.Protocol {
					port.Names = append(port.Names, p.Name)
				}
			}
		}
	}
	if known {
		return port
	}
	for _, e := range c.topology.Edges {
		for _, n := range e.Ports.NamedPorts() {
			if n.Protocol == port.Protocol && !slices.Contains(port.Names, n.Name) {
				port.Names = append(port.Names, n.Name)
			}
		}
	}
	return port
}

// carries reports whether a pod has all labels of a workload's template.
func carries(labels, template map[string]string) bool {
	for k, v := range template {
		if value, ok := labels[k]; !ok || value != v {
			return false
		}
	}
	return len(template) > 0
}

// party names an end: by its tier, or the narrowest of several; pods of none by
// their labels; addresses as nodes, as an external, or as themselves.
func (c *checker) party(e Endpoint) party {
	if !e.IsPod() {
		return party{addr: e.Addr, name: c.addressName(e.Addr)}
	}
	p := party{pods: e, name: fmt.Sprintf("%s/{%s}", e.Namespace, labelText(e.Labels))}
	for _, n := range c.topology.Namespaces {
		if n.Name != e.Namespace {
			continue
		}
		for _, t := range n.Tiers {
			if t.Selector.Matches(e.Labels) && (p.tier == nil || t.Selector.Implies(p.tier.Selector)) {
				p.tier, p.name = t, t.String()
			}
		}
	}
	return p
}

func (c *checker) addressName(a netip.Addr) string {
	has := func(p netip.Prefix) bool { return p.Contains(a) }
	if slices.ContainsFunc(c.topology.Network.Nodes, has) {
		return "nodes"
	}
	for _, x := range c.topology.Externals {
		if x.Endpoint.Addrs.Has(a) {
			return x.Name
		}
	}
	return netip.PrefixFrom(a, a.BitLen()).String()
}

func (c *checker) report() diag.List {
	var diags diag.List
	view := answer.OfTopology(c.topology, answer.FactsOf(c.topology), "")
	slices.SortStableFunc(c.cuts, func(a, b *cut) int { return cmp.Compare(a.line, b.line) })
	for _, k := range c.cuts {
		if c.follows(k) {
			continue
		}
		to := k.to.name
		if len(k.names) > 0 {
			to += " (" + strings.Join(k.names, ", ") + ")"
		}
		d := diag.New(diag.FlowCut, spanOf(k.from, k.to), "%s -> %s :%s would be cut; it was let through in %s, first at %s:%d", k.from.name, to, k.port, records(k.count), c.name, k.line)
		if k.from.tier != nil && k.to.tier != nil && k.from.tier != k.to.tier {
			d = d.WithRelated(k.to.tier.Span, "to %s", k.to.tier)
		}
		d.Help = remedy(view, k)
		diags.Add(d)
	}
	if c.unclear > 0 {
		diags.Add(diag.New(diag.UnclearFlows, source.Span{}, "%s of %s could not be judged: they do not tell a port, an address, or a pod's labels", records(c.unclear), c.name).
			WithHelp("with --manifests, the labels of a pod that is known by its workload are taken from there"))
	}
	return diags
}

// follows reports whether what is cut is the resolving of names by a tier of which another
// connection is reported: whoever may open connections may resolve names, without an edge of its own.
func (c *checker) follows(k *cut) bool {
	if k.from.tier == nil || !c.resolves(k) {
		return false
	}
	return slices.ContainsFunc(c.cuts, func(other *cut) bool { return other.from.tier == k.from.tier && !c.resolves(other) })
}

// resolves reports whether a connection is to a resolver, on a port for resolving names.
func (c *checker) resolves(k *cut) bool {
	return slices.ContainsFunc(c.topology.Resolvers, func(r *topology.Endpoint) bool {
		if k.to.tier == nil || r.Tier != k.to.tier {
			if k.to.pods.IsPod() || !r.Addrs.Has(k.to.addr) {
				return false
			}
		}
		return k.port.Low == 53 || slices.ContainsFunc(c.topology.Edges, func(e *topology.Edge) bool {
			return e.Implicit && e.To == r && relation.RangeOf(k.port).Subset(e.Ports)
		})
	})
}

func records(n int) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", n)
}

// spanOf returns where the program speaks of a cut connection's ends.
func spanOf(ends ...party) source.Span {
	for _, p := range ends {
		if p.tier != nil && !p.tier.Prelude {
			return p.tier.Span
		}
	}
	return source.Span{}
}

// remedy says what to write for a connection to be permitted.
func remedy(view *answer.View, k *cut) string {
	var declare []string
	name := func(p party) string {
		if p.tier != nil || !p.pods.IsPod() {
			return p.name
		}
		tier, selector := proposal(p.pods)
		declare = append(declare, fmt.Sprintf("tier %s { %s } in the namespace %s", tier, selector, p.pods.Namespace))
		return p.pods.Namespace + "/" + tier
	}
	line := fmt.Sprintf("%s -> %s :%s", name(k.from), name(k.to), k.port)
	help := "permit it: "
	if len(declare) > 0 {
		help = "declare " + strings.Join(declare, " and ") + ", and permit it: "
	} else if q, err := view.Query(line); err == nil && view.Suggestion(q) != "" {
		line = view.Suggestion(q)
	}
	help += line
	if to := k.to.tier; to != nil && len(to.Listens) > 0 {
		var listens relation.Ports
		for _, l := range to.Listens {
			listens = listens.Union(l.Ports)
		}
		if !relation.RangeOf(k.port).Subset(listens) {
			help += fmt.Sprintf("; and let %s listen on %s", to, k.port)
		}
	}
	return help
}

// proposal returns a tier for pods that none has: its name and selector.
func proposal(pods Endpoint) (name, selector string) {
	for _, key := range []string{"app.kubernetes.io/name", "app", "k8s-app", "name", "component", "role"} {
		if v := pods.Labels[key]; v != "" {
			return tierName(v), key + "=" + v
		}
	}
	if pods.Workload != "" {
		name = tierName(pods.Workload)
	} else {
		name = "pods"
	}
	return name, strings.ReplaceAll(labelText(pods.Labels), ",", ", ")
}

// tierName returns a label's value as a tier may be called.
func tierName(value string) string {
	clean := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}
	if name := strings.Trim(strings.Map(clean, strings.ToLower(value)), "-"); name != "" {
		return name
	}
	return "pods"
}
