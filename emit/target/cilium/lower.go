// Package cilium lowers a topology to CiliumNetworkPolicies of cilium.io/v2. Package layout says which
// objects these are, and in which order: they are those of NetworkPolicies.
//
// They differ in the following.
//
//   - A rule has peers of one sort. So one of package layout becomes several: for pods, for address
//     blocks, for host names and for entities, in this order.
//   - Where no rule permits anything in a direction that the object isolates, there is a rule without
//     peers and ports. It isolates, and permits nothing.
//   - Address blocks match no nodes. What has the addresses of all nodes also has the entities host and
//     remote-node, and the API server is the entity kube-apiserver.
//   - Cilium learns the addresses of host names from the answers of DNS that pass its proxy. So pods that
//     may connect to host names resolve them by rules for DNS.
package cilium

import (
	"slices"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/layout"
	"github.com/zt-lang/zt/emit/target/names"
	"github.com/zt-lang/zt/grammar/diag"
)

// Lower returns the policies that permit exactly what the topology permits, in order. The diagnostics
// report what they cannot express; with an error among them the policies must not be used.
func Lower(t *topology.Topology, of target.Layout) ([]Policy, diag.List) {
	l := newLowering(t)
	if diags := layout.Objects(t, of, l, l.add); len(diags) > 0 {
		return nil, diags
	}
	return l.policies, slices.Concat(l.unsupported(), l.mayBeNodes(), l.dropsSCTP())
}

func newLowering(t *topology.Topology) *lowering {
	return &lowering{
		topology: t,
		nodes:    topology.AddrsOf(t.Network.Nodes),
		resolves: names.Resolving(t),
		ports:    map[relation.PortsID]layout.PortsID{},
		universe: &relation.Universe{},
	}
}

// lowering is the state of one run.
type lowering struct {
	topology *topology.Topology
	nodes    relation.Addrs // as far as they are stated
	resolves names.Resolution
	universe *relation.Universe
	ports    map[relation.PortsID]layout.PortsID
	lists    []ports
	peers    []peer
	policies []Policy
}

// ports is a set of ports, and how it is written.
type ports struct {
	set  relation.Ports
	list []ciliumpolicy.Port // empty for all
}

// peer is one peer of a rule: one of the fields is set.
type peer struct {
	pods     *metav1.LabelSelector
	block    *ciliumpolicy.CIDRRule
	host     *ciliumpolicy.HostName
	entities []string
}

// Resolving implements layout.Namer.
func (l *lowering) Resolving(e *topology.Edge) relation.Ports { return l.resolves.Ports[e] }

// Ports implements layout.Namer.
func (l *lowering) Ports(p relation.Ports) layout.PortsID {
	key := l.universe.Ports.Intern(p)
	id, known := l.ports[key]
	if !known {
		id = layout.PortsID(len(l.lists))
		l.lists = append(l.lists, ports{p, written(p)})
		l.ports[key] = id
	}
	return id
}

var protocols = map[relation.Protocol]string{relation.TCP: "TCP", relation.UDP: "UDP", relation.SCTP: "SCTP"}

// written returns a set of ports as the API writes it. Port 0 is every port of its protocol.
func written(p relation.Ports) []ciliumpolicy.Port {
	if p.IsEvery() {
		return nil
	}
	var out []ciliumpolicy.Port
	for _, r := range p.Ranges() {
		port := ciliumpolicy.Port{Port: strconv.Itoa(r.Low), Protocol: protocols[r.Protocol]}
		switch {
		case r.Low == relation.MinPort && r.High == relation.MaxPort:
			port.Port = "0"
		case r.High > r.Low:
			port.EndPort = int32(r.High)
		}
		out = append(out, port)
	}
	for _, n := range p.NamedPorts() {
		out = append(out, ciliumpolicy.Port{Port: n.Name, Protocol: protocols[n.Protocol]})
	}
	return out
}

