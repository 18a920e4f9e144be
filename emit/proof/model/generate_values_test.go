package model

import (
	"math/bits"
	"net/netip"
	"slices"

	"pgregory.net/rapid"
)

// This file draws the small things: numbers, labels, addresses, ports.

// n draws a number below k, each as likely; 0 is what shrinking aims at.
// (The library's own ranges favour their borders.)
func (g *generator) n(k int) int {
	if k <= 1 {
		return 0
	}
	width := bits.Len(uint(k-1)) + 2
	u := 0
	for range width {
		u <<= 1
		if rapid.Bool().Draw(g.t, "bit") {
			u |= 1
		}
	}
	return u * k >> width
}

func (g *generator) chance(percent int) bool { return g.n(100) >= 100-percent }

// count draws a number up to most, small ones more often.
func (g *generator) count(most int) int { return min(g.n(most+1), g.n(most+1)+1) }

func (g *generator) pick(from ...string) string { return choose(g, from) }

func choose[T any](g *generator, from []T) T { return from[g.n(len(from))] }

// some draws up to most different elements, at least one.
func some[T comparable](g *generator, most int, from []T) []T {
	var out []T
	for range 1 + g.count(most-1) {
		if x := choose(g, from); !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

var blockPool = prefixes(
	"203.0.113.0/24", "203.0.113.0/25", "203.0.113.64/26", "203.0.113.7/32", "198.51.100.0/24", "8.8.8.8/32", "0.0.0.0/0", "128.0.0.0/1",
	"10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "172.16.0.0/12", "192.168.0.0/16", "169.254.20.10/32", "100.64.0.0/10",
	"::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::7/128", "fd00::/8", "fd00:1::/32", "fe80::/10",
)

// addresses draws from few blocks often, so that several externals have one of them, less
// other blocks.
func (g *generator) addresses() []addressBlock {
	pool := blockPool
	if g.chance(50) {
		pool = prefixes("203.0.113.0/24", "203.0.113.0/25", "0.0.0.0/0", "2001:db8::/32")
	}
	return g.blocks(pool, 50)
}

// blocks draws blocks from a pool, of which so many percent have an except.
func (g *generator) blocks(pool []netip.Prefix, percent int) []addressBlock {
	var out []addressBlock
	for _, cidr := range some(g, 3, pool) {
		b := addressBlock{cidr: cidr}
		if inside := blocksIn(cidr); len(inside) > 0 && g.chance(percent) {
			b.except = some(g, 2, inside)
		}
		out = append(out, b)
	}
	return out
}

// blocksIn returns the blocks of the pool that a block can except.
func blocksIn(cidr netip.Prefix) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(blockPool), func(x netip.Prefix) bool {
		return x.Bits() <= cidr.Bits() || !cidr.Contains(x.Addr())
	})
}

var (
	podKeys   = []string{"role", "app", "example.com/zone"}
	podValues = []string{"web", "db", "on", "1"}
)

func (g *generator) requirement(stamped bool) requirement {
	r := requirement{key: choose(g, podKeys), op: g.pick("=", "!=", "in", "notin", "exists", "!")}
	values := podValues
	if stamped {
		values = append(slices.Clone(values), "$environment")
	}
	switch r.op {
	case "=", "!=":
		r.values = []string{choose(g, values)}
	case "in", "notin":
		r.values = some(g, 3, values)
	}
	return r
}

var (
	spaceKeys   = []string{"env", "team", "kind"}
	spaceValues = []string{"prod", "test", "blue"}
)

// spaceRequirement draws a requirement on the labels of namespaces.
func (g *generator) spaceRequirement() requirement {
	r := requirement{key: choose(g, spaceKeys), op: g.pick("=", "!=", "in", "notin", "exists", "!")}
	values := append(slices.Clone(spaceValues), "$environment")
	if g.chance(20) {
		r.key, r.op, values = nameKey, g.pick("=", "!=", "in", "notin"), []string{"shop", "data", "kube-system", "default", "shop-$environment", "elsewhere"}
	}
	switch r.op {
	case "=", "!=":
		r.values = []string{choose(g, values)}
	case "in", "notin":
		r.values = some(g, 3, values)
	}
	return r
}

// possible reports whether a namespace can meet requirements, in every stamp of an environment.
func (g *generator) possible(e *environment, where []requirement) bool {
	for _, stamp := range e.names {
		selector := stampedAll(where, stamp)
		for _, r := range selector {
			if !slices.ContainsFunc(labelChoices(selector, r.key), func(labels map[string]string) bool {
				return !slices.ContainsFunc(selector, func(q requirement) bool { return q.key == r.key && !q.holds(labels) })
			}) {
				return false
			}
		}
	}
	return true
}

// satisfiable tries every value that a requirement could tell apart, key by
// key, in every stamp and for every name of the tier.
func (g *generator) satisfiable(at scope, t *tier, selector []requirement) bool {
	for _, stamp := range at.stamps() {
		for _, name := range t.names {
			set := podSet{selector: slices.Clone(selector)}
			if t.by != "" {
				set.selector = append(set.selector, requirement{t.by, "=", []string{name}})
			}
			set.selector = stampedAll(set.selector, stamp)
			for _, key := range podKeys {
				if !slices.ContainsFunc(labelChoices(set.selector, key), func(labels map[string]string) bool {
					return !slices.ContainsFunc(set.selector, func(r requirement) bool { return r.key == key && !r.holds(labels) })
				}) {
					return false
				}
			}
		}
	}
	return true
}

// labelChoices returns what requirements can tell apart of a key: absent, each
// value that they name, and another one.
func labelChoices(selector []requirement, key string) []map[string]string {
	out := []map[string]string{{}, {key: "another"}}
	for _, r := range selector {
		if r.key == key {
			for _, v := range r.values {
				out = append(out, map[string]string{key: v})
			}
		}
	}
	return out
}

var numberPool = [][2]int{{80, 80}, {443, 443}, {53, 53}, {8080, 8080}, {80, 90}, {85, 100}, {8000, 8999}, {1, 65535}, {1, 1}, {65535, 65535}, {1, 79}}

// number draws a port that is a number or range.
func (g *generator) number() portSpec {
	r := choose(g, numberPool)
	return portSpec{low: r[0], high: r[1], protocol: g.pick("", "", "tcp", "udp", "sctp")}
}

// listens draws what a tier listens on, or an external, which has no containers.
func (g *generator) listens(pods bool) []portSpec {
	if g.chance(5) {
		return []portSpec{{any: true}}
	}
	var out []portSpec
	for range 1 + g.count(2) {
		p := g.number()
		switch {
		case g.chance(30):
			p.name = g.pick("http", "domain", "x-1")
		case pods && g.chance(25):
			p = portSpec{name: g.pick("http", "domain", "x-1"), protocol: g.pick("tcp", "udp", "sctp")}
		}
		if p.name == "" || !slices.ContainsFunc(out, func(q portSpec) bool { return q.name == p.name && q.transport() == p.transport() }) {
			out = append(out, p)
		}
	}
	return out
}
