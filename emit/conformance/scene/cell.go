package scene

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Cell is one connection between two parties: what can be asked of every judge.
type Cell struct {
	From, To *Party
	V6       bool
	Port     relation.Port
}

func (c Cell) String() string {
	return fmt.Sprintf("%s -> %s :%s (%v -> %v)", c.From.Name, c.To.Name, c.Port, c.From.Addr(c.V6), c.To.Addr(c.V6))
}

// Connection returns the cell as zt's relation of what is permitted has it.
func (c Cell) Connection(s *Scene) relation.Connection {
	return relation.Connection{From: s.party(c.From, c.V6), To: s.party(c.To, c.V6), Port: c.Port}
}

func (s *Scene) party(p *Party, v6 bool) relation.Party {
	if p.Namespace == "" {
		return relation.Party{Addr: p.Addr(v6)}
	}
	return relation.Party{Namespace: p.Namespace, NamespaceLabels: s.Namespaces[p.Namespace], Labels: p.Labels}
}

// Cells lists every pair of different parties, one of them a pod, at every port of the
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
				if !from.Addr(v6).IsValid() || !to.Addr(v6).IsValid() {
					continue
				}
				for _, port := range ports {
					out = append(out, Cell{from, to, v6, port})
				}
			}
		}
	}
	return out
}

// Ports lists the ports of a party that are interesting: those of edges that reach it and
// the ones beside, those that its containers name, DNS, and one that
// nobody speaks of; each over every protocol that edges speak of, and TCP and UDP in any case.
func (s *Scene) Ports(p *Party) []relation.Port {
	numbers := []int{53, 54321}
	protocols := []relation.Protocol{relation.TCP, relation.UDP}
	for i := range s.names {
		for pod := range 3 { // its own, and what others call so
			numbers = append(numbers, named(i, pod))
		}
	}
	for _, e := range s.topology.Edges {
		if !s.reaches(e.To, p) {
			continue
		}
		for _, r := range e.Ports.Ranges() {
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

// reaches reports whether an edge's end could mean a party. It may say yes
// too often: a port too many does no harm.
func (s *Scene) reaches(end *topology.Endpoint, p *Party) bool {
	if end.Kind == topology.Addresses {
		return p.Namespace == ""
	}
	switch end.Kind {
	case topology.TierPods:
		return end.Namespace.Name == p.Namespace && end.Tier.Selector.Matches(p.Labels)
	case topology.NamespacePods:
		return end.Namespace.Name == p.Namespace
	}
	return true
}
