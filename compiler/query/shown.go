package query

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
)

// Sort says what kind of thing a party is, for answers that show it in its place.
type Sort int

// The sorts of parties.
const (
	Pods      Sort = iota // some pods of one namespace, such as a tier or a workload
	EveryPod              // every pod of one namespace
	Across                // pods of several namespaces
	Outside               // addresses
	Everybody             // all: any pod and address, for the other side only
)

// Sort returns the sort of a party, and the namespace of its pods if they are all of one.
func (p *Party) Sort() (s Sort, namespace string) {
	if p.Free {
		return Everybody, ""
	}
	if p.Host != "" {
		return Pods, p.Host
	}
	every := false
	for i, part := range p.Parts {
		pods, ns, ok := podsOfOne(part)
		if !ok || i > 0 && ns != namespace {
			if p.hasPods() {
				return Across, ""
			}
			return Outside, ""
		}
		namespace, every = ns, every || pods.Labels.IsAny()
	}
	if every && p.workload == nil {
		return EveryPod, namespace
	}
	return Pods, namespace
}

// OnHost reports whether the party runs on the host network, where policies do not apply.
func (p *Party) OnHost() bool { return p.Host != "" }

// Environment returns the environment of a party's namespace, or "".
func (v *Model) Environment(namespace string) string {
	if v.topology == nil {
		return ""
	}
	var names []string
	for _, e := range v.topology.Environments {
		if slices.ContainsFunc(e.Namespaces, func(n *topology.Namespace) bool { return n.Name == namespace }) {
			names = append(names, e.Name)
		}
	}
	return strings.Join(names, ", ")
}

// Share is how many of a party's members something is true of.
type Share = amount

// The shares.
const (
	None = none
	Some = some
	All  = all
)

// Free says how many members of a party no policy isolates in a direction.
func (v *Model) Free(p *Party, d relation.Direction) Share {
	switch homes, others := v.homes(p, d); {
	case len(homes) == 0:
		return All
	case others:
		return Some
	}
	return None
}

// NamespacePods returns the party of every pod of a namespace.
func (v *Model) NamespacePods(ns string) *Party {
	return v.intern(ns+"/*", []relation.Peer{relation.PodPeer(namespaceOf(ns), relation.Selector{})}, false)
}

// Permits reports whether all of a connection is permitted.
func (v *Model) Permits(c Connection) bool { return v.amount(c) == all }

// Between is what pods of one party may open to pods of another.
type Between struct {
	// All is what all of them may, by all of those.
	All Connection
	// Some is the ports on which some may, as far as egress says and as far as ingress does. What
	// containers call a port can be any port.
	Some [2]relation.Ports
	// Work is how much the answer has taken: rules, times the questions asked of them.
	Work int
}

// Between returns what is permitted between two parties. It knows more than a list of connections, which
// leaves out what several rules permit together.
func (v *Model) Between(from, to *Party) Between {
	b := Between{All: Connection{From: from, To: to}}
	var sets []relation.Ports
	for _, d := range directions {
		own, peer := sides(d, from, to)
		some, all := v.portsOf(own, peer, d)
		b.Some[d], sets = some, append(sets, all...)
	}
	seen := map[string]bool{}
	for _, ports := range append(sets, b.Some[0].Intersect(b.Some[1])) {
		if text := ports.String(); ports.IsEmpty() || ports.Subset(b.All.Ports) || seen[text] {
			continue
		} else {
			seen[text] = true
		}
		b.Work += len(sets)
		egress, ingress := v.side(from, to, ports, relation.Egress), v.side(to, from, ports, relation.Ingress)
		if egress.Permitted && ingress.Permitted {
			b.All.Ports = b.All.Ports.Union(ports)
			b.All.Because = uniqueOrigins(slices.Concat(b.All.Because, egress.Because, ingress.Because))
		}
	}
	return b
}

