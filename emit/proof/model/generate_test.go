package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// generator draws a program. It chooses from few names, so that names collide, selectors overlap and
// ports touch. The programs are valid, except that denies may be violated.
type generator struct {
	t       *rapid.T
	p       *program
	forbids bool // most blocks have a deny
	names   *names
	world   *world // with all declarations
	// says, labelled, taken and kinds hold what blocks have declared of namespaces so far, by their
	// names in each environment.
	says     map[string]string
	labelled map[string]map[string]string
	taken    map[string]bool
	kinds    map[string]string
	stampOf  map[string]string
	meets    map[string][]requirement // what the labels of a namespace must meet, for its environment
}

// generate draws a program; forbids is set for one that nearly always forbids something.
func generate(t *rapid.T, forbids bool) *program {
	g := &generator{
		t: t, p: &program{}, forbids: forbids,
		says: map[string]string{}, labelled: map[string]map[string]string{}, taken: map[string]bool{}, kinds: map[string]string{}, stampOf: map[string]string{}, meets: map[string][]requirement{},
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
	g.names, g.world = g.p.names(), expand(g.p)
	g.links()
	g.plugin()
	return g.p
}

func (g *generator) environments() {
	selectors := map[string]string{}
	for range g.count(3) {
		e := &environment{names: some(g, 3, []string{"prod", "test", "dev"})}
		if g.chance(60) {
			e.by = g.pick("env", "team")
			if g.chance(25) {
				e.value = g.pick("blue", "prod", "$environment-blue")
			}
		} else if g.chance(50) {
			for range 1 + g.count(2) {
				if r := g.spaceRequirement(); g.possible(e, append(slices.Clone(e.where), r)) {
					e.where = append(e.where, r)
				}
			}
		}
		if e.by == "" && e.where == nil || g.chance(75) {
			e.body = &block{}
		}
		// An environment that is reopened keeps its selector.
		if slices.ContainsFunc(e.names, func(name string) bool {
			s, reopened := selectors[name]
			return reopened && s != fmt.Sprint(e.selector(name))
		}) {
			continue
		}
		for _, name := range e.names {
			selectors[name] = fmt.Sprint(e.selector(name))
		}
		g.p.envs = append(g.p.envs, e)
	}
	if len(selectors) > 0 && g.chance(30) {
		g.p.chosen = choose(g, slices.Sorted(maps.Keys(selectors)))
	}
}

func (g *generator) network() {
	if !g.chance(60) {
		return
	}
	list := func() []addressBlock {
		if g.chance(40) {
			return nil
		}
		return g.blocks(blockPool, 20)
	}
	g.p.network = network{pods: list(), services: list(), nodes: list(), apiserver: list()}
	if g.p.network.apiserver != nil && g.chance(60) {
		g.p.network.listens = g.listens(false)
	}
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
	for range g.count(2) {
		sets := []string{"cluster"}
		for _, e := range g.p.envs {
			sets = append(sets, e.names...)
		}
		g.across(&g.p.top, scope{}, theTop, g.pick("agent", "scraper", "web"), choose(g, sets))
	}
}

func (g *generator) envBody(e *environment) {
	for range g.n(3) {
		g.space(e.body, e, g.pick("shop-$environment", "$environment", "data-$environment", "$environment-edge", "shop", "store"))
	}
	for range g.count(1) {
		g.external(e.body, scope{}, theEnvironments, g.pick("pay", "partner", "mirror"))
	}
	if g.chance(15) {
		in := "$environment"
		if len(e.names) == 1 && g.chance(30) {
			in = e.names[0]
		}
		g.across(e.body, scope{env: e}, theEnvironments, g.pick("inner", "mirror"), in)
	}
	// Tiers outside every namespace make the default one the environment's.
	if g.chance(6) && len(g.lacks(e, g.p.defaultNamespace())) == 0 && g.join(e, g.p.defaultNamespace()) {
		g.tiers(e.body, scope{env: e}, g.p.defaultNamespace(), 1)
	}
}

// join checks that an environment's block may declare a namespace: two environments cannot share
// one, and it has one value of a label.
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
			selector := g.selectorOf(stamp)
			for _, l := range given(selector) {
				if has := g.labelled[full][l.key]; has != "" && has != l.value {
					return false
				}
			}
			for _, r := range selector {
				has, ok := g.labelled[full][r.key]
				if r.key == nameKey && !r.holds(map[string]string{nameKey: full}) || ok && !r.holds(map[string]string{r.key: has}) {
					return false
				}
			}
		}
	}
	for _, stamp := range e.names {
		if g.p.builds(stamp) {
			full := stamped(name, stamp)
			g.stampOf[full] = stamp
			g.meets[full] = g.selectorOf(stamp)
			for _, l := range given(g.meets[full]) {
				g.label(full, l.key, l.value)
			}
		}
	}
	return true
}

