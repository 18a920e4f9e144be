package flows

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Check reports the observed connections that a topology would cut, once for the same parties and
// port. Name is that of the log. Manifests, if inv is not nil, have the labels of pods that the log
// lacks, and the names of ports.
func Check(t *topology.Topology, log *Log, name string, inv *inventory.Inventory) diag.List {
	c := newChecker(t, inv)
	c.name, c.unclear = name, log.Unclear
	services := NewServices(inv, t.Network.Services)
	for _, f := range log.Flows {
		pods, isService := services.Behind(f)
		switch {
		case !isService:
			c.flow(f)
		case len(pods) == 0:
			c.toServices += f.Count
			if text := serviceText(f); !slices.Contains(c.services, text) {
				c.services = append(c.services, text)
			}
		}
		for _, one := range pods {
			c.flow(one)
		}
	}
	return c.report()
}

func newChecker(t *topology.Topology, inv *inventory.Inventory) *checker {
	if inv == nil {
		inv = &inventory.Inventory{}
	}
	c := &checker{topology: t, namespaces: map[string]*topology.Namespace{}, permitted: semantics.Relation(t), inventory: inv, seen: map[[2]string]*cut{}}
	for _, n := range t.Namespaces {
		c.namespaces[n.Name] = n
	}
	return c
}

// Judge returns which flows a topology permits, and which it denies. Flows of which that is not clear
// are neither: those of pods whose labels are not known, and of an unknown address of the internet
// if not all addresses have the same answer.
func Judge(t *topology.Topology, list []Flow, inv *inventory.Inventory) (permitted, denied []Flow) {
	c := newChecker(t, inv)
	for _, f := range list {
		switch yes, known := c.judge(&f); {
		case !known:
		case yes:
			permitted = append(permitted, f)
		default:
			denied = append(denied, f)
		}
	}
	return permitted, denied
}

// Records returns how many records the flows are of.
func Records(list []Flow) (n int) {
	for _, f := range list {
		n += f.Count
	}
	return n
}

type checker struct {
	topology   *topology.Topology
	namespaces map[string]*topology.Namespace
	permitted  *relation.Relation
	inventory  *inventory.Inventory
	name       string
	cuts       []*cut
	seen       map[[2]string]*cut // by their parties and port
	unclear    int
	toServices int                // records of flows to Services whose pods are not known
	services   []string           // the addresses of these
	noBlocks   *relation.Relation // what the topology permits without address blocks; nil until it is asked for
	addresses  []netip.Addr       // of the internet; nil until they are asked for
}

// cut is the connections that would be cut between the same parties on one port.
type cut struct {
	from, to    party
	port        relation.PortRange
	count, line int
	names       []string // DNS names of To's address
}

// party is an end of a connection as the program would name it.
type party struct {
	tier      *topology.Tier // nil if it is in none
	pods      Endpoint       // if it is of pods
	addr      netip.Addr     // otherwise
	node      bool           // addr is of a node
	apiServer bool           // addr is of the API server
	name      string
}

func (c *checker) flow(f Flow) {
	switch permitted, known := c.judge(&f); {
	case !known:
		c.unclear += f.Count
		return
	case permitted:
		return
	}
	from, to := c.party(f.From), c.party(f.To)
	key := [2]string{from.name, to.name + " :" + f.Port.String()}
	if c.seen[key] == nil {
		c.seen[key] = &cut{from: from, to: to, port: f.Port, line: f.Line, names: f.To.Names}
		c.cuts = append(c.cuts, c.seen[key])
	}
	c.seen[key].count += f.Count
}

// judge reports whether a flow is permitted, and whether that is known.
func (c *checker) judge(f *Flow) (permitted, known bool) {
	if !c.complete(&f.From) || !c.complete(&f.To) {
		return false, false
	}
	if !f.From.Internet && !f.To.Internet {
		return c.permits(*f), true
	}
	for i, a := range c.internet() {
		one := *f
		if f.From.Internet {
			one.From.Addr = a
		} else {
			one.To.Addr = a
		}
		yes := c.permits(one)
		if i > 0 && yes != permitted {
			return false, false
		}
		permitted = yes
	}
	return permitted, true
}

