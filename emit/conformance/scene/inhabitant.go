package scene

import (
	"fmt"
	"net/netip"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/relation"
)

// Inhabitant is a pod or an address of a drawn set of policies.
type Inhabitant struct {
	judge.End
	*Party
}

// Inhabitants draws pods of declared and other namespaces, and addresses outside: the ends of that many
// attempts to connect.
func Inhabitants(d judge.Draw, s *judge.Set, attempts int) (all []Inhabitant) {
	seen := map[string]bool{}
	for _, a := range d.Attempts(s, attempts) {
		for _, e := range []judge.End{a.From, a.To} {
			if !e.IsPod() {
				if !seen[e.Addr.String()] {
					seen[e.Addr.String()] = true
					all = append(all, Inhabitant{e, &Party{Name: e.Addr.String(), Addrs: []netip.Addr{e.Addr}}})
				}
				continue
			}
			e.Addr = judge.PodAddrs[d.IntN(len(judge.PodAddrs))]
			for range len(all) + 1 {
				e.Addr = e.Addr.Next()
			}
			pod := fmt.Sprint("pod", len(all))
			p := &Party{Name: e.Namespace + "/" + pod, Namespace: e.Namespace, Pod: pod, Labels: e.Labels, Addrs: []netip.Addr{e.Addr}}
			for _, name := range []string{"http", "admin"} {
				if d.IntN(2) == 0 {
					p.Containers = append(p.Containers, Container{Name: name, Protocol: relation.Protocol(d.IntN(2)), Number: []int{80, 81, 443}[d.IntN(3)]})
				}
			}
			all = append(all, Inhabitant{e, p})
		}
	}
	return all
}

// Connection returns a connection between two inhabitants in the form that zt's relations use.
func (i Inhabitant) Connection(to Inhabitant, port relation.Port) relation.Connection {
	party := func(e judge.End) relation.Party {
		if !e.IsPod() {
			return relation.Party{Addr: e.Addr}
		}
		return relation.Party{Namespace: e.Namespace, NamespaceLabels: e.NamespaceLabels, Labels: e.Labels}
	}
	return relation.Connection{From: party(i.End), To: party(to.End), Port: port}
}

// Attempt returns it in the form that a judge of one connection at a time takes.
func (i Inhabitant) Attempt(to Inhabitant, port relation.Port) judge.Attempt {
	protocol := map[relation.Protocol]string{relation.TCP: "TCP", relation.UDP: "UDP", relation.SCTP: "SCTP"}[port.Protocol]
	return judge.Attempt{From: i.End, To: to.End, Protocol: protocol, Number: port.Number, Names: port.Names}
}

// DrawnPorts lists the ports that drawn policies tell apart, of every protocol.
func (p *Party) DrawnPorts() (out []relation.Port) {
	for _, of := range []relation.Protocol{relation.TCP, relation.UDP, relation.SCTP} {
		for _, number := range []int{22, 80, 81, 443} {
			port := relation.Port{Protocol: of, Number: number}
			for _, c := range p.Containers {
				if c.Protocol == of && c.Number == number {
					port.Names = append(port.Names, c.Name)
				}
			}
			out = append(out, port)
		}
	}
	return out
}
