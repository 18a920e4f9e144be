package scene

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Cell is one connection between two parties.
type Cell struct {
	From, To *Party
	V6       bool
	Port     relation.Port
}

func (c Cell) String() string {
	return fmt.Sprintf("%s -> %s :%s (%v -> %v)", c.From.Name, c.To.Name, c.Port, c.From.Addr(c.V6), c.To.Addr(c.V6))
}

// Connection returns the cell in the form that zt's relations use.
func (c Cell) Connection(s *Scene) relation.Connection {
	party := func(p *Party) relation.Party {
		if p.Namespace == "" {
			return relation.Party{Addr: p.Addr(c.V6)}
		}
		return relation.Party{Namespace: p.Namespace, NamespaceLabels: s.Namespaces[p.Namespace], Labels: p.Labels}
	}
	return relation.Connection{From: party(c.From), To: party(c.To), Port: c.Port}
}

// Cells lists every pair of different parties of which at least one is a pod, at every port of the
// destination, over each family that both have.
func (s *Scene) Cells() []Cell {
	var out []Cell
	for _, to := range s.Parties {
		ports := s.Ports(to)
		for _, from := range s.Parties {
			if from == to || from.Namespace == "" && to.Namespace == "" {
				continue
			}
			for _, v6 := range []bool{false, true} {
				if from.Addr(v6).IsValid() && to.Addr(v6).IsValid() {
					for _, port := range ports {
						out = append(out, Cell{from, to, v6, port})
					}
				}
			}
		}
	}
	return out
}

// Ports lists the ports of a party to test: those of edges and denials to it and the next ones, those that
// containers name, DNS, and one of no edge; each over TCP and UDP, and over SCTP if an edge uses it.
func (s *Scene) Ports(p *Party) []relation.Port {
	numbers := []int{53, 54321}
	protocols := []relation.Protocol{relation.TCP, relation.UDP}
	for i := range s.names {
		for pod := range 3 { // the party's own number, and those of other pods
			numbers = append(numbers, named(i, pod))
		}
	}
	for _, e := range s.destinations() {
		if !reaches(e.Endpoint, p) {
			continue
		}
		for _, r := range e.ports.Ranges() {
			if r.Low == relation.MinPort && r.High == relation.MaxPort {
				continue
			}
			numbers = append(numbers, r.Low-1, r.Low, r.High, r.High+1)
			if r.Protocol == relation.SCTP {
				protocols = append(protocols, relation.SCTP)
			}
		}
	}
	slices.Sort(numbers)
	slices.Sort(protocols)
	protocols = slices.Compact(protocols)
	var out []relation.Port
	for _, n := range slices.Compact(numbers) {
		if n < relation.MinPort || n > relation.MaxPort {
			continue
		}
		for _, protocol := range protocols {
			port := relation.Port{Protocol: protocol, Number: n}
			for _, c := range p.Containers {
				if c.Number == n && c.Protocol == protocol {
					port.Names = append(port.Names, c.Name)
				}
			}
			out = append(out, port)
		}
	}
	return out
}

// destination is where an edge leads, or what a statement denies connections to.
type destination struct {
	*topology.Endpoint
	ports relation.Ports
}

func (s *Scene) destinations() (out []destination) {
	for _, e := range s.topology.Edges {
		out = append(out, destination{e.To, e.Ports})
	}
	for _, d := range s.denials {
		for _, to := range d.To {
			out = append(out, destination{to.Endpoint, to.Ports})
		}
	}
	return out
}

// reaches reports whether an endpoint could include a party. It may be wrong: a port too many does
// no harm.
func reaches(end *topology.Endpoint, p *Party) bool {
	switch end.Kind {
	case topology.Addresses:
		return p.Namespace == ""
	case topology.TierPods:
		return end.Namespace.Name == p.Namespace && end.Tier.Selector.Matches(p.Labels)
	case topology.AcrossPods:
		return p.Namespace != "" && end.Tier.Selector.Matches(p.Labels)
	case topology.NamespacePods:
		return end.Namespace.Name == p.Namespace
	}
	return true
}