// add adds an object as a CiliumNetworkPolicy.
func (l *lowering) add(o layout.Object) {
	p := Policy{
		TypeMeta: metav1.TypeMeta{APIVersion: apiVersion, Kind: ciliumpolicy.Namespaced},
		Metadata: Metadata{Name: o.Name, Namespace: o.Namespace, Labels: mapOf(layout.Labels), Annotations: mapOf(o.Annotations)},
	}
	spec := &ciliumpolicy.SpecObject{EndpointSelector: podSelector(o.Selector)}
	for _, d := range o.Isolates {
		var sorted []sorted
		for _, r := range o.Rules[d] {
			sorted = append(sorted, l.sorted(r)...)
		}
		if d == relation.Ingress {
			spec.Ingress = ingress(sorted)
		} else {
			spec.Egress = egress(sorted)
		}
	}
	p.Spec = spec
	l.policies = append(l.policies, p)
}

func mapOf(labels []policyset.Label) map[string]string {
	if len(labels) == 0 {
		return nil
	}
	out := make(map[string]string, len(labels))
	for _, l := range labels {
		out[l.Key] = l.Value
	}
	return out
}

// sorted is a rule with peers of one sort.
type sorted struct {
	pods     []metav1.LabelSelector
	blocks   []ciliumpolicy.CIDRRule
	hosts    []ciliumpolicy.HostName
	entities []string
	ports    []ciliumpolicy.PortRule
}

// sorted returns the rules for the peers of a rule, by their sort.
func (l *lowering) sorted(r layout.Rule) []sorted {
	var pods, blocks, hosts, entities sorted
	if len(r.Peers) == 0 {
		entities.entities = []string{"all"}
	}
	for _, id := range r.Peers {
		switch p := l.peers[id]; {
		case p.pods != nil:
			pods.pods = append(pods.pods, *p.pods.DeepCopy())
		case p.block != nil:
			blocks.blocks = append(blocks.blocks, *p.block)
		case p.host != nil:
			hosts.hosts = append(hosts.hosts, *p.host)
		default:
			entities.entities = append(entities.entities, p.entities...)
		}
	}
	var out []sorted
	for _, s := range []sorted{pods, blocks, hosts, entities} {
		if len(s.pods)+len(s.blocks)+len(s.hosts)+len(s.entities) > 0 {
			s.ports = l.portRules(r)
			out = append(out, s)
		}
	}
	return out
}

// ingress returns ingress rules; without any, one that permits nothing.
func ingress(list []sorted) []ciliumpolicy.IngressRule {
	out := make([]ciliumpolicy.IngressRule, max(1, len(list)))
	for i, s := range list {
		out[i] = ciliumpolicy.IngressRule{From: ciliumpolicy.From{FromEndpoints: s.pods, FromCIDRSet: s.blocks, FromEntities: s.entities}, ToPorts: s.ports}
	}
	return out
}

// egress returns egress rules; without any, one that permits nothing.
func egress(list []sorted) []ciliumpolicy.EgressRule {
	out := make([]ciliumpolicy.EgressRule, max(1, len(list)))
	for i, s := range list {
		out[i] = ciliumpolicy.EgressRule{To: ciliumpolicy.To{ToEndpoints: s.pods, ToCIDRSet: s.blocks, ToEntities: s.entities}, ToFQDNs: s.hosts, ToPorts: s.ports}
	}
	return out
}

// maxPorts is how many ports Cilium accepts in one list.
const maxPorts = 40

// portRules returns the ports of a rule, in lists that Cilium accepts. Those on which the pods resolve
// host names go through Cilium's proxy.
func (l *lowering) portRules(r layout.Rule) (out []ciliumpolicy.PortRule) {
	plain := l.lists[r.Ports].list
	if r.Resolving != layout.ResolvesNone {
		proxied := l.lists[r.Resolving].set
		plain = written(layout.Normal(l.lists[r.Ports].set.Subtract(proxied)))
		if l.lists[r.Ports].list == nil { // all ports, which are more than the sum of their numbers
			plain = written(layout.Normal(relation.EveryPort.Subtract(proxied)))
		}
		rules := &ciliumpolicy.Proxied{DNS: []ciliumpolicy.HostName{{MatchPattern: "*"}}}
		out = append(out, ciliumpolicy.PortRule{Ports: written(proxied), Rules: rules})
	}
	for len(plain) > 0 {
		n := min(maxPorts, len(plain))
		out = append(out, ciliumpolicy.PortRule{Ports: plain[:n:n]})
		plain = plain[n:]
	}
	return out
}
