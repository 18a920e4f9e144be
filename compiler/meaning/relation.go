package meaning

import (
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Facts returns what a topology states of namespaces.
func Facts(t *topology.Topology) *relation.Facts {
	labels := map[string]map[string]string{}
	for _, n := range t.Namespaces {
		labels[n.Name] = n.Labels
	}
	return relation.NewFacts(labels)
}

// Origins says of each grant of a relation which edge it is from: by direction and
// namespace, in the order of the contract's grants.
type Origins [2]map[string][]*topology.Edge

// Relation returns what a topology permits.
func Relation(t *topology.Topology) *relation.Relation {
	r, _ := Trace(t, Facts(t))
	return r
}

// Trace returns what a topology permits where these are the facts, and by which edges, straight from the first section
// of the language: a pod that is isolated in a direction may do what some edge names it and
// its peer for, and all others anything. An edge of all grants to the other side only.
func Trace(t *topology.Topology, facts *relation.Facts) (*relation.Relation, Origins) {
	r := relation.NewRelation(facts)
	origins := Origins{{}, {}}
	parts := map[*topology.Endpoint][]relation.Peer{}
	for _, e := range t.Edges {
		for _, end := range []*topology.Endpoint{e.From, e.To} {
			if _, ok := parts[end]; !ok {
				parts[end] = Peers(end)
			}
		}
	}
	for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
		// Each namespace's share is counted first: there can be very many.
		count := map[*topology.Namespace]int{}
		each(t, d, func(n *topology.Namespace, _ *topology.Edge, _, other *topology.Endpoint) {
			count[n] += len(parts[other])
		})
		grants := make(map[*topology.Namespace][]relation.Grant, len(count))
		from := make(map[*topology.Namespace][]*topology.Edge, len(count))
		for n, size := range count {
			grants[n] = make([]relation.Grant, 0, size)
			from[n] = make([]*topology.Edge, 0, size)
		}
		each(t, d, func(n *topology.Namespace, e *topology.Edge, own, other *topology.Endpoint) {
			for _, peer := range parts[other] {
				grants[n] = append(grants[n], relation.Grant{Own: selectorOf(own), Peer: peer, Ports: e.Ports})
				from[n] = append(from[n], e)
			}
		})
		for _, n := range t.Namespaces {
			if Isolated(n, d) {
				r.Contracts[d][n.Name] = relation.NewContract(r.Facts, grants[n])
				origins[d][n.Name] = from[n]
			}
		}
	}
	return r, origins
}

// each calls yield for the edges of a direction, in order, with each isolated namespace that
// an edge speaks for.
func each(t *topology.Topology, d relation.Direction, yield func(n *topology.Namespace, e *topology.Edge, own, other *topology.Endpoint)) {
	for _, e := range t.Edges {
		own, other := e.From, e.To
		if d == relation.Ingress {
			own, other = e.To, e.From
		}
		for _, n := range homes(own, t) {
			if Isolated(n, d) {
				yield(n, e, own, other)
			}
		}
	}
}

// homes lists the declared namespaces whose pods an endpoint speaks for.
func homes(e *topology.Endpoint, t *topology.Topology) []*topology.Namespace {
	switch e.Kind {
	case topology.TierPods, topology.NamespacePods:
		return []*topology.Namespace{e.Namespace}
	case topology.EnvironmentPods:
		return e.Environment.Namespaces
	case topology.ClusterPods:
		return t.Namespaces
	}
	return nil // addresses have no policies, and all speaks for the other side
}

// Peers returns an endpoint as the other side of a connection.
func Peers(e *topology.Endpoint) []relation.Peer {
	namespaces := relation.Selector{}
	switch e.Kind {
	case topology.Everything:
		return relation.EveryPeer
	case topology.Addresses:
		var out []relation.Peer
		for _, b := range e.Blocks {
			out = append(out, relation.AddrPeer(b.Addrs()))
		}
		return out
	case topology.TierPods, topology.NamespacePods:
		namespaces = labelled(topology.NameLabel, e.Namespace.Name)
	case topology.EnvironmentPods:
		if e.Environment.Key != "" {
			namespaces = labelled(e.Environment.Key, e.Environment.Name)
			break
		}
		var names []string
		for _, n := range e.Environment.Namespaces {
			names = append(names, n.Name)
		}
		namespaces = labelled(topology.NameLabel, names...)
	}
	return []relation.Peer{relation.PodPeer(namespaces, selectorOf(e))}
}

func labelled(key string, values ...string) relation.Selector {
	return relation.Select(relation.KeyValues{Key: key, Values: relation.In(values...)})
}
