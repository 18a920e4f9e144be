package program

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/zt-lang/zt/compiler/cluster/flows"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/format"
)

// LearnOptions choose how far to generalize addresses.
type LearnOptions struct {
	// Internet permits the whole internet where any of its addresses was seen.
	Internet bool
	// BlockSize is the length of the prefix of the blocks into which IPv4 addresses are joined; 32 or
	// 0 for none. A block of IPv6 has as many host bits.
	BlockSize int
	// DefaultNamespace is the namespace whose tiers are at the top level.
	DefaultNamespace string
}

// mostAddresses is how many addresses an edge lists: more public ones are the internet.
const mostAddresses = 16

// Lesson is a program that was learned from flows.
type Lesson struct {
	Text            []byte
	Edges           int
	Generalizations []Generalization
	// Skipped counts forwarded records of pods whose labels are not known, and of addresses of the
	// internet that are not known and that the options do not permit.
	Skipped int
}

// Generalization is something that the program permits and the flows did not show.
type Generalization struct {
	What string `json:"what"`
	Why  string `json:"why"`
	// More is how many more addresses or pairs of workloads it permits; -1 for the internet.
	More int `json:"more"`
}

// Learn returns a program that permits the forwarded flows: a tier for each workload that was seen,
// and an edge for each pair and its ports. Of a topology that is given, it uses the tiers, and
// returns only what is missing. Manifests, if inv is not nil, have labels that the flows lack.
func Learn(log *flows.Log, inv *inventory.Inventory, known *topology.Topology, options LearnOptions) (*Lesson, error) {
	l := &learner{options: options, known: known, lesson: &Lesson{}, workloads: map[string]int{}, keys: map[*inventory.Workload]string{},
		addresses: map[addressKey]map[netip.Addr]*seen{}, pairs: map[[2]string]bool{}}
	list := log.Flows
	if known != nil {
		_, list = flows.Judge(known, list, inv)
	}
	l.inventory.Evidence = &inventory.Evidence{}
	l.collect(slices.Concat(log.Flows, log.Dropped), inv)
	l.draft = newDraft(&l.inventory)
	l.connectAll(list)
	l.connectAddresses()
	l.resolveNames()
	for _, f := range log.Dropped { // also where nothing else was seen, what was dropped stays so
		for _, e := range []flows.Endpoint{f.From, f.To} {
			isKnown := known != nil && slices.ContainsFunc(known.Namespaces, func(n *topology.Namespace) bool { return n.Name == e.Namespace })
			if e.IsPod() && !isKnown && !slices.Contains(system, e.Namespace) {
				l.declared = append(l.declared, e.Namespace)
			}
		}
	}
	return l.write()
}

type learner struct {
	*draft
	options   LearnOptions
	known     *topology.Topology
	inventory inventory.Inventory
	workloads map[string]int // the workload of pods, by endpointKey
	keys      map[*inventory.Workload]string
	addresses map[addressKey]map[netip.Addr]*seen
	pairs     map[[2]string]bool // workloads that were seen to connect
	resolving []resolving
	lesson    *Lesson
}

type addressKey struct {
	tier *tier
	to   bool // the addresses are the destination
}

// seen is what was seen between a tier and an address.
type seen struct {
	ports []listen
	count int
	last  time.Time
	names []string
}

type resolving struct {
	tier *tier
	flow flows.Flow
}

type object struct{ namespace, name string }

// endpointKey tells workloads apart: by their name, or else by the labels that last.
func endpointKey(e flows.Endpoint) string {
	if e.Workload != "" {
		return e.Namespace + "/" + e.Workload
	}
	lasting := maps.Clone(e.Labels)
	maps.DeleteFunc(lasting, func(key, _ string) bool { return slices.Contains(wiring.Changing, key) })
	return e.Namespace + "/" + joined(lasting)
}

