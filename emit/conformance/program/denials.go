package program

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// Denying builds a random program with random denials: those that zt accepts for the targets, of at most that
// many. It is nil if zt does not accept the program itself.
func Denying(number, denials int, targets ...string) (*Program, error) {
	data, err := os.ReadFile(Random(number))
	if err != nil {
		return nil, err
	}
	text := string(data)
	layout := []target.Layout{target.ByTier, target.ByEdge}[number%2]
	build := func(text string) (*Program, error) {
		p, diags, err := BuildText(fmt.Sprintf("%03d-denying", number), text, layout, targets...)
		if bug := slices.IndexFunc(diags, func(d diag.Diagnostic) bool { return strings.HasPrefix(string(d.Code), "ZT9") }); bug >= 0 {
			return nil, fmt.Errorf("%s: %s\n%s", diags[bug].Code, diags[bug].Message, text)
		}
		return p, err
	}
	kept, err := build(text)
	if kept == nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(uint64(number), 11))
	parties := parties(kept.Topology)
	pick := func() string { return parties[r.IntN(len(parties))] }
	for range denials {
		deny := fmt.Sprintf("\ndeny %s -> %s%s\n", pick(), pick(), []string{" :any", " :80", " :1-100/udp, 443", " :1-65535"}[r.IntN(4)])
		if e := kept.Topology.Environments; len(e) > 1 && r.IntN(8) == 0 {
			deny = fmt.Sprintf("\nisolate %s, %s\n", e[0].Name, e[1].Name)
		}
		p, err := build(text + deny)
		if err != nil {
			return nil, err
		}
		if p != nil {
			text, kept = text+deny, p
		}
	}
	return kept, nil
}

// parties are what denials name: all that a program declares, and some addresses.
func parties(t *topology.Topology) []string {
	out := []string{"cluster", "all", "internet", "203.0.113.0/24"}
	for _, n := range t.Namespaces {
		if n.Prelude {
			continue
		}
		out = append(out, n.Name+"/*")
		for _, tier := range n.Tiers {
			out = append(out, tier.String())
		}
	}
	for _, e := range t.Environments {
		out = append(out, e.Name)
	}
	return out
}

// Guarded reports whether a program's guardrails must deny a connection, whatever is beside them.
func (p *Program) Guarded(c relation.Connection) bool {
	return c.From.Namespace != "" && slices.ContainsFunc(p.guarded, func(d target.Connections) bool {
		return d.From.Has(c.From) && d.To.Has(c.To) && overlaps(d.Ports, c.Port)
	})
}

// Denies reports whether a program denies a connection.
func (p *Program) Denies(c relation.Connection) bool {
	has := func(e topology.Party, party relation.Party) bool {
		return slices.ContainsFunc(semantics.Peers(e.Endpoint), func(p relation.Peer) bool { return p.Has(party) })
	}
	return slices.ContainsFunc(p.Topology.Denies, func(d *topology.Denial) bool {
		for i, from := range d.From {
			for j, to := range d.To {
				if d.Kind != topology.DenyPath && (d.Kind != topology.DenyIsolate || i != j) && has(from, c.From) && has(to, c.To) && overlaps(to.Ports, c.Port) {
					return true
				}
			}
		}
		return false
	})
}

// overlaps reports whether ports include one, by its number or a name.
func overlaps(ports relation.Ports, p relation.Port) bool {
	return ports.At([]relation.Port{p}).Overlaps(relation.RangeOf(relation.PortRange{Protocol: p.Protocol, Low: p.Number, High: p.Number}))
}
