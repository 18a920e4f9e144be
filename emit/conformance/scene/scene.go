// Package scene makes the pods and addresses between which the tests connect: a pod for each tier,
// other pods beside them, namespaces that the program does not declare, and addresses outside; and
// for each the ports at which the verdict can change.
package scene

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Container is a port that a pod's container names.
type Container struct {
	Name     string
	Protocol relation.Protocol
	Number   int
}

// Party is a pod with an address of each family, or one address outside.
type Party struct {
	Name       string // namespace/pod, or the address
	Namespace  string // "" outside
	Pod        string
	Labels     map[string]string
	Addrs      []netip.Addr
	Containers []Container
	Tiers      int // how many tiers it belongs to
}

// Addr returns the party's address of a family; it is not valid if there is none.
func (p *Party) Addr(v6 bool) netip.Addr {
	for _, a := range p.Addrs {
		if a.Is6() == v6 {
			return a
		}
	}
	return netip.Addr{}
}

// Scene is the parties of a topology and their namespaces.
type Scene struct {
	Namespaces map[string]map[string]string // their labels
	Parties    []*Party

	topology *topology.Topology
	names    []relation.NamedPort // of edges
	denials  []*topology.Denial   // at whose ports and addresses the verdict can change, too
}

// New makes the scene of a topology, which permits this. If pods of one kind may connect to each
// other, there are two of them.
func New(t *topology.Topology, permits *relation.Relation) (*Scene, error) {
	return newScene(t, permits, nil)
}

// NewGuarded makes the scene of a topology with guardrails.
func NewGuarded(t *topology.Topology, permits *relation.Relation) (*Scene, error) {
	return newScene(t, permits, t.Denies)
}

func newScene(t *topology.Topology, permits *relation.Relation, denials []*topology.Denial) (*Scene, error) {
	s := &Scene{Namespaces: map[string]map[string]string{}, topology: t, names: namedPorts(t), denials: denials}
	for _, n := range t.Namespaces {
		s.Namespaces[n.Name] = n.Labels
	}
	s.undeclared()
	stranger := map[string]string{"stranger": "yes"}
	for _, n := range t.Namespaces {
		for _, tier := range n.Tiers {
			s.pods(n.Name, tier.Name, tier.Selector.Sample(), permits)
		}
		if labels := ofTwo(n.Tiers); labels != nil {
			s.pod(n.Name, "of-two-tiers", labels)
		}
		for _, tier := range t.Tiers {
			if s.across(tier, n.Name) {
				s.pods(n.Name, acrossName(tier), tier.Selector.Sample(), permits)
			}
		}
		s.pods(n.Name, "stranger", stranger, permits)
	}
	s.outside()
	return s, s.check()
}

// undeclared adds namespaces that the topology does not declare: one without labels, and one with
// the labels of each environment that can have one. Their pods are a stranger, one with the labels
// of some tier, and one with those of each tier across namespaces.
func (s *Scene) undeclared() {
	labels := map[string]map[string]string{"elsewhere": {}}
	for _, e := range s.topology.Environments {
		if e.Undeclared.IsEmpty() {
			continue
		}
		sample, name := e.Undeclared.Sample(), "elsewhere-"+e.Name
		if !e.Undeclared.Get(relation.NameLabel).Others {
			name = sample[relation.NameLabel]
		}
		labels[name] = sample
	}
	governed := slices.IndexFunc(s.topology.Namespaces, func(n *topology.Namespace) bool { return n.Enforced() && len(n.Tiers) > 0 })
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if s.Namespaces[name] != nil {
			continue
		}
		labels[name][relation.NameLabel] = name
		s.Namespaces[name] = labels[name]
		s.pod(name, "stranger", map[string]string{"stranger": "yes"})
		if governed >= 0 {
			s.pod(name, "mimic", s.topology.Namespaces[governed].Tiers[0].Selector.Sample())
		}
		for _, tier := range s.topology.Tiers {
			s.pod(name, acrossName(tier), tier.Selector.Sample())
		}
	}
}

func acrossName(t *topology.Tier) string { return "across-" + t.Set() + "-" + t.Name }

// across reports whether a tier across namespaces has pods of a namespace.
func (s *Scene) across(t *topology.Tier, namespace string) bool {
	return t.In == nil || t.In.Selector.Matches(s.Namespaces[namespace])
}

// ofTwo returns the labels of a pod that belongs to two tiers, if there can be one: if possible of two of
// which only one isolates its pods.
func ofTwo(tiers []*topology.Tier) (labels map[string]string) {
	for i, a := range tiers {
		for _, b := range tiers[:i] {
			both := a.Selector.Intersect(b.Selector)
			switch {
			case both.IsEmpty():
			case a.Ingress != b.Ingress || a.Egress != b.Egress:
				return both.Sample()
			case labels == nil:
				labels = both.Sample()
			}
		}
	}
	return labels
}

// pods adds a pod, and a twin if it may connect to one.
func (s *Scene) pods(namespace, name string, labels map[string]string, permits *relation.Relation) {
	p := s.pod(namespace, name, labels)
	if slices.ContainsFunc(s.Ports(p), func(port relation.Port) bool {
		return permits.Permits(Cell{From: p, To: p, Port: port}.Connection(s))
	}) {
		s.pod(namespace, name+"-twin", labels)
	}
}

func (s *Scene) pod(namespace, name string, labels map[string]string) *Party {
	number := len(s.Parties)
	p := &Party{
		Name: namespace + "/" + name, Namespace: namespace, Pod: name, Labels: labels,
		Addrs: podAddrs(s.topology.Network.Pods, number),
	}
	for i, n := range s.names {
		// Not every pod has the port, and not at the same number.
		if (i+number)%4 != 3 {
			p.Containers = append(p.Containers, Container{n.Name, n.Protocol, named(i, number)})
		}
	}
	for _, n := range s.topology.Namespaces {
		for _, t := range n.Tiers {
			if n.Name == namespace && t.Selector.Matches(labels) {
				p.Tiers++
			}
		}
	}
	for _, t := range s.topology.Tiers {
		if s.across(t, namespace) && t.Selector.Matches(labels) {
			p.Tiers++
		}
	}
	s.Parties = append(s.Parties, p)
	return p
}

// named returns the number that a pod has for a name.
func named(name, pod int) int { return 20000 + 10*name + pod%3 }

// namedPorts lists the named ports of edges, each name once, since a pod has one port of a name.
func namedPorts(t *topology.Topology) []relation.NamedPort {
	var out []relation.NamedPort
	for _, e := range t.Edges {
		for _, n := range e.Ports.NamedPorts() {
			if !slices.ContainsFunc(out, func(o relation.NamedPort) bool { return o.Name == n.Name }) {
				out = append(out, n)
			}
		}
	}
	return out
}

// check returns an error if a pod's address is in an address block of the topology: the API does
// not say whether the block matches the pod.
func (s *Scene) check() error {
	for _, e := range s.topology.Edges {
		for _, end := range []*topology.Endpoint{e.From, e.To} {
			for _, p := range s.Parties {
				if p.Namespace != "" && slices.ContainsFunc(p.Addrs, end.Addrs.Has) {
					return fmt.Errorf("the pod %s has an address of %s", p.Name, end.Name)
				}
			}
		}
	}
	return nil
}
