// Package query answers questions about what is permitted: may A reach B and by
// which line, what can be reached, what changed. It treats a topology and
// plain manifests alike: the answers come from what they permit, for every pod that could exist.
//
// Its work is by classes of pods and not by pods: it costs what the policies distinguish, however many
// replicas there are.
package query

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
)

// Model is what is permitted, between whom, and what each permission is from.
type Model struct {
	Relation  *relation.Relation
	Parties   []*Party               // what answers speak of, by name
	origins   [2]map[string][]Origin // of the contracts' grants
	byName    map[string]*Party
	several   map[string]bool // names of externals of which there are several
	defaultNS string
	topology  *topology.Topology // nil for manifests

	isolators isolatorsOf
	owned     map[string]*inventory.Workload // those that another workload made, by name

	ordered       *evaluate.Ordered  // nil if no policy of the whole cluster is given
	openRules     []openRule         // of these policies
	otherReading  *relation.Relation // the one that Relation is not
	differ        *bool              // see readingsDiffer; made when it is asked for
	policyPlaces  map[*networkingv1.NetworkPolicy]Origin
	clusterPlaces map[*clusterpolicy.Policy]Origin

	byCilium        bool             // Cilium enforces the policies
	blocksMissNodes bool             // and no address block matches a node
	enforced        topology.Network // how, and what is known of addresses
	// withNodes returns the same where nodes have some addresses, if nothing states theirs; nil for a topology.
	withNodes      func(nodes relation.Addrs) (*Model, error)
	nodesMet       *Model // see asNodes; made when it is asked for
	ciliumPolicies map[*ciliumpolicy.Policy]inventory.CiliumPolicy

	foreign    []inventory.Foreign
	oldBlocks  []oldBlock
	podAddrs   relation.Addrs       // addresses that pods can have, as far as is known
	blockAddrs relation.Addrs       // those of them at which a block of a NetworkPolicy may match a pod
	unlisted   []string             // namespaces with connections that Reach does not list
	mostOpen   *Model               // the model of their most permissive reading, if there are any
	widest     *Model               // see wide; made when it is asked for
	inventory  *inventory.Inventory // of manifests; nil for a topology

	podKeys, namespaceKeys []string          // made when they are asked for
	byPeer                 map[string]*Party // the same
	blockText              map[string]string // the same; see blocks
	// unnamed is rule sets at a destination whose ports have no names.
	unnamed map[*relation.RuleSet]*relation.RuleSet
	freeAt  [2]map[string][]int // the same; see freeGrants
}

// Origin is what a grant is from: an edge of a topology, or a rule of a policy. The zero
// Origin is of pods that no policy isolates.
type Origin struct {
	Edge  *topology.Edge
	Place // of the rule
	span  source.Span
	// everybody is set if the rule names no peers.
	everybody bool
	// from and to name the two ends as the edge or the policy does.
	from, to *Party
}

// Origins is what permits something together. Its JSON is the places.
type Origins []Origin

// MarshalJSON writes the places.
func (o Origins) MarshalJSON() ([]byte, error) { return safe.JSON(places(o), ""), nil }

// isFree reports whether the grant is that nothing isolates its pods.
func (o Origin) isFree() bool { return o.Edge == nil && o.Policy == "" }

// grant is a rule of a model: for pods of which home, in which direction, and what it is from.
type grant struct {
	direction relation.Direction
	namespace string
	relation.Rule
	Origin
}

// grants yields all rules.
func (v *Model) grants(yield func(grant) bool) {
	for d := range v.origins {
		for ns, list := range v.origins[d] {
			for i, r := range v.Relation.RuleSets[d][ns].Rules() {
				if !yield(grant{relation.Direction(d), ns, r, list[i]}) {
					return
				}
			}
		}
	}
}

var directions = [2]relation.Direction{relation.Egress, relation.Ingress}

// sides returns the two ends of a connection as the own side and the peer, or these as the ends.
func sides[T any](d relation.Direction, a, b T) (T, T) {
	if d == relation.Ingress {
		return b, a
	}
	return a, b
}

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
func OfTopology(t *topology.Topology, labels map[string]map[string]string, defaultNamespace string) *Model {
	v := &Model{topology: t, isolators: isolatorsOfTopology(t), byName: map[string]*Party{}, several: map[string]bool{}, defaultNS: defaultNamespace, podAddrs: relation.Private}
	if len(t.Network.Pods) > 0 {
		v.podAddrs = t.Network.PodAddrs()
	}
	if !t.Network.Plugin.Never(topology.BlocksMatchPods) {
		v.blockAddrs = v.podAddrs
	}
	facts := relation.NewFacts(labels)
	facts.Enforcement, facts.Hosts = t.Network.Enforcement(), t.Network.Hosts()
	r, origins := semantics.Trace(t, facts)
	v.Relation = r
	endpoints := map[*topology.Endpoint]*Party{}
	party := func(e *topology.Endpoint) *Party {
		p := endpoints[e]
		if p == nil {
			p = v.add(&Party{Name: e.Name, Parts: semantics.Peers(e), Free: e.Kind == topology.Everything, endpoint: e})
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
	for _, tier := range t.Tiers {
		party(tier.Endpoint)
	}
	for _, e := range t.Edges {
		party(e.From)
		party(e.To)
	}
	for _, x := range t.Externals {
		party(x.Endpoint)
	}
	for _, e := range t.Environments {
		v.add(&Party{Name: e.Name, Parts: semantics.Peers(&topology.Endpoint{Kind: topology.EnvironmentPods, Environment: e})})
	}
	for d := range origins {
		v.origins[d] = map[string][]Origin{}
		for ns, edges := range origins[d] {
			list := make([]Origin, len(edges))
			for i, e := range edges {
				if e != nil {
					list[i] = Origin{Edge: e, from: party(e.From), to: party(e.To)}
				}
			}
			v.origins[d][ns] = list
		}
	}
	for _, n := range t.Namespaces {
		for _, tier := range n.Tiers {
			// Tiers of the prelude, such as the resolvers, are no parties of the program, but can be asked for.
			for _, name := range []string{tier.String(), tier.Name} {
				if tier.Prelude && v.byName[name] == nil {
					v.byName[name] = tierParty(tier)
				}
			}
		}
	}
	slices.SortFunc(v.Parties, (*Party).compare)
	return v
}

func tierParty(t *topology.Tier) *Party {
	e := &topology.Endpoint{Kind: topology.TierPods, Tier: t, Namespace: t.Namespace}
	return &Party{Name: t.String(), Parts: semantics.Peers(e), endpoint: e}
}

// add takes in a party, or returns the one that it is already. Externals of two
// environments may share a name, and are two parties all the same.
func (v *Model) add(p *Party) *Party {
	if old := v.byName[p.Name]; old != nil {
		if old.compare(p) == 0 {
			return old
		}
		v.several[p.Name] = true
	} else {
		v.byName[p.Name] = p
	}
	v.Parties = append(v.Parties, p)
	return p
}

// network returns what is known of addresses.
func (v *Model) network() topology.Network {
	if v.topology == nil {
		return v.enforced
	}
	return v.topology.Network
}
