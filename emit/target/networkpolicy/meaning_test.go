package networkpolicy

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
)

// The objects of random topologies, read as the API documents them, must
// permit of concrete connections what the edges say and nothing else. One side below
// reads edges, the other objects; they share what a party and a port is.

// party is a pod or an outside address.
type party struct {
	namespace *topology.Namespace // nil for an address
	labels    map[string]string
	ip        netip.Addr
}

// port is a port as a connection has it: a number, or one that a policy names.
type port struct {
	protocol relation.Protocol
	number   int
	name     string // set instead of number
}

// in reports whether an endpoint has a party, in the words of the language.
func (p party) in(e *topology.Endpoint) bool {
	pod := p.namespace != nil
	switch e.Kind {
	case topology.TierPods:
		return pod && p.namespace == e.Namespace && e.Tier.Selector.Matches(p.labels)
	case topology.NamespacePods:
		return pod && p.namespace == e.Namespace
	case topology.EnvironmentPods:
		return pod && e.Environment.Selector.Matches(p.namespace.Labels)
	case topology.AcrossPods:
		return pod && (e.Environment == nil || e.Environment.Selector.Matches(p.namespace.Labels)) && e.Tier.Selector.Matches(p.labels)
	case topology.ClusterPods:
		return pod
	case topology.Addresses:
		return !pod && slices.ContainsFunc(e.Blocks, func(b topology.Block) bool { return b.Addrs().Has(p.ip) })
	default:
		return true
	}
}

// meant reports whether a topology permits a connection: section 1 of the language.
func meant(t *topology.Topology, from, to party, on port) bool {
	permits := func(other topology.Side, side func(*topology.Edge) *topology.Endpoint) bool {
		return on.holds(func(on port) bool {
			return slices.ContainsFunc(t.Edges, func(e *topology.Edge) bool {
				return e.Side != other && side(e).Kind != topology.Everything && from.in(e.From) && to.in(e.To) && on.in(e.Ports)
			})
		})
	}
	if from.namespace != nil && from.namespace.Egress && !permits(topology.IngressSide, func(e *topology.Edge) *topology.Endpoint { return e.From }) {
		return false
	}
	if to.namespace != nil && to.namespace.Ingress && !permits(topology.EgressSide, func(e *topology.Edge) *topology.Endpoint { return e.To }) {
		return false
	}
	return true
}

func (p port) in(set relation.Ports) bool {
	if p.name != "" {
		return set.HasNamed(relation.NamedPort{Name: p.name, Protocol: p.protocol})
	}
	return relation.RangeOf(relation.PortRange{Protocol: p.protocol, Low: p.number, High: p.number}).Subset(set)
}

// holds reports whether a port is permitted, given what is of each by itself:
// a name is some number, so it is permitted too where every number is.
func (p port) holds(permitted func(port) bool) bool {
	if permitted(p) {
		return true
	}
	if p.name == "" {
		return false
	}
	for _, number := range numbers {
		if !permitted(port{protocol: p.protocol, number: number}) {
			return false
		}
	}
	return true
}

// numbers has a number of each interval that the sets of randomPorts distinguish.
var numbers = []int{1, 80, 81, 90, 91, 1001}

// enforced reports whether objects permit a connection.
func enforced(objects []*networkingv1.NetworkPolicy, from, to party, on port) bool {
	return on.holds(func(on port) bool { return sidePermits(objects, from, to, on, networkingv1.PolicyTypeEgress) }) &&
		on.holds(func(on port) bool { return sidePermits(objects, to, from, on, networkingv1.PolicyTypeIngress) })
}

func sidePermits(objects []*networkingv1.NetworkPolicy, own, other party, on port, direction networkingv1.PolicyType) bool {
	isolated := false
	for _, o := range objects {
		if own.namespace == nil || o.Namespace != own.namespace.Name || !slices.Contains(o.Spec.PolicyTypes, direction) || !selects(&o.Spec.PodSelector, own.labels) {
			continue
		}
		isolated = true
		if direction == networkingv1.PolicyTypeIngress {
			for _, r := range o.Spec.Ingress {
				if peersMatch(r.From, o.Namespace, other) && portsMatch(r.Ports, on) {
					return true
				}
			}
		} else {
			for _, r := range o.Spec.Egress {
				if peersMatch(r.To, o.Namespace, other) && portsMatch(r.Ports, on) {
					return true
				}
			}
		}
	}
	return !isolated
}

func selects(s *metav1.LabelSelector, set map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		panic(err)
	}
	return selector.Matches(labels.Set(set))
}