// collect makes a workload of the pods that were seen of it: its labels are those that all have. It
// includes those without an edge, so that no tier selects them.
func (l *learner) collect(list []flows.Flow, inv *inventory.Inventory) {
	manifests := map[object]*inventory.Workload{}
	if inv != nil {
		for i := range inv.Workloads {
			manifests[object{inv.Workloads[i].Namespace, inv.Workloads[i].Name}] = &inv.Workloads[i]
		}
	}
	byKey := map[string]*inventory.Workload{}
	for _, f := range list {
		for _, e := range []flows.Endpoint{f.From, f.To} {
			if !e.IsPod() {
				continue
			}
			key := endpointKey(e)
			w := byKey[key]
			switch {
			case w != nil && e.Labels != nil:
				maps.DeleteFunc(w.Labels, func(k, v string) bool { return e.Labels[k] != v })
			case w != nil:
			case e.Labels != nil:
				byKey[key] = &inventory.Workload{Object: inventory.Object{Kind: "Pods", Namespace: e.Namespace, Name: e.Workload}, Labels: maps.Clone(e.Labels)}
			case manifests[object{e.Namespace, e.Workload}] != nil:
				byKey[key] = &inventory.Workload{Object: inventory.Object{Kind: "Pods", Namespace: e.Namespace, Name: e.Workload}, Labels: maps.Clone(manifests[object{e.Namespace, e.Workload}].Labels)}
			}
		}
	}
	for o, w := range manifests {
		if key := o.namespace + "/" + o.name; byKey[key] == nil {
			byKey[key] = &inventory.Workload{Object: inventory.Object{Kind: "Pods", Namespace: o.namespace, Name: o.name}, Labels: w.Labels}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		l.workloads[key] = len(l.inventory.Workloads)
		l.inventory.Workloads = append(l.inventory.Workloads, *byKey[key])
	}
	for key, i := range l.workloads {
		l.keys[&l.inventory.Workloads[i]] = key
	}
}

// tier returns the tier of pods, or nil if their labels are not known.
func (l *learner) tier(e flows.Endpoint) *tier {
	i, ok := l.workloads[endpointKey(e)]
	if !ok {
		return nil
	}
	w := &l.inventory.Workloads[i]
	if l.known != nil {
		if t := narrowest(l.known, e.Namespace, w.Labels); t != nil {
			for _, old := range l.tiers {
				if old.known == t {
					return old
				}
			}
			old := &tier{namespace: e.Namespace, name: t.Name, known: t, workloads: []*inventory.Workload{w}}
			l.tiers = append(l.tiers, old)
			return old
		}
	}
	return l.tierOf[w]
}

// narrowest returns the narrowest tier of a topology that selects pods, or nil.
func narrowest(t *topology.Topology, namespace string, labels map[string]string) (found *topology.Tier) {
	for _, n := range t.Namespaces {
		if n.Name != namespace {
			continue
		}
		for _, t := range n.Tiers {
			if t.Selector.Matches(labels) && (found == nil || t.Selector.Implies(found.Selector)) {
				found = t
			}
		}
	}
	return found
}

// connectAll adds the edges between pods, and keeps what was seen of addresses.
func (l *learner) connectAll(list []flows.Flow) {
	for _, f := range list {
		port := listen{number: f.Port.Low, protocol: f.Port.Protocol}
		from, to := l.end(f.From), l.end(f.To)
		switch {
		case f.From.IsPod() && from == nil || f.To.IsPod() && to == nil:
			l.lesson.Skipped += f.Count
		case l.known != nil && (f.From.Node || f.To.Node) && l.known.Network.Plugin.Never(topology.BlocksMatchNodes):
			l.lesson.Skipped += f.Count // no edge can select a node
		case (f.From.Internet || f.To.Internet) && !l.options.Internet:
			l.lesson.Skipped += f.Count
		case unisolated(from) && unisolated(to): // nothing isolates either
		case from == nil && to == nil:
		case from == nil:
			l.see(addressKey{to, false}, f.From, port, f)
		case to == nil:
			l.see(addressKey{from, true}, f.To, port, f)
		case isResolver(f.To) && port.number == 53:
			l.resolving = append(l.resolving, resolving{from, f})
		default:
			l.pairs[[2]string{endpointKey(f.From), endpointKey(f.To)}] = true
			to.listen(port)
			l.connect(from, to, []listen{port}, "")
			l.edges[[2]*tier{from, to}].count(f.Count, f.Last)
		}
	}
}

func (l *learner) end(e flows.Endpoint) *tier {
	if !e.IsPod() {
		return nil
	}
	return l.tier(e)
}

// unisolated reports whether policies do not isolate an end: an address, or pods of the cluster's own.
func unisolated(t *tier) bool { return t == nil || slices.Contains(system, t.namespace) }

// isResolver reports whether an end is the resolvers that every program knows.
func isResolver(e flows.Endpoint) bool {
	return e.Namespace == "kube-system" && e.Labels["k8s-app"] == "kube-dns"
}

func (e *edge) count(n int, last time.Time) {
	e.flows += n
	if last.After(e.last) {
		e.last = last
	}
}

func (l *learner) see(key addressKey, e flows.Endpoint, port listen, f flows.Flow) {
	if l.addresses[key] == nil {
		l.addresses[key] = map[netip.Addr]*seen{}
	}
	s := l.addresses[key][e.Addr]
	if s == nil {
		s = &seen{}
		l.addresses[key][e.Addr] = s
	}
	if !slices.Contains(s.ports, port) {
		s.ports = append(s.ports, port)
	}
	s.count += f.Count
	if f.Last.After(s.last) {
		s.last = f.Last
	}
	for _, n := range e.Names {
		if !slices.Contains(s.names, n) {
			s.names = append(s.names, n)
		}
	}
	if !key.to {
		key.tier.listen(port)
	}
}

// connectAddresses adds an edge for the addresses that a tier was seen with on the same ports.
func (l *learner) connectAddresses() {
	internet := resolve.Internet(topology.Network{}).Addrs
	if l.known != nil {
		internet = resolve.Internet(l.known.Network).Addrs
	}
	for _, key := range slices.SortedFunc(maps.Keys(l.addresses), func(a, b addressKey) int {
		return cmp.Or(a.tier.compare(b.tier), cmp.Compare(fmt.Sprint(a.to), fmt.Sprint(b.to)))
	}) {
		groups := map[string][]netip.Addr{}
		for a, s := range l.addresses[key] {
			sortPorts(s.ports)
			text := fmt.Sprint(s.ports)
			groups[text] = append(groups[text], a)
		}
		for _, text := range slices.Sorted(maps.Keys(groups)) {
			addresses := groups[text]
			slices.SortFunc(addresses, netip.Addr.Compare)
			var public, private []netip.Addr
			for _, a := range addresses {
				if internet.Has(a) || !a.IsValid() {
					public = append(public, a)
				} else {
					private = append(private, a)
				}
			}
			if len(public) > 0 && (l.options.Internet || len(public) > mostAddresses) {
				l.connectPeer(key, public, &tier{name: "internet"})
				why := "more than " + fmt.Sprint(mostAddresses) + " addresses"
				if l.options.Internet {
					why = "--internet"
				}
				l.generalize(fmt.Sprintf("%s of %s to internet", counted(len(public), "address"), key.tier), why, -1)
				public = nil
			}
			if rest := append(public, private...); len(rest) > 0 {
				l.connectPeer(key, rest, &tier{blocks: l.blocks(key.tier, rest)})
			}
		}
	}
}

// blocks joins addresses to blocks of the chosen size.
func (l *learner) blocks(of *tier, addresses []netip.Addr) []netip.Prefix {
	host := 0
	if l.options.BlockSize > 0 {
		host = 32 - l.options.BlockSize
	}
	inside := map[netip.Prefix]int{}
	for _, a := range addresses {
		inside[netip.PrefixFrom(a, a.BitLen()-host).Masked()]++
	}
	var out []netip.Prefix
	for _, a := range addresses {
		block := netip.PrefixFrom(a, a.BitLen()-host).Masked()
		if inside[block] == 1 {
			block = netip.PrefixFrom(a, a.BitLen())
		}
		if !slices.Contains(out, block) {
			out = append(out, block)
			if n := inside[block]; n > 1 {
				l.generalize(fmt.Sprintf("%s of %s to %s", counted(n, "address"), of, block), fmt.Sprintf("--block-size %d", l.options.BlockSize), 1<<host-n)
			}
		}
	}
	return out
}

func (l *learner) generalize(what, why string, more int) {
	if more != 0 {
		l.lesson.Generalizations = append(l.lesson.Generalizations, Generalization{what, why, more})
	}
}

// connectPeer adds the edge between a tier and addresses.
func (l *learner) connectPeer(key addressKey, addresses []netip.Addr, peer *tier) {
	from, to := peer, key.tier
	if key.to {
		from, to = key.tier, peer
	}
	ports := l.addresses[key][addresses[0]].ports
	l.connect(from, to, ports, "")
	e := l.edges[[2]*tier{from, to}]
	for _, a := range addresses {
		s := l.addresses[key][a]
		e.count(s.count, s.last)
		for _, n := range s.names {
			if !slices.Contains(e.evidence, n) {
				e.evidence = append(e.evidence, n)
			}
		}
	}
	slices.Sort(e.evidence)
	if most := 3; len(e.evidence) > most {
		e.evidence = e.evidence[:most]
	}
	if len(addresses) > 1 {
		e.evidence = append(e.evidence, counted(len(addresses), "address"))
	}
}

// resolveNames adds edges to the resolvers for tiers that only resolve names: other edges permit it.
func (l *learner) resolveNames() {
	opens := map[*tier]bool{}
	for key := range l.edges {
		if key[0].name != "internet" && key[0].blocks == nil {
			opens[key[0]] = true
		}
	}
	resolver := &tier{namespace: "kube-system", name: "kube-dns"}
	resolves := map[*tier]bool{}
	for _, r := range l.resolving {
		resolves[r.tier] = true
		if !opens[r.tier] && !unisolated(r.tier) {
			l.connect(r.tier, resolver, []listen{{number: r.flow.Port.Low, protocol: r.flow.Port.Protocol}}, "")
			l.edges[[2]*tier{r.tier, resolver}].count(r.flow.Count, r.flow.Last)
		}
	}
	more := 0
	for t := range opens {
		if !resolves[t] && !unisolated(t) {
			more++
		}
	}
	if more > 0 {
		l.generalize("names: each tier that opens connections may ask the resolvers", "an edge brings DNS", more)
	}
}

// write prints the program.
func (l *learner) write() (*Lesson, error) {
	unseen := 0
	for _, e := range l.edges {
		if e.flows > 0 {
			note := counted(e.flows, "flow")
			if !e.last.IsZero() {
				note += ", last " + e.last.UTC().Format(time.DateOnly)
			}
			e.evidence = append([]string{note}, slices.DeleteFunc(e.evidence, func(s string) bool { return s == "" })...)
		}
		for _, from := range e.from.workloads {
			for _, to := range e.to.workloads {
				if !l.pairs[[2]string{l.keys[from], l.keys[to]}] {
					unseen++
				}
			}
		}
	}
	if unseen > 0 {
		l.generalize("pairs of workloads", "workloads with the same labels are one tier", unseen)
	}
	l.lesson.Edges = len(l.edges)
	if len(l.edges) == 0 {
		return l.lesson, nil
	}
	used := map[*tier]bool{}
	for key := range l.edges {
		used[key[0]], used[key[1]] = true, true
	}
	l.tiers = slices.DeleteFunc(l.tiers, func(t *tier) bool { return t.known != nil || !used[t] })
	slices.SortFunc(l.tiers, (*tier).compare)
	text, err := format.Tree(&ast.File{Statements: l.statements(l.options.DefaultNamespace)})
	l.lesson.Text = text
	return l.lesson, err
}

// sortPorts sorts ports by number and protocol.
func sortPorts(list []listen) {
	slices.SortFunc(list, func(a, b listen) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.protocol, b.protocol))
	})
}
