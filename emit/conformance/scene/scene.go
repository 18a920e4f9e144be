// Package scene peoples a topology: a pod for every tier, strangers beside
// them, namespaces that nobody declares, and addresses outside, with the ports
// at which what is permitted can change.
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

// Addr returns the party's address of a family, which is not valid where it has none.
func (p *Party) Addr(v6 bool) netip.Addr {
	for _, a := range p.Addrs {
		if a.Is6() == v6 {
			return a
		}
	}
	return netip.Addr{}
}

// Scene is all of them.
type Scene struct {
	Namespaces map[string]map[string]string // their labels
	Parties    []*Party

	topology *topology.Topology
	names    []relation.NamedPort // that edges speak of
	next     int                  // pods so far
}

// New peoples a topology. Of permits, which is its meaning, it asks whether pods of
// one tier may talk to each other, and so must be two.
func New(t *topology.Topology, permits *relation.Relation) (*Scene, error) {
	s := &Scene{Namespaces: map[string]map[string]string{}, topology: t, names: namedPorts(t)}
	for _, n := range t.Namespaces {
		s.Namespaces[n.Name] = n.Labels
	}
	s.undeclared()
	for _, n := range t.Namespaces {
		for _, tier := range n.Tiers {
			p := s.pod(n.Name, tier.Name, tier.Selector.Sample())
			if s.talksToItself(permits, p) {
				s.pod(n.Name, tier.Name+"-twin", p.Labels)
			}
		}
		if labels := ofTwo(n.Tiers); labels != nil {
			s.pod(n.Name, "of-two-tiers", labels)
		}
		stranger := s.pod(n.Name, "stranger", map[string]string{"stranger": "yes"})
		if s.talksToItself(permits, stranger) {
			s.pod(n.Name, "stranger-twin", stranger.Labels)
		}
	}
	s.outside()
	return s, s.check()
}

// undeclared adds namespaces that the topology does not speak of: a plain one,
// and for each environment that goes by a label one that carries it.
func (s *Scene) undeclared() {
	labels := map[string]map[string]string{"elsewhere": {}}
	for _, e := range s.topology.Environments {
		if e.Key != "" {
			labels["elsewhere-"+e.Name] = map[string]string{e.Key: e.Name}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if s.Namespaces[name] != nil {
			continue
		}
		labels[name][relation.NameLabel] = name
		s.Namespaces[name] = labels[name]
		s.pod(name, "stranger", map[string]string{"stranger": "yes"})
		if tier := s.anyTier(); tier != nil {
			s.pod(name, "mimic", tier.Selector.Sample())
		}
	}
}

// anyTier returns a tier of a governed namespace.
func (s *Scene) anyTier() *topology.Tier {
	for _, n := range s.topology.Namespaces {
		if n.Governed() && len(n.Tiers) > 0 {
			return n.Tiers[0]
		}
	}
	return nil
}

// ofTwo returns the labels of a pod that is of two tiers at once, if there can be one.
func ofTwo(tiers []*topology.Tier) map[string]string {
	for i, a := range tiers {
		for _, b := range tiers[:i] {
			if both := a.Selector.Intersect(b.Selector); !both.IsEmpty() {
				return both.Sample()
			}
		}
	}
	return nil
}

func (s *Scene) pod(namespace, name string, labels map[string]string) *Party {
	number := s.next
	s.next++
	p := &Party{
		Name: namespace + "/" + name, Namespace: namespace, Pod: name, Labels: labels,
		Addrs: podAddrs(s.topology.Network.Pods, number),
	}
	for i, n := range s.names {
		// Not every pod has the port, nor all of them at one number.
		if (i+number)%4 != 3 {
			p.Containers = append(p.Containers, Container{n.Name, n.Protocol, named(i, number)})
		}
	}
	for _, n := range s.topology.Namespaces {
		if n.Name == namespace {
			for _, t := range n.Tiers {
				if t.Selector.Matches(labels) {
					p.Tiers++
				}
			}
		}
	}
	s.Parties = append(s.Parties, p)
	return p
}

// named returns the number that a pod has for a name.
func named(name, pod int) int { return 20000 + 10*name + pod%3 }

func (s *Scene) talksToItself(permits *relation.Relation, p *Party) bool {
	return slices.ContainsFunc(s.Ports(p), func(port relation.Port) bool {
		return permits.Permits(Cell{From: p, To: p, Port: port}.Connection(s))
	})
}

// namedPorts lists the containers' ports that edges speak of, each name once: a
// pod has one port of a name.
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

// check holds that no address block of the topology has a pod's address: the
// API leaves open whether it would match the pod.
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
