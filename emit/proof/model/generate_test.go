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
}

// generate draws a program; forbids is set for one that nearly always forbids something.
func generate(t *rapid.T, forbids bool) *program {
	g := &generator{
		t: t, p: &program{}, forbids: forbids,
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
	g.names, g.world = g.p.names(), expand(g.p)
	g.links()
	return g.p
}

func (g *generator) environments() {
	labels := map[string]label{}
	for range g.count(3) {
		e := &environment{names: some(g, 3, []string{"prod", "test", "dev"})}
		if g.chance(60) {
			e.by = g.pick("env", "team")
			if g.chance(25) {
				e.value = g.pick("blue", "prod", "$environment-blue")
			}
		}
		if e.by == "" || g.chance(75) {
			e.body = &block{}
		}
		// An environment that is reopened keeps its key.
		if slices.ContainsFunc(e.names, func(name string) bool {
			l, reopened := labels[name]
			return reopened && l != e.label(name)
		}) {
			continue
		}
		for _, name := range e.names {
			labels[name] = e.label(name)
		}
		g.p.envs = append(g.p.envs, e)
	}
	if len(labels) > 0 && g.chance(30) {
		g.p.chosen = choose(g, slices.Sorted(maps.Keys(labels)))
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
			if l := g.labelOf(stamp); l.key != "" && g.labelled[full][l.key] != "" && g.labelled[full][l.key] != l.value {
				return false
			}
		}
	}
	for _, stamp := range e.names {
		if g.p.builds(stamp) {
			full := stamped(name, stamp)
			g.stampOf[full] = stamp
			if l := g.labelOf(stamp); l.key != "" {
				g.label(full, l.key, l.value)
			}
		}
	}
	return true
}

// labelOf is the label by which an environment is.
func (g *generator) labelOf(env string) label {
	for _, e := range g.p.envs {
		if slices.Contains(e.names, env) && e.by != "" {
			return e.label(env)
		}
	}
	return label{}
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
	s := &space{name: name, doc: g.doc()}
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