func peersMatch(peers []networkingv1.NetworkPolicyPeer, namespace string, p party) bool {
	return len(peers) == 0 || slices.ContainsFunc(peers, func(peer networkingv1.NetworkPolicyPeer) bool {
		if b := peer.IPBlock; b != nil {
			contains := func(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(p.ip) }
			return p.namespace == nil && contains(b.CIDR) && !slices.ContainsFunc(b.Except, contains)
		}
		switch {
		case p.namespace == nil:
			return false
		case peer.NamespaceSelector == nil:
			if p.namespace.Name != namespace {
				return false
			}
		case !selects(peer.NamespaceSelector, p.namespace.Labels):
			return false
		}
		return peer.PodSelector == nil || selects(peer.PodSelector, p.labels)
	})
}

func portsMatch(ports []networkingv1.NetworkPolicyPort, on port) bool {
	api := map[relation.Protocol]corev1.Protocol{relation.TCP: "TCP", relation.UDP: "UDP", relation.SCTP: "SCTP"}
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		switch {
		case *p.Protocol != api[on.protocol]:
			return false
		case p.Port == nil:
			return true
		case p.Port.StrVal != "":
			return p.Port.StrVal == on.name
		case on.name != "":
			return false
		case p.EndPort != nil:
			return int(p.Port.IntVal) <= on.number && on.number <= int(*p.EndPort)
		}
		return int(p.Port.IntVal) == on.number
	})
}

var labelValues = []string{"1", "2", "3"}

func randomSelector(t *rapid.T) relation.Selector {
	one := rapid.Custom(func(t *rapid.T) relation.Requirement {
		k := relation.Requirement{Key: rapid.SampledFrom([]string{"app", "role"}).Draw(t, "key")}
		values := rapid.SliceOfN(rapid.SampledFrom(labelValues), 1, 2).Draw(t, "values")
		k.Values = rapid.SampledFrom([]relation.Values{
			relation.In(values...), relation.In(values[0]), relation.NotIn(values...), relation.Exists(), relation.NotExists(),
		}).Draw(t, "operator")
		return k
	})
	return rapid.Custom(func(t *rapid.T) relation.Selector {
		return relation.Select(rapid.SliceOfN(one, 0, 3).Draw(t, "requirements")...)
	}).Filter(func(s relation.Selector) bool { return !s.IsEmpty() }).Draw(t, "selector")
}

func randomPorts(t *rapid.T) relation.Ports {
	tcp := func(low, high int) relation.Ports {
		return relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: low, High: high})
	}
	some := rapid.SampledFrom([]relation.Ports{
		tcp(80, 80), tcp(81, 81), tcp(80, 90), tcp(1, 1000), tcp(1001, 65535), tcp(1, 65535), relation.EveryPort,
		relation.RangeOf(relation.PortRange{Protocol: relation.UDP, Low: 80, High: 80}),
		relation.Named(relation.NamedPort{Name: "http", Protocol: relation.TCP}),
		relation.Named(relation.NamedPort{Name: "http", Protocol: relation.SCTP}),
	})
	return relation.UnionPorts(rapid.SliceOfN(some, 1, 3).Draw(t, "ports")...)
}

