package policies

import (
	"slices"

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
		if e.side != relation.Ingress.String() && opens(e.from) {
			openers[e.from] = true
		}
	}
	for _, r := range resolvers {
		asking := map[*party]bool{}
		for _, e := range byResolver[r] {
			if asking[e.from] = true; !openers[e.from] {
				return
			}
		}
		for p := range openers {
			if !asking[p] && !d.permitsBoth(&pair{from: p, to: r}, byResolver[r][0].ports) {
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

// opens reports whether a dns statement applies to a party that opens connections.
func opens(p *party) bool { return p.isTier() || p.kind == namespacePods }

// permitsBoth reports whether the policies permit a pair on ports.
func (d *draft) permitsBoth(p *pair, ports relation.Ports) bool {
	return !slices.ContainsFunc(directions, func(direction relation.Direction) bool { return !d.permits(p, direction, ports) })
}

// isResolver reports whether an edge is one that a dns statement could bring: to a place where names
// are resolved, over UDP and TCP.
func isResolver(e *edge) bool {
	if e.side != "" || !opens(e.from) {
		return false
	}
	ranges := e.ports.Ranges()
	if len(e.ports.NamedPorts()) > 0 || len(ranges) != 2 || ranges[0].Low != ranges[0].High || ranges[0].Protocol != relation.TCP || ranges[1].Protocol != relation.UDP {
		return false
	}
	port := ranges[0].Low
	return ranges[1].Low == port && ranges[1].High == port && (port == 53 || port == 5353) && e.to.kind != everyone
}

// isPrelude reports whether a party is the resolvers that every program has, so that it needs no
// declaration.
func (p *party) isPrelude() bool {
	return p.isolated == [2]bool{} && p.isKubeDNS() && p.listens.String() == usualPorts
}

// isKubeDNS reports whether a party is the pods of the resolvers that every program has.
func (p *party) isKubeDNS() bool {
	return p.namespace == "kube-system" && p.pods.String() == "k8s-app=kube-dns"
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
	if len(d.resolvers) == 1 && d.resolvers[0].to.isPrelude() {
		return nil
	}
	usual := &ast.DNS{}
	for _, e := range d.resolvers {
		if e.to.listens.IsEmpty() && e.ports.String() != usualPorts {
			out = append(out, &ast.DNS{Resolvers: []ast.Endpoint{e.to.endpoint("")}, Ports: portsOf(e.ports)})
			continue
		}
		usual.Resolvers = append(usual.Resolvers, e.to.endpoint(""))
	}
	if len(usual.Resolvers) > 0 {
		out = append([]ast.Statement{usual}, out...)
	}
	return out
}
