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
	at := make(map[*topology.Namespace]int, len(t.Namespaces))
	for i, n := range t.Namespaces {
		at[n] = i
	}
	known := map[*topology.Endpoint]*party{}
	local := map[*topology.Namespace]relation.Selector{} // one for all of a namespace's endpoints
	partyOf := func(e *topology.Endpoint) *party {
		p := known[e]
		if p == nil {
			namespaces, ok := local[e.Namespace]
			if !ok {
				if namespaces = namespacesOf(e); e.Namespace != nil {
					local[e.Namespace] = namespaces
				}
			}
			p = &party{pods: selectorOf(e), peers: peersIn(e, namespaces)}
			for _, n := range homes(e, t) {
				p.homes = append(p.homes, at[n])
			}
			known[e] = p
		}
		return p
	}
	ends := make([][2]*party, len(t.Edges)) // by direction, the side that is bound
	for i, e := range t.Edges {
		ends[i] = [2]*party{relation.Egress: partyOf(e.From), relation.Ingress: partyOf(e.To)}
	}
	for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
		// Each namespace's share is counted first: there can be very many.
		sizes := make([]int, len(t.Namespaces))
		for i := range ends {
			for _, n := range ends[i][d].homes {
				sizes[n] += len(ends[i][d.Opposite()].peers)
			}
		}
		grants := make([][]relation.Grant, len(t.Namespaces))
		from := make([][]*topology.Edge, len(t.Namespaces))
		for i, n := range t.Namespaces {
			if Isolated(n, d) {
				grants[i] = make([]relation.Grant, 0, sizes[i])
				from[i] = make([]*topology.Edge, 0, sizes[i])
			}
		}
		for i, e := range t.Edges {
			own, other := ends[i][d], ends[i][d.Opposite()]
			for _, n := range own.homes {
				if !Isolated(t.Namespaces[n], d) {
					continue
				}
				for _, peer := range other.peers {
					grants[n] = append(grants[n], relation.Grant{Own: own.pods, Peer: peer, Ports: e.Ports})
					from[n] = append(from[n], e)
				}
			}
		}
		for i, n := range t.Namespaces {
			if Isolated(n, d) {
				r.Contracts[d][n.Name] = relation.NewContract(r.Facts, grants[i])
				origins[d][n.Name] = from[i]
			}
		}
	}
	return r, origins
}

// party is an endpoint as each side of an edge: the pods that it speaks for and the positions of their namespaces, and
// what it is as a peer.
type party struct {
	pods  relation.Selector
	homes []int
	peers []relation.Peer
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
func Peers(e *topology.Endpoint) []relation.Peer { return peersIn(e, namespacesOf(e)) }

// peersIn is Peers of an endpoint with the selector of its pods' namespaces.
func peersIn(e *topology.Endpoint, namespaces relation.Selector) []relation.Peer {
	switch e.Kind {
	case topology.Everything:
		return relation.EveryPeer
	case topology.Addresses:
		var out []relation.Peer
		for _, b := range e.Blocks {
			out = append(out, relation.AddrPeer(b.Addrs()))
		}
		return out
	}
	return []relation.Peer{relation.PodPeer(namespaces, selectorOf(e))}
}

// namespacesOf selects the namespaces of an endpoint's pods.
func namespacesOf(e *topology.Endpoint) relation.Selector {
	switch e.Kind {
	case topology.TierPods, topology.NamespacePods:
		return labelled(topology.NameLabel, e.Namespace.Name)
	case topology.EnvironmentPods:
		if e.Environment.Key != "" {
			return labelled(e.Environment.Key, e.Environment.Name)
		}
		var names []string
		for _, n := range e.Environment.Namespaces {
			names = append(names, n.Name)
		}
		return labelled(topology.NameLabel, names...)
	}
	return relation.Selector{}
}

func labelled(key string, values ...string) relation.Selector {
	return relation.Select(relation.KeyValues{Key: key, Values: relation.In(values...)})
}
