package query

import (
	"cmp"
	"fmt"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/source"
)

// Place is where something stands that an answer is because of, as its JSON shows it.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Policy string `json:"policy,omitempty"` // namespace/name
	Kind   string `json:"kind,omitempty"`   // of the policy, if it is no NetworkPolicy
	Rule   string `json:"rule,omitempty"`   // of the policy: ingress[0]
	Edge   string `json:"edge,omitempty"`   // of a topology, in the language's syntax
	// Text says what stands there.
	Text string `json:"-"`
}

func (p Place) compare(q Place) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Policy, q.Policy), cmp.Compare(p.Kind, q.Kind),
		cmp.Compare(p.Rule, q.Rule), cmp.Compare(p.Edge, q.Edge), cmp.Compare(p.Text, q.Text))
}

// String returns the place as text shows it.
func (p Place) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// places returns where origins stand. An edge to the resolvers stands where the edges
// do that it follows from, and where the program names the resolvers itself.
func places(origins []Origin) []Place {
	out := []Place{}
	for _, o := range origins {
		switch {
		case o.Edge == nil || !o.Edge.Implicit:
			out = append(out, o.at())
		default:
			for _, e := range o.Edge.Because {
				out = append(out, edgePlace(o.Edge, e.Span))
			}
			if o.Edge.Span.File.Name != resolve.PreludeFile {
				out = append(out, o.at())
			}
		}
	}
	return out
}

func placeAt(at source.Span, text string) Place {
	return Place{File: at.File.Name, Line: at.Begin().Line, Text: text}
}

func policyPlace(p inventory.Policy) Place {
	place := placeAt(p.Span, p.Object.String())
	place.Policy = p.Object.Namespace + "/" + p.Object.Name
	return place
}

func edgePlace(e *topology.Edge, at source.Span) Place {
	place := placeAt(at, e.String())
	if place.Edge = place.Text; e.Implicit {
		place.Text += "  # dns"
	}
	return place
}
