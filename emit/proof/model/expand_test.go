package model

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// world is a program with the declarations of each environment, and all names resolved.
type world struct {
	defaultSpace string
	chosen       string
	spaces       map[string]*namespace
	envs         map[string]*group // those that are built
	tiers        map[string]*podSet
	across       map[acrossKey]*podSet
	network      network
	edges        []connection
	denies       []denial
	leftOut      int // endpoints that belong to environments that are not built
}

// namespace is a declared namespace.
type namespace struct {
	name    string
	labels  map[string]string
	says    string // what its blocks isolate
	prelude bool   // declared by the prelude alone
}

// group is an environment.
type group struct {
	name     string
	selector []requirement // of its namespaces' labels, if it has one
	members  []string      // of one without a selector
}

// podSet is a tier.
type podSet struct {
	across      bool   // over the namespaces of a set
	set         *group // of a tier across namespaces; nil for every namespace
	space, name string
	selector    []requirement
	listens     []portSpec
	isolates    string // what its statement says
	prelude     bool   // declared by the prelude
}

// acrossKey is a tier across namespaces in one stamp.
type acrossKey struct {
	tier  *tier
	stamp string
}

// allTiers is the tiers of namespaces and those across them.
func (w *world) allTiers() []*podSet {
	var out []*podSet
	for _, name := range slices.Sorted(maps.Keys(w.tiers)) {
		out = append(out, w.tiers[name])
	}
	return append(out, slices.SortedFunc(maps.Values(w.across), func(a, b *podSet) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.set.text(), b.set.text()))
	})...)
}

func (g *group) text() string {
	if g == nil {
		return ""
	}
	return g.name
}

// endpoint is a resolved ref.
type endpoint struct {
	kind    refKind
	space   string
	tier    *podSet
	env     *group
	blocks  []addressBlock
	hosts   []string
	listens []portSpec
	label   string // for messages
}

// connection is an edge from one endpoint to another.
type connection struct {
	from, to endpoint
	ports    []portSpec
	side     string // the only side that it opens, or ""
	implicit bool
}

// denial is one pair that a deny, deny path or isolate forbids.
type denial struct {
	path, isolate bool
	// oneself is set where an isolate names one party twice, in two ways; the
	// language does not say whether that forbids anything.
	oneself  bool
	from, to endpoint
	ports    []portSpec
}

// same reports whether two endpoints of one place are the same thing.
func (e endpoint) same(other endpoint) bool {
	return e.kind == other.kind && e.space == other.space && e.tier == other.tier && e.env == other.env &&
		(e.env != nil || e.label == other.label)
}

// expand stamps environments, merges the blocks of namespaces, and resolves
// edges. It panics where the program is not a valid one: the generator gives no other.
func expand(p *program) *world {
	w := &world{
		defaultSpace: p.defaultNamespace(),
		chosen:       p.chosen,
		spaces:       map[string]*namespace{},
		envs:         map[string]*group{},
		tiers:        map[string]*podSet{},
		across:       map[acrossKey]*podSet{},
		network:      p.network,
	}
	for _, e := range p.envs {
		for _, name := range e.names {
			if p.builds(name) {
				g := w.envs[name]
				if g == nil {
					g = &group{name: name}
					w.envs[name] = g
				}
				if s := e.selector(name); s != nil {
					g.selector = s
				}
			}
		}
	}
	p.eachBlock(func(b *block, stamp string) { w.declare(b, stamp) })
	w.prelude()
	p.eachBlock(func(b *block, stamp string) {
		w.connect(b, stamp)
		for _, s := range b.spaces {
			w.connect(&s.body, stamp)
		}
	})
	w.resolvers(p)
	return w
}

// defaultNamespace is where tiers outside every namespace go.
func (p *program) defaultNamespace() string {
	if p.defaultSpace != "" {
		return p.defaultSpace
	}
	return "default"
}

// builds reports whether an environment is built.
func (p *program) builds(env string) bool { return p.chosen == "" || p.chosen == env }

// eachBlock calls f for the top and, once for each name that is built, for
// the block of every environment.
func (p *program) eachBlock(f func(b *block, stamp string)) {
	f(&p.top, "")
	for _, e := range p.envs {
		for _, name := range e.names {
			if e.body != nil && p.builds(name) {
				f(e.body, name)
			}
		}
	}
}

// stamped fills in $environment.
func stamped(text, stamp string) string { return strings.ReplaceAll(text, "$environment", stamp) }

func (w *world) open(name, stamp string) *namespace {
	n := w.spaces[name]
	if n == nil {
		n = &namespace{name: name, labels: map[string]string{"kubernetes.io/metadata.name": name}}
		w.spaces[name] = n
	}
	if stamp != "" {
		g := w.envs[stamp]
		if g.selector != nil {
			for _, l := range given(g.selector) {
				n.carry(l.key, l.value)
			}
		} else if !slices.Contains(g.members, name) {
			g.members = append(g.members, name)
		}
	}
	return n
}

func (n *namespace) carry(key, value string) {
	if has, ok := n.labels[key]; ok && has != value {
		panic(fmt.Sprintf("two values of label %s of %s", key, n.name))
	}
	n.labels[key] = value
}

func (w *world) declare(b *block, stamp string) {
	for _, s := range b.spaces {
		n := w.open(stamped(s.name, stamp), stamp)
		if s.isolates != "" {
			if n.says != "" && n.says != s.isolates {
				panic("blocks of " + n.name + " disagree")
			}
			n.says = s.isolates
		}
		for _, l := range s.body.labels {
			n.carry(l.key, stamped(l.value, stamp))
		}
		for _, t := range s.body.tiers {
			w.declareTier(t, n.name, stamp)
		}
	}
	for _, t := range b.across {
		in := stamped(t.in, stamp)
		if in != "cluster" && w.envs[in] == nil {
			continue // not built
		}
		w.across[acrossKey{t, stamp}] = &podSet{
			across: true, set: w.envs[in], name: t.names[0], selector: stampedAll(t.selector, stamp), listens: t.listens,
		}
	}
	for _, t := range b.tiers { // outside every namespace
		w.declareTier(t, w.open(w.defaultSpace, stamp).name, stamp)
	}
}

func (w *world) declareTier(t *tier, space, stamp string) {
	for _, name := range t.names {
		full := space + "/" + name
		if w.tiers[full] != nil {
			panic("two tiers " + full)
		}
		set := &podSet{space: space, name: name, listens: t.listens, isolates: t.isolates}
		if t.by != "" {
			set.selector = append(set.selector, requirement{t.by, "=", []string{name}})
		}
		set.selector = append(set.selector, stampedAll(t.selector, stamp)...)
		w.tiers[full] = set
	}
}

// prelude adds the declarations of every program: kube-system and its resolvers. If the program says
// what kube-system isolates, that replaces the prelude's.
func (w *world) prelude() {
	own := w.spaces["kube-system"] != nil
	n := w.open("kube-system", "")
	n.prelude = !own
	if n.says == "" {
		n.says = "nothing"
	}
	w.tiers["kube-system/kube-dns"] = &podSet{
		space: "kube-system", name: "kube-dns",
		selector: []requirement{{"k8s-app", "=", []string{"kube-dns"}}},
		listens:  []portSpec{{low: 53, high: 53, protocol: "udp"}, {low: 53, high: 53, protocol: "tcp"}},
		prelude:  true,
	}
}
