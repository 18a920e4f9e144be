package semantics

import (
	"fmt"
	"maps"
	"math/bits"
	"net/netip"
	"slices"

	"pgregory.net/rapid"
)

// generator draws a program. Its universes are small, so that names collide,
// selectors overlap and ports touch. It draws valid programs only: what the language
// refuses, apart from denies that are violated, it doesn't write.
type generator struct {
	t     *rapid.T
	p     *program
	names *names
	// says, labelled, taken and kinds hold what blocks have said of namespaces so far,
	// by their names once stamped.
	says     map[string]string
	labelled map[string]map[string]string
	taken    map[string]bool
	kinds    map[string]string
	stampOf  map[string]string
}

func generate(t *rapid.T) *program {
	g := &generator{
		t: t, p: &program{},
		says: map[string]string{}, labelled: map[string]map[string]string{}, taken: map[string]bool{}, kinds: map[string]string{}, stampOf: map[string]string{},
	}
	g.environments()
	if g.chance(15) {
		g.p.defaultSpace = g.pick("team", "shop", "data")
	}
	g.network()
	g.top()
	for _, e := range g.p.envs {
		if e.body != nil {
			g.envBody(e)
		}
	}
	g.names = g.p.names()
	g.links()
	return g.p
}

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

func (g *generator) environments() {
	keys := map[string]string{}
	for range g.count(3) {
		e := &environment{names: some(g, 3, []string{"prod", "test", "dev"})}
		if g.chance(60) {
			e.by = g.pick("env", "team")
		}
		if e.by == "" || g.chance(75) {
			e.body = &block{}
		}
		// An environment that is reopened keeps its key.
		if slices.ContainsFunc(e.names, func(name string) bool {
			key, reopened := keys[name]
			return reopened && key != e.by
		}) {
			continue
		}
		for _, name := range e.names {
			keys[name] = e.by
		}
		g.p.envs = append(g.p.envs, e)
	}
	if len(keys) > 0 && g.chance(30) {
		g.p.chosen = choose(g, slices.Sorted(maps.Keys(keys)))
	}
}

var blockPool = prefixes(
	"203.0.113.0/24", "203.0.113.0/25", "203.0.113.64/26", "203.0.113.7/32", "198.51.100.0/24", "8.8.8.8/32", "0.0.0.0/0", "128.0.0.0/1",
	"10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "172.16.0.0/12", "192.168.0.0/16", "169.254.20.10/32", "100.64.0.0/10",
	"::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::7/128", "fd00::/8", "fd00:1::/32", "fe80::/10",
)

func (g *generator) network() {
	if !g.chance(40) {
		return
	}
	list := func() []netip.Prefix {
		if g.chance(40) {
			return nil
		}
		return some(g, 3, blockPool)
	}
	g.p.network = network{list(), list(), list()}
}

func (g *generator) addresses() []addressBlock {
	var out []addressBlock
	for _, cidr := range some(g, 3, blockPool) {
		b := addressBlock{cidr: cidr}
		for range g.count(2) {
			x := choose(g, blockPool)
			if x.Bits() > cidr.Bits() && cidr.Contains(x.Addr()) && !slices.Contains(b.except, x) {
				b.except = append(b.except, x)
			}
		}
		out = append(out, b)
	}
	return out
}

func (g *generator) top() {
	for range g.n(4) {
		g.space(&g.p.top, nil, g.pick("shop", "data", "edge", "default", "kube-system", "all", "shop-prod"))
	}
	if len(g.p.top.spaces) == 0 || g.chance(50) {
		g.tiers(&g.p.top, scope{}, g.p.defaultNamespace(), 3)
	}
	for range g.count(2) {
		g.external(&g.p.top, scope{}, theTop, g.pick("pay", "partner", "web"))
	}
}

func (g *generator) envBody(e *environment) {
	for range g.n(3) {
		g.space(e.body, e, g.pick("shop-$environment", "$environment", "data-$environment", "$environment-edge", "shop", "store"))
	}
	for range g.count(1) {
		g.external(e.body, scope{}, theEnvironments, g.pick("pay", "partner", "mirror"))
	}
	// Tiers outside every namespace make the default one the environment's.
	if g.chance(6) && g.join(e, g.p.defaultNamespace()) {
		g.tiers(e.body, scope{env: e}, g.p.defaultNamespace(), 1)
	}
}

// join checks that a namespace may stand in an environment's block: two
// stamps cannot share one, and it carries one value of a label.
func (g *generator) join(e *environment, name string) bool {
	for _, stamp := range (scope{env: e}).stamps() {
		if g.p.builds(stamp) {
			full := stamped(name, stamp)
			if other, ok := g.stampOf[full]; ok && other != stamp {
				return false
			}
			for _, other := range e.names {
				if other != stamp && stamped(name, other) == full && g.p.builds(other) {
					return false
				}
			}
			if key := g.key(stamp); key != "" && g.labelled[full][key] != "" && g.labelled[full][key] != stamp {
				return false
			}
		}
	}
	for _, stamp := range e.names {
		if g.p.builds(stamp) {
			full := stamped(name, stamp)
			g.stampOf[full] = stamp
			if key := g.key(stamp); key != "" {
				g.label(full, key, stamp)
			}
		}
	}
	return true
}

// key is what an environment is by.
func (g *generator) key(env string) string {
	for _, e := range g.p.envs {
		if slices.Contains(e.names, env) && e.by != "" {
			return e.by
		}
	}
	return ""
}

