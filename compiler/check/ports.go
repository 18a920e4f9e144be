package check

import (
	"strings"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// ports warns of edges that name no port and so open more than they show:
// every port, or several that the destination happens to declare today.
func (c *checker) ports() {
	for _, e := range c.Edges {
		if e.Implicit || !e.PortsSpan.IsZero() {
			continue
		}
		listens := e.To.Listens()
		if len(listens) == 0 {
			help := "write the ports (:PORT), or write :any to open every port"
			if e.To.Tier != nil || e.To.External != nil || e.To == c.Network.APIServer {
				help = "write the ports (:PORT), declare those of " + e.To.Name + ", or write :any to open every port"
			}
			c.report(diag.New(diag.EveryPort, e.ToSpan, "this edge opens every port of %s", describe(e.To)).WithHelp("%s", help))
			continue
		}
		var names []string
		for _, l := range listens {
			if l.Name != "" {
				names = append(names, ":"+l.Name)
			}
		}
		if len(names) > 1 {
			c.report(diag.New(diag.SeveralPorts, e.ToSpan, "this edge opens every named port of %s, and any that is added later", e.To).
				WithRelated(listens[0].Span.To(listens[len(listens)-1].Span), "%s listens on these ports", e.To).
				WithHelp("write the ports you need: %s", strings.Join(names, ", ")))
		}
	}
}

// describe names an endpoint in a sentence.
func describe(e *topology.Endpoint) string {
	if e.Kind == topology.Everything {
		return "every pod and address"
	}
	return e.Name
}