// randomTopology draws a topology, and everything that may be an end of an edge in it.
func randomTopology(t *rapid.T) *topology.Topology {
	topo := &topology.Topology{}
	var endpoints []*topology.Endpoint
	byKey := map[string]*topology.Environment{"prod": {Name: "production", Selector: relation.Labelled("env", "prod")}, "dev": {Name: "dev", Selector: relation.Labelled("env", "dev")}}
	block := &topology.Environment{Name: "block"}
	for _, name := range []string{"a", "b", "c"} {
		n := &topology.Namespace{
			Name: name, Labels: map[string]string{topology.NameLabel: name},
			Ingress: rapid.Bool().Draw(t, "ingress"), Egress: rapid.Bool().Draw(t, "egress"),
		}
		if env := rapid.SampledFrom([]string{"prod", "dev", ""}).Draw(t, "env"); env != "" {
			n.Labels["env"] = env
			byKey[env].Namespaces = append(byKey[env].Namespaces, n)
		}
		if rapid.Bool().Draw(t, "in block") {
			block.Namespaces = append(block.Namespaces, n)
		}
		endpoints = append(endpoints, &topology.Endpoint{Kind: topology.NamespacePods, Namespace: n, Name: name + "/*"})
		for i := range rapid.IntRange(0, 4).Draw(t, "tiers") {
			tier := &topology.Tier{Namespace: n, Name: fmt.Sprintf("t%d", i), Selector: randomSelector(t)}
			n.Tiers = append(n.Tiers, tier)
			endpoints = append(endpoints, &topology.Endpoint{Kind: topology.TierPods, Tier: tier, Namespace: n, Name: tier.String()})
		}
		topo.Namespaces = append(topo.Namespaces, n)
	}
	var names []string
	for _, n := range block.Namespaces {
		names = append(names, n.Name)
	}
	block.Selector = relation.Labelled(topology.NameLabel, names...)
	other := &topology.Environment{Name: "other", Selector: relation.Select(
		relation.Requirement{Key: "env", Values: relation.NotIn("dev")}, relation.Requirement{Key: topology.NameLabel, Values: relation.NotIn("a")})}
	for _, n := range topo.Namespaces {
		if n.Name != "a" && n.Labels["env"] != "dev" {
			other.Namespaces = append(other.Namespaces, n)
		}
	}
	for _, e := range []*topology.Environment{byKey["prod"], byKey["dev"], block, other} {
		endpoints = append(endpoints, &topology.Endpoint{Kind: topology.EnvironmentPods, Environment: e, Name: e.Name})
	}
	for _, in := range []*topology.Environment{nil, byKey["prod"], other} {
		tier := &topology.Tier{In: in, Name: "t0", Selector: randomSelector(t)}
		topo.Tiers = append(topo.Tiers, tier)
		endpoints = append(endpoints, &topology.Endpoint{Kind: topology.AcrossPods, Tier: tier, Environment: in, Name: tier.Name})
	}
	blocks := []topology.Block{
		{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Except: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}},
		{Prefix: netip.MustParsePrefix("10.0.0.0/8")},
		{Prefix: netip.MustParsePrefix("2001:db8::/32")},
	}
	endpoints = append(endpoints,
		&topology.Endpoint{Kind: topology.ClusterPods, Name: "cluster"},
		&topology.Endpoint{Kind: topology.Everything, Name: "all"},
		&topology.Endpoint{Kind: topology.Addresses, Name: "x", Blocks: blocks[:1]},
		&topology.Endpoint{Kind: topology.Addresses, Name: "y", Blocks: blocks[1:]},
	)
	for range rapid.IntRange(0, 12).Draw(t, "edges") {
		e := &topology.Edge{
			From:     rapid.SampledFrom(endpoints).Draw(t, "from"),
			To:       rapid.SampledFrom(endpoints).Draw(t, "to"),
			Ports:    randomPorts(t),
			Implicit: rapid.Bool().Draw(t, "implicit"),
			Side:     rapid.SampledFrom([]topology.Side{topology.BothSides, topology.BothSides, topology.IngressSide, topology.EgressSide}).Draw(t, "side"),
		}
		if e.From.Kind != topology.Everything || e.To.Kind != topology.Everything {
			topo.Edges = append(topo.Edges, e)
		}
	}
	return topo
}

func randomParty(t *rapid.T, topo *topology.Topology) party {
	undeclared := []*topology.Namespace{
		{Name: "other", Labels: map[string]string{topology.NameLabel: "other"}},
		{Name: "prod", Labels: map[string]string{topology.NameLabel: "prod", "env": "prod"}},
	}
	if rapid.IntRange(0, 4).Draw(t, "address") == 0 {
		return party{ip: netip.MustParseAddr(rapid.SampledFrom([]string{"10.0.0.1", "10.1.0.1", "192.0.2.1", "2001:db8::1"}).Draw(t, "ip"))}
	}
	p := party{
		namespace: rapid.SampledFrom(slices.Concat(topo.Namespaces, topo.Namespaces, undeclared)).Draw(t, "namespace"),
		labels:    map[string]string{},
	}
	for _, key := range []string{"app", "role"} {
		if value := rapid.SampledFrom(append([]string{"", "9"}, labelValues...)).Draw(t, key); value != "" {
			p.labels[key] = value
		}
	}
	return p
}

func (p party) String() string {
	if p.namespace == nil {
		return p.ip.String()
	}
	return fmt.Sprintf("%s%v%v", p.namespace.Name, slices.Sorted(maps.Keys(p.namespace.Labels)), p.labels)
}

func TestObjectsPermitWhatEdgesSay(t *testing.T) {
	ports := []port{
		{relation.TCP, 80, ""}, {relation.TCP, 81, ""}, {relation.TCP, 1001, ""}, {relation.UDP, 80, ""},
		{relation.TCP, 0, "http"}, {relation.SCTP, 0, "http"}, {relation.UDP, 0, "dns"}, {relation.SCTP, 7, ""},
	}
	permitted, denied := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		topo := randomTopology(t)
		layouts := map[target.Layout][]*networkingv1.NetworkPolicy{}
		for _, layout := range []target.Layout{target.ByTier, target.ByEdge} {
			policies, _ := Lower(topo, layout)
			objects := policies.Objects()
			valid(t, objects)
			layouts[layout] = objects
		}
		for range 40 {
			from, to := randomParty(t, topo), randomParty(t, topo)
			for _, on := range ports {
				want := meant(topo, from, to, on)
				for layout, objects := range layouts {
					if got := enforced(objects, from, to, on); got != want {
						t.Fatalf("layout %s: %v -> %v on %v: permitted is %v, should be %v; edges %v", layout, from, to, on, got, want, topo.Edges)
					}
				}
				if want {
					permitted++
				} else {
					denied++
				}
			}
		}
	})
	if permitted < 1000 || denied < 1000 {
		t.Errorf("of the connections tried %d were permitted and %d denied, too few to tell", permitted, denied)
	}
}