// selectorOf is what the namespaces of an environment meet.
func (g *generator) selectorOf(env string) []requirement {
	for _, e := range g.p.envs {
		if slices.Contains(e.names, env) && e.selector(env) != nil {
			return e.selector(env)
		}
	}
	return nil
}

// lacks is the keys of the labels that a namespace in an environment's block must state and, in some
// stamp that is built, does not.
func (g *generator) lacks(e *environment, name string) (keys []string) {
	for _, stamp := range e.names {
		if !g.p.builds(stamp) {
			continue
		}
		selector := g.selectorOf(stamp)
		labels := map[string]string{nameKey: stamped(name, stamp)}
		for _, l := range given(selector) {
			labels[l.key] = l.value
		}
		maps.Copy(labels, g.labelled[stamped(name, stamp)])
		for _, r := range selector {
			if !r.holds(labels) && !slices.Contains(keys, r.key) {
				keys = append(keys, r.key)
			}
		}
	}
	return keys
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
	var lacks []label
	if env != nil {
		for _, key := range g.lacks(env, name) {
			value := ""
			for _, v := range append(slices.Clone(spaceValues), "$environment") {
				if g.statable(env, name, label{key, v}) {
					value = v
				}
			}
			if value == "" || key == nameKey {
				return
			}
			lacks = append(lacks, label{key, value})
		}
		if !g.join(env, name) {
			return
		}
	}
	at := scope{env: env, space: name}
	s := &space{name: name, doc: g.doc()}
	for _, l := range lacks {
		g.spaceLabel(s, at, l)
	}
	if len(s.body.labels) < len(lacks) {
		panic("a label that is lacking cannot be stated")
	}
	places := g.places(at, name)
	if g.chance(35) {
		s.isolates = g.pick("ingress", "egress", "nothing", "tiers", "tiers ingress", "tiers egress")
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
		l := label{choose(g, spaceKeys), choose(g, spaceValues)}
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

// statable reports whether a namespace in an environment's block may state a label, for its selector
// and for what other blocks state.
func (g *generator) statable(e *environment, name string, l label) bool {
	return !slices.ContainsFunc(e.names, func(stamp string) bool {
		value, has := stamped(l.value, stamp), g.labelled[stamped(name, stamp)][l.key]
		unmet := func(r requirement) bool { return r.key == l.key && !r.holds(map[string]string{l.key: value}) }
		return g.p.builds(stamp) && (slices.ContainsFunc(g.selectorOf(stamp), unmet) || has != "" && has != value)
	})
}

func (g *generator) spaceLabel(s *space, at scope, l label) {
	if slices.Contains(s.body.labels, l) {
		return
	}
	built := slices.DeleteFunc(slices.Clone(at.stamps()), func(stamp string) bool { return stamp != "" && !g.p.builds(stamp) })
	for _, stamp := range built {
		full, value := stamped(s.name, stamp), stamped(l.value, stamp)
		if has := g.labelled[full][l.key]; has != "" && has != value {
			return
		}
		if slices.ContainsFunc(g.meets[full], func(r requirement) bool { return r.key == l.key && !r.holds(map[string]string{r.key: value}) }) {
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

// claim takes a name in a namespace for one kind of thing, in all environments that are built, or in
// none. In the others, a name may be taken again for the same kind of thing. For another kind, a
// reference that is left out there would change its meaning.
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

// mayIsolate reports whether a tier may say this in each namespace of its name: in one that is isolated as
// a whole it must add a direction. A namespace of which nothing is said yet must say nothing later, since
// that isolates both directions.
func (g *generator) mayIsolate(at scope, space, isolates string) bool {
	return !slices.ContainsFunc(g.places(at, space), func(full string) bool {
		says := g.says[full]
		return says == "" || !strings.HasPrefix(says, "tiers") && says != "nothing" && isolates == "nothing"
	})
}

// across declares a tier across the namespaces of a set.
func (g *generator) across(in *block, at scope, space, name, set string) {
	if !g.claim(at, space, name, "external") {
		return
	}
	t := &tier{names: []string{name}, in: set, doc: g.doc()}
	for range g.count(3) {
		if r := g.requirement(at.env != nil); g.satisfiable(at, t, append(slices.Clone(t.selector), r)) {
			t.selector = append(t.selector, r)
		}
	}
	if g.chance(60) {
		t.listens = g.listens(true)
	}
	in.across = append(in.across, t)
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
		for _, name := range some(g, 3, []string{"web", "db", "api", "ingress", "path", "off", "80"}) {
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
		if isolates := g.pick("ingress", "egress", "nothing"); g.chance(25) && g.mayIsolate(at, space, isolates) {
			t.isolates = isolates
		}
		if g.chance(60) {
			t.listens = g.listens(true)
		}
		in.tiers = append(in.tiers, t)
	}
}