// portsOf returns the ports on which a side of a connection permits something, and those of each rule.
func (v *Model) portsOf(own, peer *Party, d relation.Direction) (some relation.Ports, sets []relation.Ports) {
	homes, others := v.homes(own, d)
	if others {
		some = relation.EveryPort
	}
	for _, h := range homes {
		for _, p := range peer.Parts {
			to, at := peer, p
			if d == relation.Ingress {
				to, at = own, relation.PodPeer(relation.Selector{}, h.own)
			}
			for _, g := range v.resolved(v.Relation.RuleSets[d][h.namespace], to, at).Concerning(h.own) {
				if !g.Own.Overlaps(h.own) || !g.Peer.Overlaps(p, v.Relation.Facts) {
					continue
				}
				some, sets = some.Union(g.Ports), append(sets, g.Ports)
				for _, n := range g.Ports.NamedPorts() {
					some = some.Union(relation.RangeOf(relation.PortRange{Protocol: n.Protocol, Low: relation.MinPort, High: relation.MaxPort}))
				}
			}
		}
	}
	return some, sets
}

// Places lists where what permits the connection stands.
func (c Connection) Places() []Place { return places(c.Because) }

// Declared returns the ports that a party says that it listens on; none if it does not say.
func (v *Model) Declared(p *Party) relation.Ports {
	if ports := v.listens(p); !ports.IsEvery() {
		return ports
	}
	return relation.Ports{}
}

// PortNames returns the ports of a party that have names.
func (v *Model) PortNames(p *Party) map[string]relation.Ports {
	out := map[string]relation.Ports{}
	if p.endpoint != nil {
		for _, l := range p.endpoint.Listens() {
			if l.Name != "" {
				out[l.Name] = l.Ports
			}
		}
	}
	if p.workload != nil {
		for _, port := range p.workload.Ports {
			if port.Name != "" && port.Protocol == relation.TCP { // a question means TCP unless it says otherwise
				out[port.Name] = out[port.Name].Union(relation.RangeOf(relation.PortRange{Protocol: port.Protocol, Low: port.Number, High: port.Number}))
			}
		}
	}
	return out
}

// Sets lists, for each of some parties, which of them have all of its members, itself included.
func (v *Model) Sets(parties []*Party) [][]*Party {
	x := newIndex(parties, v.Relation.Facts)
	out := make([][]*Party, len(parties))
	for i, p := range parties {
		out[i] = []*Party{p}
		if p.Free || len(p.Parts) == 0 || p.OnHost() {
			continue
		}
		for _, part := range x.around(p.Parts[0]) {
			if q := part.party; q != p && !q.Free && !q.OnHost() && !slices.Contains(out[i], q) && p.within(q.Parts, v.Relation.Facts) {
				out[i] = append(out[i], q)
			}
		}
	}
	return out
}

// Open reports whether a connection is permitted only because no policy isolates one of its ends, and
// the other end is all: it says of a party that it is not isolated.
func (v *Model) Open(c Connection) bool {
	return c.From.Free && v.isOpen(c.To, relation.Ingress) || c.To.Free && v.isOpen(c.From, relation.Egress)
}

// Widest leaves out each connection between members of sets that a listed connection of these sets
// includes. A set is every pod of a namespace, pods of several namespaces, addresses, or all.
func (v *Model) Widest(connections []Connection) []Connection {
	var sets []*Party
	at := map[pair]relation.Ports{}
	seen := map[*Party]bool{}
	for _, c := range connections {
		at[pair{c.From, c.To}] = c.Ports
		for _, p := range []*Party{c.From, c.To} {
			if s, _ := p.Sort(); !seen[p] && (s == EveryPod || s == Across || s == Outside) && !p.Free {
				sets = append(sets, p)
			}
			seen[p] = true
		}
	}
	around := map[*Party][]*Party{}
	for p := range seen {
		around[p] = append(around[p], p)
		if p.Free {
			continue
		}
		for _, s := range sets {
			if s != p && !p.OnHost() && p.within(s.Parts, v.Relation.Facts) && (p.compare(s) < 0 || !s.within(p.Parts, v.Relation.Facts)) {
				around[p] = append(around[p], s)
			}
		}
	}
	// What all may do, whoever is not isolated may.
	everybody := v.intern("all", relation.EveryPeer, true)
	for p := range seen {
		if !p.Free && (v.isOpen(p, relation.Egress) || v.isOpen(p, relation.Ingress)) {
			around[p] = append(around[p], everybody)
		}
	}
	return slices.DeleteFunc(slices.Clone(connections), func(c Connection) bool {
		for _, from := range around[c.From] {
			if from.Free && !c.From.Free && !v.isOpen(c.From, relation.Egress) {
				continue
			}
			for _, to := range around[c.To] {
				if to.Free && !c.To.Free && !v.isOpen(c.To, relation.Ingress) {
					continue
				}
				if ports, ok := at[pair{from, to}]; ok && (from != c.From || to != c.To) && c.Ports.Subset(ports) {
					return true
				}
			}
		}
		return false
	})
}

