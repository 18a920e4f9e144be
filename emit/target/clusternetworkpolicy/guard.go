package clusternetworkpolicy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	shared "github.com/zt-lang/zt/emit/target/guards"
	"github.com/zt-lang/zt/emit/target/layout"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
)

// DeniesAnnotation holds the statements that an object enforces, one per line.
const DeniesAnnotation = "zt-lang.github.io/denies"

// guard is what is denied to the pods of one endpoint.
type guard struct {
	name    string
	subject peer
	denied  [2]map[string]*denied // by relation.Direction and the peer as JSON
	lines   map[string]bool       // the statements
}

// denied is a peer, and the ports on which it is denied.
type denied struct {
	key   string
	peer  peer
	ports relation.Ports
}

// deny adds a peer. If it is known, the ports are united.
func (g *guard) deny(d relation.Direction, p peer, ports relation.Ports) {
	text, _ := json.Marshal(p) // which cannot fail: it has texts only
	key := string(text)
	if known := g.denied[d][key]; known != nil {
		known.ports = known.ports.Union(ports)
		return
	}
	g.denied[d][key] = &denied{key, p, ports}
}

// objects returns the policies: as many as the API's limits need, each with the same subject.
func (g *guard) objects() objects {
	ingress, egress := chunks(g.rules(relation.Ingress), maxRules), chunks(g.rules(relation.Egress), maxRules)
	var out objects
	for i := range max(len(ingress), len(egress)) {
		o := object{APIVersion: apiVersion, Kind: kind, Spec: spec{Subject: g.subject, Tier: "Admin"}}
		o.Metadata.Name = "deny-" + g.name
		if i > 0 {
			o.Metadata.Name = fmt.Sprintf("deny%d-%s", i+1, g.name)
		}
		o.Metadata.Labels = managed
		o.Metadata.Annotations = map[string]string{DeniesAnnotation: layout.Annotation(slices.Sorted(maps.Keys(g.lines)))}
		if i < len(ingress) {
			o.Spec.Ingress = ingress[i]
		}
		if i < len(egress) {
			o.Spec.Egress = egress[i]
		}
		out = append(out, o)
	}
	return out
}

// rules returns the rules of a direction. Peers with the same ports share rules. The order of rules that all
// deny does not matter, and is that of their ports, then of their peers.
func (g *guard) rules(d relation.Direction) (out []rule) {
	byPorts := map[string][]*denied{}
	for _, p := range g.denied[d] {
		byPorts[p.ports.String()] = append(byPorts[p.ports.String()], p)
	}
	for _, ports := range slices.Sorted(maps.Keys(byPorts)) {
		list := byPorts[ports]
		slices.SortFunc(list, (*denied).compare)
		for _, some := range chunks(list, maxPeers) {
			var peers []peer
			for _, p := range some {
				peers = append(peers, p.peer)
			}
			for _, protocols := range protocols(list[0].ports) {
				r := rule{Action: "Deny", Protocols: protocols}
				if d == relation.Ingress {
					r.From = peers
				} else {
					r.To = peers
				}
				out = append(out, r)
			}
		}
	}
	return out
}

// compare orders pods before networks, and networks by their addresses.
func (p *denied) compare(q *denied) int {
	if len(p.peer.Networks) > 0 && len(q.peer.Networks) > 0 {
		return netip.MustParsePrefix(p.peer.Networks[0]).Compare(netip.MustParsePrefix(q.peer.Networks[0]))
	}
	return cmp.Or(cmp.Compare(len(p.peer.Networks), len(q.peer.Networks)), cmp.Compare(p.key, q.key))
}

// chunks divides a list into lists of at most so many.
func chunks[T any](list []T, most int) [][]T { return slices.Collect(slices.Chunk(list, most)) }

// podsPeer returns the pods of an endpoint as a peer or a subject.
func podsPeer(e *topology.Endpoint) peer {
	return podsOf(shared.SelectorsOf(e))
}

// podsOf returns the pods with some labels, of namespaces with some labels, as a peer or a subject. The field pods
// with every label is the same as the field namespaces. But Cilium reads a selector in namespaces that holds without
// labels, such as env!=prod, as one of everything, addresses too.
func podsOf(namespaces, labels relation.Selector) peer {
	of := networkpolicy.LabelSelector(namespaces)
	if labels.IsAny() && (namespaces.IsAny() || !namespaces.Matches(nil)) {
		return peer{Namespaces: &of}
	}
	return peer{Pods: &pods{NamespaceSelector: of, PodSelector: networkpolicy.LabelSelector(labels)}}
}
