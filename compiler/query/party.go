package query

import (
	"cmp"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Party is a named set of pods and addresses: one end of the connections that
// answers speak of.
type Party struct {
	Name string
	// Parts is what the party is made of; together they are all of it.
	Parts []relation.Peer
	// Free is set for all: as one end of a connection it is whoever the other
	// end lets in or out, so that nothing is asked of its own side.
	Free bool
	// Host is the namespace of a workload on the host network: policies do not apply to its pods,
	// and selectors do not match them. Its part is every address, since it can be on any node.
	Host string
	// workload makes the pods of the party; of a Service, it is the first that does.
	workload *inventory.Workload
	endpoint *topology.Endpoint // the tier or external that the party is, of a topology
	// service and pods are set for a Service: itself, and the workloads that it selects.
	service *inventory.Service
	pods    []*Party
}

// compare orders parties by name. Externals of two environments may share one: their parts decide.
func (p *Party) compare(other *Party) int {
	if c := cmp.Compare(p.Name, other.Name); c != 0 || p == other {
		return c
	}
	return slices.CompareFunc(p.Parts, other.Parts, func(a, b relation.Peer) int { return cmp.Compare(a.Key(), b.Key()) })
}

// hasPods reports whether some members of the party are pods.
func (p *Party) hasPods() bool {
	return slices.ContainsFunc(p.Parts, func(part relation.Peer) bool {
		_, ok := part.(relation.Pods)
		return ok
	})
}

// runsPods reports whether some members of the party are pods, on the host network or not, and all
// says nothing of them.
func (p *Party) runsPods() bool { return !p.Free && (p.Host != "" || p.hasPods()) }

// within reports whether every member of a party is in some peer of a list.
func (p *Party) within(peers []relation.Peer, facts *relation.Facts) bool {
	for _, part := range p.Parts {
		left := []relation.Peer{part}
		for _, other := range peers {
			var next []relation.Peer
			for _, l := range left {
				next = append(next, subtract(l, other, facts)...)
			}
			left = next
		}
		if len(left) > 0 {
			return false
		}
	}
	return true
}

func subtract(p, q relation.Peer, facts *relation.Facts) []relation.Peer {
	if !p.Overlaps(q, facts) {
		return []relation.Peer{p}
	}
	return p.Subtract(q, facts)
}

// onlyName returns the name of the one namespace that a selector can match.
func onlyName(s relation.Selector) (string, bool) {
	v := s.Get(relation.NameLabel)
	if v.Others || v.Absent || len(v.Names) != 1 {
		return "", false
	}
	return v.Names[0], true
}

// podsOfOne returns a peer as pods if they are of only one namespace, and its name.
func podsOfOne(p relation.Peer) (pods relation.Pods, namespace string, ok bool) {
	if pods, ok = p.(relation.Pods); ok {
		namespace, ok = onlyName(pods.Namespaces)
	}
	return pods, namespace, ok
}

// namespaceOf returns the selector of one namespace, by its name.
func namespaceOf(name string) relation.Selector {
	return relation.Select(relation.Requirement{Key: relation.NameLabel, Values: relation.In(name)})
}
