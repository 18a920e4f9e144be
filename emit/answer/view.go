// Package answer answers questions about what is permitted: may A reach B and by
// which line, what can be reached, what changed. It answers of a topology and of plain
// manifests alike, by what they permit, and for every pod that could exist.
//
// Its work is by classes of pods and not by pods: it costs what the policies distinguish, however many
// replicas there are.
package answer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/inventory"
)

// View is what is permitted, between whom, and what each permission is from.
type View struct {
	Relation *relation.Relation
	Parties  []*Party // what answers speak of, by name
	// Undecided says what the API leaves open, so that no answer can decide it.
	Undecided []string

	origins   [2]map[string][]Origin // of the contracts' grants
	byName    map[string]*Party
	defaultNS string
	topology  *topology.Topology // nil for manifests

	isolators [2]map[string][]isolator
	workloads map[*Party]inventory.Workload

	podKeys, namespaceKeys []string          // made when they are asked for
	byPeer                 map[string]*Party // the same
}

// Origin is what a grant is from: an edge of a topology, or a rule of a policy. The zero
// Origin is of pods that no policy isolates.
type Origin struct {
	Edge   *topology.Edge
	Policy string // namespace/name
	File   string // of the policy
	Line   int
	Rule   string // ingress[0]
	// from and to name the two ends as the edge or the policy does.
	from, to *Party
}

// isFree reports whether the grant is that nothing isolates its pods.
func (o Origin) isFree() bool { return o.Edge == nil && o.Policy == "" }

// FactsOf returns what a topology states of namespaces.
func FactsOf(t *topology.Topology) map[string]map[string]string {
	labels := map[string]map[string]string{}
	for _, n := range t.Namespaces {
		labels[n.Name] = n.Labels
	}
	return labels
}

// OfTopology returns the view of a topology where these are the labels of
// namespaces; bare names are looked for in the default namespace first.
func OfTopology(t *topology.Topology, labels map[string]map[string]string, defaultNamespace string) *View {
	v := &View{topology: t, isolators: isolatorsOfTopology(t), byName: map[string]*Party{}, defaultNS: defaultNamespace}
	relation, origins := meaning.Trace(t, newFacts(labels))
	v.Relation = relation
	endpoints := map[*topology.Endpoint]*Party{}
	party := func(e *topology.Endpoint) *Party {
		p := endpoints[e]
		if p == nil {
			p = v.add(&Party{Name: e.Name, Parts: meaning.Peers(e), Free: e.Kind == topology.Everything})
			endpoints[e] = p
		}
		return p
	}
	for _, n := range t.Namespaces {
		for _, tier := range n.Tiers {
			if !tier.Prelude {
				v.add(tierParty(tier))
			}
		}
	}
	for _, e := range t.Edges {
		party(e.From)
		party(e.To)
	}
	for _, x := range t.Externals {
		party(x.Endpoint)
	}
	for e := range endpoints {
		v.undecidedBlocks(t, e)
	}
	for _, e := range t.Environments {
		v.add(environmentParty(e))
	}
	for d := range origins {
		v.origins[d] = map[string][]Origin{}
		for ns, edges := range origins[d] {
			list := make([]Origin, len(edges))
			for i, e := range edges {
				list[i] = Origin{Edge: e, from: party(e.From), to: party(e.To)}
			}
			v.origins[d][ns] = list
		}
	}
	v.sortParties()
	return v
}

// undecidedBlocks notes that an endpoint's blocks may match pods.
func (v *View) undecidedBlocks(t *topology.Topology, e *topology.Endpoint) {
	switch {
	case e.Kind != topology.Addresses:
	case e.MayBePods:
		v.Undecided = append(v.Undecided, fmt.Sprintf("%s covers addresses of pods: whether it matches them is left to the network plugin", e))
	case len(t.Network.Pods) == 0 && e.Addrs.Overlaps(relation.Private):
		v.Undecided = append(v.Undecided, fmt.Sprintf("%s may cover addresses of pods: whether it matches them is left to the network plugin", e))
	}
}

func tierParty(t *topology.Tier) *Party {
	return &Party{Name: t.String(), Parts: meaning.Peers(&topology.Endpoint{Kind: topology.TierPods, Tier: t, Namespace: t.Namespace})}
}

func environmentParty(e *topology.Environment) *Party {
	return &Party{Name: e.Name, Parts: meaning.Peers(&topology.Endpoint{Kind: topology.EnvironmentPods, Environment: e})}
}

// add takes in a party, or returns the one that it is already. Externals of two
// environments may share a name, and are two parties all the same.
func (v *View) add(p *Party) *Party {
	if old := v.byName[p.Name]; old != nil {
		same := func(a, b relation.Peer) bool { return a.Key() == b.Key() }
		if slices.EqualFunc(old.Parts, p.Parts, same) {
			return old
		}
	} else {
		v.byName[p.Name] = p
	}
	v.Parties = append(v.Parties, p)
	return p
}

func (v *View) sortParties() {
	slices.SortFunc(v.Parties, func(a, b *Party) int { return cmp.Compare(a.Name, b.Name) })
	slices.Sort(v.Undecided)
	v.Undecided = slices.Compact(v.Undecided)
}

func newFacts(labels map[string]map[string]string) *relation.Facts { return relation.NewFacts(labels) }

// internet returns what `internet` means where a program says nothing else.
func (v *View) internet() *topology.Endpoint {
	if v.topology != nil {
		return resolve.Internet(v.topology.Network)
	}
	return resolve.Internet(topology.Network{})
}
