package policies

import (
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/ast"
)

// resolve finds the edges to resolvers that a dns statement can stand for: each party that opens
// connections, and no other, has one. Otherwise the program says `dns off`.
func (d *draft) resolve() {
	var others []*edge
	byResolver := map[*party][]*edge{}
	var resolvers []*party
	for _, e := range d.edges {
		if !isResolver(e) {
			others = append(others, e)
			continue
		}
		if byResolver[e.to] == nil {
			resolvers = append(resolvers, e.to)
		}
		byResolver[e.to] = append(byResolver[e.to], e)
	}
	openers := map[*party]bool{}
	for _, e := range others {
		if e.side != relation.Ingress.String() && (e.from.kind == tierPods || e.from.kind == namespacePods) {
			openers[e.from] = true
		}
	}
	for _, r := range resolvers {
		asking := map[*party]bool{}
		for _, e := range byResolver[r] {
			asking[e.from] = true
		}
		for p := range openers {
			if !asking[p] && len(d.homes(p, relation.Egress)) > 0 {
				return
			}
		}
		for p := range asking {
			if !openers[p] {
				return
			}
		}
	}
	for _, r := range resolvers {
		d.resolvers = append(d.resolvers, byResolver[r][0])
	}
	if len(d.resolvers) > 0 {
		d.edges = others
	}
}

// isResolver reports whether an edge is one that a dns statement could bring: to a place where names
// are resolved, over UDP and TCP.
func isResolver(e *edge) bool {
	if e.side != "" || e.from.kind != tierPods && e.from.kind != namespacePods {
		return false
	}
	ranges := e.ports.Ranges()
	if len(e.ports.NamedPorts()) > 0 || len(ranges) != 2 || ranges[0].Low != ranges[0].High || ranges[0].Protocol != relation.TCP || ranges[1].Protocol != relation.UDP {
		return false
	}
	port := ranges[0].Low
	return ranges[1].Low == port && ranges[1].High == port && (port == 53 || port == 5353) && e.to.kind != everyone
}

// isPrelude reports whether the resolvers are those that every program has.
func (d *draft) isPrelude() bool {
	if len(d.resolvers) != 1 {
		return false
	}
	e := d.resolvers[0]
	return e.to.namespace == "kube-system" && e.to.pods.String() == "k8s-app=kube-dns" && e.ports.String() == usualPorts
}

const usualPorts = "53/tcp, 53/udp"

// dnsStatements returns the dns statements; none if the prelude's is right.
func (d *draft) dnsStatements() (out []ast.Statement) {
	if len(d.resolvers) == 0 {
		s := &ast.DNS{Off: true}
		if len(d.sides[relation.Egress]) == 0 {
			c := ast.NewComment("the policies do not restrict egress")
			s.Trailing = &c
		}
		return []ast.Statement{s}
	}
	if d.isPrelude() {
		return nil
	}
	for _, e := range d.resolvers {
		s := &ast.DNS{Resolvers: []ast.Endpoint{e.to.endpoint("")}}
		if e.to.listens.IsEmpty() && e.ports.String() != usualPorts {
			s.Ports = portsOf(e.ports)
		}
		out = append(out, s)
	}
	return out
}