func (c *checker) permits(f Flow) bool {
	permitted := c.permitted
	if (f.From.Node || f.To.Node) && c.topology.Network.Plugin.Never(topology.BlocksMatchNodes) {
		permitted = c.withoutBlocks()
	}
	return permitted.Permits(relation.Connection{From: c.concrete(f.From), To: c.concrete(f.To), Port: c.port(f)})
}

// withoutBlocks returns what the topology permits if no address block matches.
func (c *checker) withoutBlocks() *relation.Relation {
	if c.noBlocks == nil {
		less := *c.topology
		less.Edges = slices.DeleteFunc(slices.Clone(less.Edges), func(e *topology.Edge) bool {
			return e.From.Kind == topology.Addresses || e.To.Kind == topology.Addresses
		})
		c.noBlocks = semantics.Relation(&less)
	}
	return c.noBlocks
}

// internet returns an address of the internet for each way in which edges tell its addresses apart.
func (c *checker) internet() []netip.Addr {
	if c.addresses != nil {
		return c.addresses
	}
	all := resolve.Internet(c.topology.Network).Addrs
	borders := all.Prefixes()
	for _, e := range c.topology.Edges {
		borders = append(append(borders, e.From.Addrs.Prefixes()...), e.To.Addrs.Prefixes()...)
	}
	for _, p := range borders {
		// The first address of the block, and the one after it.
		after := relation.Last(p.Masked()).Next()
		for _, a := range []netip.Addr{p.Addr(), after} {
			if all.Has(a) && !slices.Contains(c.addresses, a) {
				c.addresses = append(c.addresses, a)
			}
		}
	}
	return c.addresses
}

// complete reports whether the labels of a pod are known. It sets those that the log lacks from the
// workload's manifest.
func (c *checker) complete(e *Endpoint) bool {
	if !e.IsPod() || e.Labels != nil {
		return true
	}
	for _, w := range c.inventory.Workloads {
		if w.Namespace == e.Namespace && w.Name == e.Workload && len(w.Labels) > 0 {
			e.Labels = w.Labels
			return true
		}
	}
	return false
}

// concrete returns an end as a party of the relation. Declared namespaces have the labels of the
// program.
func (c *checker) concrete(e Endpoint) relation.Party {
	if !e.IsPod() {
		return relation.Party{Addr: e.Addr}
	}
	labels := e.NamespaceLabels
	if n := c.namespaces[e.Namespace]; n != nil {
		labels = n.Labels
	}
	return relation.Party{Namespace: e.Namespace, NamespaceLabels: labels, Labels: e.Labels}
}

