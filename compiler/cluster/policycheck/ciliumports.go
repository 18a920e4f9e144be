package policycheck

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// ciliumPorts reports the ports of a rule on which none of the pods that receive the connections listens.
func (c *check) ciliumPorts(r *ciliumRule) {
	lists := r.ports()
	if len(lists) == 0 {
		return
	}
	peers := []relation.Peer{r.spec.Subject}
	if r.direction == relation.Egress {
		peers = nil
		for _, peer := range r.rule.Peers {
			if peer.Doubt != "" {
				return
			}
			peers = append(peers, peer.Of)
		}
		c.apiServerPorts(r)
	}
	l := c.listeningOf(c.podsAmong(peers))
	if l == nil || l.open {
		return
	}
	does := "permits"
	if r.rule.Deny {
		does = "denies"
	}
	every := relation.UnionPorts(r.rule.Ports, r.rule.Proxied)
	u := use{document{r.policy.Fields()}, r.String() + " " + does, func(q relation.PortRange) bool { return relation.RangeOf(q).Subset(every) }}
	var unused []diag.Diagnostic
	used := false
	for i, list := range lists {
		for j, port := range list {
			at := fmt.Sprintf("%s.toPorts[%d].ports[%d].port", r.path(), i, j)
			c.work -= 1 + len(l.declared)
			if d := c.ciliumPort(u, at, port, l); d != nil {
				unused = append(unused, *d)
			} else {
				used = true
			}
		}
	}
	for _, d := range unused {
		if r.rule.Deny || !l.all { // it may well deny what nobody should open
			break
		}
		if used {
			d.Severity = diag.Note
		}
		c.diags.Add(d)
	}
}

// ciliumPort reports a port of a Service, or a name that no port has. It returns what is wrong with a number that no
// container declares.
func (c *check) ciliumPort(u use, at string, port ciliumpolicy.Port, l *listening) *diag.Diagnostic {
	of := []relation.Protocol{relation.TCP, relation.UDP, relation.SCTP}
	if p, ok := protocols[port.Protocol]; ok {
		of = []relation.Protocol{p}
	} else if port.Protocol != "" && port.Protocol != "ANY" {
		return nil
	}
	n, err := strconv.ParseUint(port.Port, 0, 16)
	if err != nil {
		name := strings.ToLower(port.Port)
		if slices.ContainsFunc(l.declared, func(d inventory.Port) bool { return d.Name == name && slices.Contains(of, d.Protocol) }) {
			return nil
		}
		named := relation.NamedPort{Name: name, Protocol: of[0]}
		for _, p := range of {
			if _, ok := l.named[relation.NamedPort{Name: name, Protocol: p}]; ok {
				named.Protocol = p
			}
		}
		c.namedPort(u, at, named, l)
		return nil
	}
	if n == 0 {
		return nil
	}
	low, high := int(n), max(int(n), int(port.EndPort))
	ranges := make([]relation.PortRange, len(of))
	for i, p := range of {
		ranges[i] = relation.PortRange{Protocol: p, Low: low, High: high}
		if l.has(ranges[i]) || isMesh(ranges[i]) {
			return nil
		}
	}
	for _, q := range ranges {
		if t, ok := l.services[q]; ok {
			c.servicePort(u, at, q.String(), t, l)
			return nil
		}
	}
	d := diag.New(diag.PolicyUnusedPort, u.At(at), "%s %s, and no container of %s declares that port", u.does, ranges[0], l.name()).
		WithRelated(first(l.workloads).Span, "%s", first(l.workloads).Object).
		WithHelp("the containers declare %s", l.text())
	return &d
}

// apiServerPorts reports a rule for the API server alone that has none of the ports on which it listens: those of
// the Service kubernetes are translated before.
func (c *check) apiServerPorts(r *ciliumRule) {
	var listens relation.Ports
	for _, s := range c.inventory.APIServers {
		for _, p := range s.Ports {
			listens = listens.Union(relation.RangeOf(p))
		}
	}
	permits := relation.UnionPorts(r.rule.Ports, r.rule.Proxied)
	for _, peer := range r.rule.Peers {
		if peer.Part != ciliumpolicy.APIServer {
			return
		}
	}
	if listens.IsEmpty() || permits.IsEmpty() || len(permits.Names()) > 0 || permits.MayOverlap(listens) {
		return
	}
	d := diag.New(diag.PolicyServicePort, r.policy.At(r.path()+".toPorts"), "%s permits %s, and the API server listens on %s", r, permits, listens).
		WithRelated(c.inventory.APIServers[0].Span, "%s", c.inventory.APIServers[0].Object).
		WithHelp("write %d: policies see packets after a Service has translated them", listens.Ranges()[0].Low)
	c.diags.Add(d)
}