func (g *generator) label(space, key, value string) {
	if g.labelled[space] == nil {
		g.labelled[space] = map[string]string{}
	}
	g.labelled[space][key] = value
}

// places returns the names that something is declared under, once for each
// stamp that is built.
func (g *generator) places(at scope, name string) []string {
	var out []string
	for _, stamp := range at.stamps() {
		if stamp == "" || g.p.builds(stamp) {
			out = append(out, stamped(name, stamp))
		}
	}
	return out
}

func (g *generator) space(in *block, env *environment, name string) {
	if env != nil && !g.join(env, name) {
		return
	}
	at := scope{env: env, space: name}
	s := &space{name: name}
	places := g.places(at, name)
	if g.claim(at, name, "a comment", "comment") {
		s.doc = g.doc()
	}
	if g.chance(35) {
		s.isolates = g.pick("ingress", "egress", "nothing")
		for _, full := range places {
			if says := g.says[full]; says != "" && says != s.isolates {
				s.isolates = ""
				break
			}
		}
		if s.isolates != "" {
			for _, full := range places {
				g.says[full] = s.isolates
			}
		}
	}
	for range g.count(2) {
		l := label{g.pick("env", "team", "kind"), g.pick("prod", "test", "blue")}
		if env != nil && g.chance(30) {
			l.value = "$environment"
		}
		g.spaceLabel(s, at, l)
	}
	g.tiers(&s.body, at, name, 3)
	if g.chance(15) {
		g.external(&s.body, at, name, g.pick("pay", "web", "own"))
	}
	in.spaces = append(in.spaces, s)
}

func (g *generator) spaceLabel(s *space, at scope, l label) {
	if slices.Contains(s.body.labels, l) {
		return
	}
	built := slices.DeleteFunc(slices.Clone(at.stamps()), func(stamp string) bool { return stamp != "" && !g.p.builds(stamp) })
	for _, stamp := range built {
		if has := g.labelled[stamped(s.name, stamp)][l.key]; has != "" && has != stamped(l.value, stamp) {
			return
		}
	}
	for _, stamp := range built {
		g.label(stamped(s.name, stamp), l.key, stamped(l.value, stamp))
	}
	s.body.labels = append(s.body.labels, l)
}

func (g *generator) doc() string {
	if g.chance(15) {
		return fmt.Sprintf("note %d", g.n(9))
	}
	return ""
}

// claim takes a name in a namespace for one kind of thing, in all stamps that
// are built, or in none. In stamps that are not, a name may be taken again, but for the same
// kind of thing: what is left out must not come to mean something else.
func (g *generator) claim(at scope, space, name, kind string) bool {
	built := g.places(at, space)
	for _, full := range built {
		if g.taken[full+"|"+name] {
			return false
		}
	}
	for _, stamp := range at.stamps() {
		if k := g.kinds[stamped(space, stamp)+"|"+name]; k != "" && k != kind {
			return false
		}
	}
	for _, full := range built {
		g.taken[full+"|"+name] = true
	}
	for _, stamp := range at.stamps() {
		g.kinds[stamped(space, stamp)+"|"+name] = kind
	}
	return true
}

// external declares an external in a namespace, or outside all of them at one
// of the places below.
func (g *generator) external(in *block, at scope, space, name string) {
	if !g.claim(at, space, name, "external") {
		return
	}
	x := &external{name: name, blocks: g.addresses()}
	if g.chance(40) {
		x.listens = g.listens(false)
	}
	in.externals = append(in.externals, x)
}

// Places outside namespaces that have names of their own. No two environments have
// an external of one name.
const (
	theTop          = "the top"
	theEnvironments = "the environments"
)

func (g *generator) tiers(in *block, at scope, space string, most int) {
	for range g.count(most) {
		t := &tier{doc: g.doc()}
		for _, name := range some(g, 3, []string{"web", "db", "api", "cache", "path", "off", "80"}) {
			if g.claim(at, space, name, "tier") {
				t.names = append(t.names, name)
			}
		}
		if len(t.names) == 0 {
			continue
		}
		if len(t.names) > 1 || g.chance(20) {
			t.by = g.pick("role", "app")
		}
		for range g.count(3) {
			if r := g.requirement(at.env != nil); g.satisfiable(at, t, append(slices.Clone(t.selector), r)) {
				t.selector = append(t.selector, r)
			}
		}
		if g.chance(60) {
			t.listens = g.listens(true)
		}
		in.tiers = append(in.tiers, t)
	}
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

// satisfiable tries every value that a requirement could tell apart, key by
// key, in every stamp and for every name of the tier.
func (g *generator) satisfiable(at scope, t *tier, selector []requirement) bool {
	for _, stamp := range at.stamps() {
		for _, name := range t.names {
			set := podSet{selector: slices.Clone(selector)}
			if t.by != "" {
				set.selector = append(set.selector, requirement{t.by, "=", []string{name}})
			}
			for i, r := range set.selector {
				values := slices.Clone(r.values)
				for j := range values {
					values[j] = stamped(values[j], stamp)
				}
				set.selector[i].values = values
			}
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
			p.name = g.pick("http", "dns", "x-1")
		case pods && g.chance(25):
			p = portSpec{name: g.pick("http", "dns", "x-1"), protocol: g.pick("tcp", "udp", "sctp")}
		}
		if p.name == "" || !slices.ContainsFunc(out, func(q portSpec) bool { return q.name == p.name && q.transport() == p.transport() }) {
			out = append(out, p)
		}
	}
	return out
}