// Unlisted returns connections that are permitted, and that neither a list has nor are of pods that no
// policy isolates: at most so many examples. Such are those of pods of two parties, which no party of
// the list has together. It is false if zt could not compare all.
func (v *Model) Unlisted(connections []Connection, most int) (examples []relation.Connection, complete bool) {
	listed := relation.NewRelation(v.Relation.Facts)
	for _, d := range directions {
		rules := map[string][]relation.Rule{}
		for _, c := range connections {
			own, peer := sides(d, c.From, c.To)
			for _, part := range own.Parts {
				pods, ok := part.(relation.Pods)
				if !ok || own.Free || own.OnHost() {
					continue
				}
				isolated, _ := v.Relation.Homes(pods.Namespaces, d)
				for _, ns := range isolated {
					for _, to := range peer.Parts {
						rules[ns] = append(rules[ns], relation.Rule{Own: pods.Labels, Peer: to, Ports: c.Ports})
					}
				}
			}
		}
		for ns, set := range v.Relation.RuleSets[d] {
			// Where policies of the whole cluster decide, pods are not called isolated or not.
			if !v.ordered.Guards(ns, d) {
				for _, i := range v.freeGrants(ns, d) {
					rules[ns] = append(rules[ns], set.Rules()[i])
				}
			}
			listed.RuleSets[d][ns] = relation.NewRuleSet(v.Relation.Facts, rules[ns])
		}
	}
	numbers := v.Relation
	if v.inventory != nil {
		numbers = v.mapRules(func(g grant) []relation.Rule {
			// What a container calls a port is listed by its number.
			g.Ports = g.Ports.Numbers()
			if g.Ports.IsEmpty() {
				return nil
			}
			return []relation.Rule{g.Rule}
		}).Relation
	}
	complete = relation.Diff(numbers, listed, func(c relation.Connection) bool {
		examples = append(examples, c)
		return len(examples) < most
	})
	return examples, complete
}

// Forbidden is what a statement of a topology forbids, from one party to another.
type Forbidden struct {
	From, To *Party
	Ports    relation.Ports
	Path     bool // chains too
	Place
}

// Forbidden lists what the deny and isolate statements forbid, pair by pair. An isolate gives each pair
// once for each way. It is false if there are more than most.
func (v *Model) Forbidden(most int) ([]Forbidden, bool) {
	if v.topology == nil {
		return nil, true
	}
	var out []Forbidden
	for _, d := range v.topology.Denies {
		for _, from := range d.From {
			for _, to := range d.To {
				if d.Kind == topology.DenyIsolate && from.Endpoint == to.Endpoint {
					continue
				}
				if len(out) == most {
					return nil, false
				}
				out = append(out, Forbidden{v.ofEndpoint(from.Endpoint), v.ofEndpoint(to.Endpoint), to.Ports, d.Kind == topology.DenyPath, placeAt(d.Span, d.Span.Text())})
			}
		}
	}
	return out, true
}

// ofEndpoint returns the party of an endpoint, which no edge needs to name.
func (v *Model) ofEndpoint(e *topology.Endpoint) *Party {
	for _, p := range v.Parties {
		if p.endpoint == e {
			return p
		}
	}
	p := &Party{Name: e.Name, Parts: semantics.Peers(e), Free: e.Kind == topology.Everything, endpoint: e}
	if known := v.byName[e.Name]; known != nil && known.compare(p) == 0 {
		return known
	}
	return p
}

// IsPrelude reports whether the party is a tier that only the prelude declares.
func (p *Party) IsPrelude() bool {
	return p.endpoint != nil && p.endpoint.Tier != nil && p.endpoint.Tier.Prelude
}

// Within reports whether all members of a party are members of another.
func (v *Model) Within(p, q *Party) bool { return p.within(q.Parts, v.Relation.Facts) }