// port returns the port of a flow with the names that it may have: those in manifests or, without
// manifests of its pods, all names in the program, so that Check reports only what is surely cut.
func (c *checker) port(f Flow) relation.Port {
	port := relation.Port{Protocol: f.Port.Protocol, Number: f.Port.Low}
	known := false
	for _, w := range c.inventory.Workloads {
		if !f.To.IsPod() || w.Namespace != f.To.Namespace || !inventory.Carries(f.To.Labels, w.Labels) {
			continue
		}
		known = true
		for _, p := range w.Ports {
			if p.Name != "" && p.Number == port.Number && p.Protocol == port.Protocol {
				port.Names = append(port.Names, p.Name)
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

// party names an end: pods by the narrowest of their tiers, or by their labels; an address as nodes,
// an external, or itself.
func (c *checker) party(e Endpoint) party {
	if e.Internet {
		return party{name: "internet"}
	}
	if !e.IsPod() {
		p := party{addr: e.Addr, name: c.addressName(e.Addr), node: e.Node, apiServer: e.APIServer}
		if e.Node && c.topology.Network.Plugin.Never(topology.BlocksMatchNodes) {
			p.name = "nodes" // no edge can tell them apart
		}
		return p
	}
	p := party{pods: e, name: fmt.Sprintf("%s/{%s}", e.Namespace, labelText(e.Labels))}
	if n := c.namespaces[e.Namespace]; n != nil {
		for _, t := range n.Tiers {
			if t.Selector.Matches(e.Labels) && (p.tier == nil || t.Selector.Implies(p.tier.Selector)) {
				p.tier, p.name = t, t.String()
			}
		}
	}
	return p
}

func (c *checker) addressName(a netip.Addr) string {
	if api := c.topology.Network.APIServer; api != nil && api.Addrs.Has(a) {
		return api.Name
	}
	has := func(b topology.Block) bool { return b.Has(a) }
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
	view := query.OfTopology(c.topology, query.FactsOf(c.topology), "")
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
		d.Help = c.remedy(view, k)
		diags.Add(d)
	}
	if c.toServices > 0 {
		diags.Add(diag.New(diag.UnclearFlows, source.Span{}, "%s of %s could not be judged: they are to the addresses of Services, %s", records(c.toServices), c.name, few(c.services)).
			WithHelp("policies see the pods behind a Service; give its manifest, with its clusterIP, and those of its pods: --manifests PATH"))
	}
	if c.unclear > 0 {
		diags.Add(diag.New(diag.UnclearFlows, source.Span{}, "%s of %s could not be judged: they do not tell a port, an address, or a pod's labels", records(c.unclear), c.name).
			WithHelp("with --manifests, the labels of a pod that is known by its workload are taken from there"))
	}
	return diags
}

// follows reports whether a tier only resolves names for another connection that is reported: an edge
// for that one also permits DNS.
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

// spanOf returns where the program declares one of the ends.
func spanOf(ends ...party) source.Span {
	for _, p := range ends {
		if p.tier != nil && !p.tier.Prelude {
			return p.tier.Span
		}
	}
	return source.Span{}
}

// remedy returns a help line: what to write to permit a connection.
func (c *checker) remedy(view *query.Model, k *cut) string {
	plugin := c.topology.Network.Plugin
	never := plugin.Never(topology.BlocksMatchNodes)
	if never && k.to.node {
		return fmt.Sprintf("%s matches no node by address; set %s in %s, and write `%s`", plugin.Title, plugin.SettingOf(topology.BlocksMatchNodes), plugin.Title, plugin.Change(topology.BlocksMatchNodes))
	}
	if never && k.from.node {
		k.from.name = "all"
	}
	var declare []string
	name := func(p party) string {
		if p.tier != nil || !p.pods.IsPod() {
			return p.name
		}
		tier, selector := proposal(p.pods)
		declare = append(declare, fmt.Sprintf("tier %s { %s } in the namespace %s", tier, selector, p.pods.Namespace))
		return p.pods.Namespace + "/" + tier
	}
	var state string
	for _, p := range []*party{&k.from, &k.to} {
		if p.apiServer && !p.node && c.topology.Network.APIServer == nil {
			state = fmt.Sprintf("state `network { apiserver %s :%s }`, and ", p.name, k.port)
			if p == &k.from {
				state = fmt.Sprintf("state `network { apiserver %s }`, and ", p.name)
			}
			p.name = "apiserver"
		}
	}
	line := fmt.Sprintf("%s -> %s :%s", name(k.from), name(k.to), k.port)
	help := state + "permit it: "
	if len(declare) > 0 {
		help = state + "declare " + strings.Join(declare, " and ") + ", and permit it: "
	} else if q, err := view.Query(line); err == nil {
		line = cmp.Or(view.Suggestion(q), line)
	}
	help += line
	if plugin == nil && (k.from.node || k.to.node) {
		help += "; with Cilium, this needs policy-cidr-match-mode=nodes: state `network { plugin cilium }`"
	}
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

// proposal returns the name and selector of a tier for pods that are in none.
func proposal(pods Endpoint) (name, selector string) {
	if key := inventory.IdentifyingLabel(pods.Labels); key != "" {
		return tierName(pods.Labels[key]), key + "=" + pods.Labels[key]
	}
	return tierName(pods.Workload), strings.ReplaceAll(labelText(pods.Labels), ",", ", ")
}

var notInName = regexp.MustCompile(`[^a-z0-9]`)

// tierName turns a label's value into the name of a tier.
func tierName(value string) string {
	name := notInName.ReplaceAllString(strings.ToLower(value), "-")
	return cmp.Or(strings.Trim(name, "-"), "pods")
}
