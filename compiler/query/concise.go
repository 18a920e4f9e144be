package query

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
)

// maxConcise is how many connections Concise holds against others.
const maxConcise = 1_000_000

// Concise leaves out connections of manifests with blocks of addresses that nobody asked for, if the list has the same
// with a wider block or with all: the same ports or more, for the same reasons.
func (v *Model) Concise(connections []Connection, asked ...*Party) []Connection {
	if v.inventory == nil {
		return connections // the blocks of a program have names
	}
	isBlock := func(p *Party) bool {
		s, _ := p.Sort()
		return s == Outside && !slices.Contains(asked, p)
	}
	wider := map[pair][]Connection{} // with blocks and all, by the other end
	for _, c := range connections {
		if isBlock(c.From) || c.From.Free {
			wider[pair{nil, c.To}] = append(wider[pair{nil, c.To}], c)
		}
		if isBlock(c.To) || c.To.Free {
			wider[pair{c.From, nil}] = append(wider[pair{c.From, nil}], c)
		}
	}
	looks := 0
	within := func(p, q *Party) bool {
		return q.Free || p.within(q.Parts, v.Relation.Facts) && !q.within(p.Parts, v.Relation.Facts)
	}
	return slices.DeleteFunc(slices.Clone(connections), func(c Connection) bool {
		var among []Connection
		end := func(c Connection) *Party { return c.From }
		switch {
		case isBlock(c.From):
			among = wider[pair{nil, c.To}]
		case isBlock(c.To):
			among, end = wider[pair{c.From, nil}], func(c Connection) *Party { return c.To }
		}
		if looks += len(among); looks > maxConcise {
			return false
		}
		return slices.ContainsFunc(among, func(w Connection) bool {
			return end(w) != end(c) && c.Ports.Subset(w.Ports) && c.becauseOf(w) && within(end(c), end(w))
		})
	})
}

// becauseOf reports whether another connection has all reasons of one.
func (c Connection) becauseOf(w Connection) bool {
	return !slices.ContainsFunc(c.Because, func(o Origin) bool {
		return !slices.ContainsFunc(w.Because, func(of Origin) bool { return of.Edge == o.Edge && of.Place == o.Place })
	})
}

// blocksText writes addresses as blocks, those of a family as one with exceptions if that is shorter.
func blocksText(a relation.Addrs) string {
	var out []string
	for _, family := range []string{"0.0.0.0/0", "::/0"} {
		of := a.Intersect(relation.Prefix(netip.MustParsePrefix(family)))
		list := of.Prefixes()
		if len(list) == 0 {
			continue
		}
		around := netip.PrefixFrom(list[0].Addr(), 0).Masked()
		for bits := list[0].Bits(); bits > 0; bits-- {
			if p := netip.PrefixFrom(list[0].Addr(), bits).Masked(); p.Contains(relation.Last(list[len(list)-1])) {
				around = p
				break
			}
		}
		except := relation.Prefix(around).Subtract(of).Prefixes()
		switch {
		case len(except)+1 >= len(list):
			out = append(out, texts(list)...)
		case len(except) == 1:
			out = append(out, around.String()+" except "+except[0].String())
		default:
			out = append(out, around.String()+" except ("+strings.Join(texts(except), ", ")+")")
		}
	}
	return strings.Join(out, ", ")
}

func texts(blocks []netip.Prefix) (out []string) {
	for _, p := range blocks {
		out = append(out, p.String())
	}
	return out
}
