package model

import (
	"net/netip"
	"slices"

	"pgregory.net/rapid"
)

// withHosts gives DNS names to some of the externals that are destinations only.
func withHosts(t *rapid.T, p *program) {
	sources := map[*external]bool{}
	mark := func(refs []ref) {
		for _, r := range refs {
			sources[r.external] = true
		}
	}
	for _, d := range p.dns {
		mark(d.to)
	}
	blocks := p.blocks()
	for _, b := range blocks {
		for _, e := range b.edges {
			if mark(e.from); e.both {
				mark(e.to)
			}
		}
		for _, d := range b.denies {
			mark(d.from)
		}
	}
	for _, b := range blocks {
		for _, x := range b.externals {
			if sources[x] || rapid.IntRange(0, 3).Draw(t, "hosts") == 0 {
				continue
			}
			names := rapid.SliceOfNDistinct(rapid.SampledFrom(hostNames), 1, 2, rapid.ID[string])
			if x.hosts = names.Draw(t, "names"); rapid.Bool().Draw(t, "names only") {
				x.blocks = nil
			}
		}
	}
}

// connectsToHosts reports whether an edge names an external that has DNS names.
func connectsToHosts(p *program) bool {
	return slices.ContainsFunc(expand(p).edges, func(c connection) bool { return len(c.to.hosts) > 0 })
}

var hostNames = []string{"api.example.com", "*.example.com", "*.api.example.com", "www.example.org", "*.org"}

// blocks lists all blocks of statements.
func (p *program) blocks() []*block {
	out := []*block{&p.top}
	for _, e := range p.envs {
		if e.body != nil {
			out = append(out, e.body)
		}
	}
	for _, b := range slices.Clone(out) {
		for _, s := range b.spaces {
			out = append(out, &s.body)
		}
	}
	return out
}

// found returns addresses as connections find them by names: names that the programs name, names below
// those, and others. No name is that of a node.
func (s *sampler) found() []*party {
	var out []*party
	for _, name := range []string{"example.com", "api.example.com", "a.example.com", "a.b.example.com", "a.api.example.com", "www.example.org", "example.org"} {
		for _, a := range s.addresses(4) {
			if s.random.IntN(3) == 0 && !anyHas(s.w.network.nodes, a) {
				out = append(out, &party{addr: a, host: name})
			}
		}
		out = append(out, &party{addr: netip.MustParseAddr("198.51.100.77"), host: name})
	}
	return out
}
