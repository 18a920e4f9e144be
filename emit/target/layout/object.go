package layout

import (
	"cmp"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Object is the pods of a namespace that it selects, the directions in which it isolates them, and what
// it permits them.
type Object struct {
	Namespace, Name string
	Annotations     []policyset.Label // by key
	Selector        relation.Selector
	Isolates        []relation.Direction // ingress first
	Rules           [2][]Rule            // by direction
}

// Labels are the labels of each object.
var Labels = []policyset.Label{{Key: "app.kubernetes.io/managed-by", Value: "zt"}}

// Rule permits connections with any of its peers, or with every peer if it has none, on its ports.
type Rule struct {
	Peers []PeerID
	Ports PortsID
	// Resolving is the ports of those on which the pods resolve host names; ResolvesNone for none.
	Resolving PortsID
}

// ResolvesNone is the Resolving of rules that are not for resolving host names.
const ResolvesNone PortsID = -1

// object is what an Object is made from: the pods that it selects, the directions that it
// isolates, and in each the edges that it permits.
type object struct {
	namespace *topology.Namespace
	name      string
	selector  relation.Selector
	isolates  []relation.Direction
	edges     [2][]*topology.Edge // by direction; in any order
	doc       []string
}

// served returns the peers of the rule that an edge gives in a direction; none if it gives no rule.
// An edge without peers (an environment without namespaces, an external with only hosts) must give
// none, since a rule without peers permits all. The same holds for an edge without ports.
func (l *lowering) served(n *topology.Namespace, d relation.Direction, e *topology.Edge) []peer {
	if e.Ports.IsEmpty() {
		return nil
	}
	_, other := ends(e, d)
	return l.peers(other, n)
}

// service is an edge that gives an object a rule, and its peers there.
type service struct {
	edge  *topology.Edge
	peers []peer
}

// services returns the edges that give an object rules, by direction.
func (l *lowering) services(o object) (out [2][]service) {
	for _, d := range o.isolates {
		out[d] = make([]service, 0, len(o.edges[d]))
		for _, e := range o.edges[d] {
			if peers := l.served(o.namespace, d, e); len(peers) > 0 {
				out[d] = append(out[d], service{e, peers})
			}
		}
	}
	return out
}

// object completes an object.
func (l *lowering) object(o object) Object {
	services := l.services(o)
	out := Object{
		Namespace: o.namespace.Name, Name: o.name,
		Annotations: l.annotations(o, services),
		Selector:    o.selector, Isolates: o.isolates,
	}
	for _, d := range o.isolates {
		out.Rules[d] = l.rules(services[d], d)
	}
	return out
}

// permission is a peer of an edge.
type permission struct {
	peer peer
	edge *topology.Edge
}

// rules unites the ports of each peer, and the peers with the same ports.
func (l *lowering) rules(services []service, d relation.Direction) []Rule {
	permissions := make([]permission, 0, len(services))
	for _, s := range services {
		for _, p := range s.peers {
			permissions = append(permissions, permission{p, s.edge})
		}
	}
	slices.SortStableFunc(permissions, func(a, b permission) int {
		if a.peer.order == b.peer.order {
			return 0
		}
		return cmp.Compare(a.peer.order, b.peer.order)
	})
	var rules []Rule // without peers, which are in the next
	var peers [][]PeerID
	for rest := permissions; len(rest) > 0; {
		first, n := rest[0].peer, 0
		var sets, resolving []relation.Ports
		for ; n < len(rest) && rest[n].peer.order == first.order; n++ {
			sets = append(sets, rest[n].edge.Ports)
			if d == relation.Egress {
				if ports := l.names.Resolving(rest[n].edge); !ports.IsEmpty() {
					resolving = append(resolving, ports)
				}
			}
		}
		rest = rest[n:]
		rule := Rule{Ports: l.names.Ports(Normal(relation.UnionPorts(sets...))), Resolving: ResolvesNone}
		if resolving != nil {
			rule.Resolving = l.names.Ports(Normal(relation.UnionPorts(resolving...)))
		}
		if first.every { // the last one, which has a rule of its own
			rules, peers = append(rules, rule), append(peers, nil)
			break
		}
		i := slices.IndexFunc(rules, func(r Rule) bool { return r.Ports == rule.Ports && r.Resolving == rule.Resolving })
		if i < 0 {
			i = len(rules)
			rules, peers = append(rules, rule), append(peers, nil)
		}
		peers[i] = append(peers[i], first.id)
	}
	for i := range rules {
		rules[i].Peers = peers[i]
	}
	return rules
}

// whole is every port of each protocol.
var whole = func() []relation.Ports {
	var out []relation.Ports
	for _, p := range []relation.Protocol{relation.TCP, relation.UDP, relation.SCTP} {
		out = append(out, relation.RangeOf(relation.PortRange{Protocol: p, Low: relation.MinPort, High: relation.MaxPort}))
	}
	return out
}()

// Normal replaces ranges that together are all ports of a protocol by one range: only then does the
// API's form of them include the named ports.
func Normal(p relation.Ports) relation.Ports {
	for _, all := range whole {
		if all.Subset(p) {
			p = p.Union(all)
		}
	}
	return p
}
