package semantics

import (
	"fmt"
	"slices"
	"strings"
)

// world is what a program speaks of, once stamped and resolved.
type world struct {
	defaultSpace string
	chosen       string
	spaces       map[string]*namespace
	envs         map[string]*group // those that are built
	tiers        map[string]*podSet
	network      network
	edges        []connection
	denies       []denial
	leftOut      int // endpoints that belong to environments that are not built
}

// namespace is a declared namespace.
type namespace struct {
	name            string
	labels          map[string]string
	says            string // what its blocks isolate
	ingress, egress bool   // isolated
}

// group is an environment.
type group struct {
	name, key string
	members   []string // of one without a key
}

// podSet is a tier.
type podSet struct {
	space, name string
	selector    []requirement
	listens     []portSpec
}

// endpoint is a resolved ref.
type endpoint struct {
	kind    refKind
	space   string
	tier    *podSet
	env     *group
	blocks  []addressBlock
	listens []portSpec
	label   string // for messages
}

// connection is an edge from one endpoint to another.
type connection struct {
	from, to endpoint
	ports    []portSpec
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
				if e.by != "" {
					g.key = e.by
				}
			}
		}
	}
	p.eachBlock(func(b *block, stamp string) { w.declare(b, stamp) })
	w.prelude()
	for _, n := range w.spaces {
		n.ingress = n.says == "" || n.says == "ingress"
		n.egress = n.says == "" || n.says == "egress"
	}
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
		if g.key != "" {
			n.carry(g.key, stamp)
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
		set := &podSet{space: space, name: name, listens: t.listens}
		if t.by != "" {
			set.selector = append(set.selector, requirement{t.by, "=", []string{name}})
		}
		for _, r := range t.selector {
			values := make([]string, len(r.values))
			for i, v := range r.values {
				values[i] = stamped(v, stamp)
			}
			set.selector = append(set.selector, requirement{r.key, r.op, values})
		}
		w.tiers[full] = set
	}
}

// prelude adds what every program has: kube-system and its resolvers. The
// program's own word on what the namespace isolates goes before the prelude's.
func (w *world) prelude() {
	if n := w.open("kube-system", ""); n.says == "" {
		n.says = "nothing"
	}
	w.tiers["kube-system/kube-dns"] = &podSet{
		space: "kube-system", name: "kube-dns",
		selector: []requirement{{"k8s-app", "=", []string{"kube-dns"}}},
		listens:  []portSpec{{low: 53, high: 53, protocol: "udp"}, {low: 53, high: 53, protocol: "tcp"}},
	}
}

// resolve turns a ref into an endpoint. It fails for what belongs to an
// environment that is not being built.
func (w *world) resolve(r ref, stamp string) (endpoint, bool) {
	e := endpoint{kind: r.kind, label: r.text(stamp)}
	missing := func(found bool) bool {
		if !found && w.chosen == "" {
			panic("nothing is called " + e.label)
		}
		return !found
	}
	switch r.kind {
	case tierRef:
		e.space = stamped(r.space, stamp)
		e.tier = w.tiers[e.space+"/"+r.name]
		if missing(e.tier != nil) {
			return e, false
		}
		e.listens = e.tier.listens
	case spaceRef:
		e.space = stamped(r.space, stamp)
		if missing(w.spaces[e.space] != nil) {
			return e, false
		}
	case environmentRef, stampRef:
		name := r.name
		if r.kind == stampRef {
			name = stamp
		}
		e.kind = environmentRef
		e.env = w.envs[name]
		if missing(e.env != nil) {
			return e, false
		}
	case externalRef:
		e.blocks, e.listens = r.external.blocks, r.external.listens
	case cidrRef:
		e.blocks = []addressBlock{{cidr: r.cidr}}
	case nodesRef:
		for _, c := range w.network.nodes {
			e.blocks = append(e.blocks, addressBlock{cidr: c})
		}
	}
	return e, true
}

// text is the ref with its whole name.
func (r ref) text(stamp string) string {
	switch r.kind {
	case tierRef:
		return stamped(r.space, stamp) + "/" + r.name
	case spaceRef:
		return stamped(r.space, stamp) + "/*"
	case environmentRef:
		return r.name
	case stampRef:
		return "$environment"
	case externalRef:
		return r.external.name
	case cidrRef:
		return r.cidr.String()
	case internetRef:
		return "internet"
	case clusterRef:
		return "cluster"
	case nodesRef:
		return "nodes"
	}
	return "all"
}

func (w *world) resolveAll(refs []ref, stamp string) []endpoint {
	var out []endpoint
	for _, r := range refs {
		if e, ok := w.resolve(r, stamp); ok {
			out = append(out, e)
		} else {
			w.leftOut++
		}
	}
	return out
}

// connect resolves the edges and denies of a block.
func (w *world) connect(b *block, stamp string) {
	for _, e := range b.edges {
		eachPair(w.resolveAll(e.from, stamp), w.resolveAll(e.to, stamp), e.both, func(from, to endpoint) {
			w.edges = append(w.edges, connection{from: from, to: to, ports: edgePorts(e.ports, to)})
		})
	}
	for _, d := range b.denies {
		from, to := w.resolveAll(d.from, stamp), w.resolveAll(d.to, stamp)
		if d.isolate {
			for i := range from {
				for j := range from {
					if i != j {
						w.denies = append(w.denies, denial{
							isolate: true, oneself: from[i].same(from[j]),
							from: from[i], to: from[j], ports: []portSpec{{any: true}},
						})
					}
				}
			}
			continue
		}
		eachPair(from, to, d.both, func(from, to endpoint) {
			ports := []portSpec{{any: true}}
			if d.ports != nil {
				ports = namedPorts(d.ports, to)
			}
			w.denies = append(w.denies, denial{path: d.path, from: from, to: to, ports: ports})
		})
	}
}

func eachPair(from, to []endpoint, both bool, f func(from, to endpoint)) {
	for _, a := range from {
		for _, b := range to {
			f(a, b)
			if both {
				f(b, a)
			}
		}
	}
}

// edgePorts: without ports an edge means those that the destination
// declares, and every port where it declares none.
func edgePorts(written []portSpec, to endpoint) []portSpec {
	switch {
	case written != nil:
		return namedPorts(written, to)
	case len(to.listens) > 0:
		return to.listens
	}
	return []portSpec{{any: true}}
}

// namedPorts gives the names that the destination declares their meaning; any other name is a
// container's port.
func namedPorts(written []portSpec, to endpoint) []portSpec {
	var out []portSpec
	for _, p := range written {
		declared := false
		if p.name != "" {
			for _, l := range to.listens {
				if l.name == p.name && (p.protocol == "" || l.transport() == p.protocol) {
					out = append(out, l)
					declared = true
				}
			}
		}
		if !declared {
			out = append(out, p)
		}
	}
	return out
}

// transport is the port's protocol: TCP unless it says otherwise.
func (p portSpec) transport() string {
	if p.protocol == "" {
		return "tcp"
	}
	return p.protocol
}

// resolvers adds the implicit edges: from every tier and ns/* that is the
// source of an edge to each resolver.
func (w *world) resolvers(p *program) {
	statements := p.dns
	if p.dnsOff {
		return
	}
	if len(statements) == 0 {
		statements = []*dns{{to: []ref{{kind: tierRef, space: "kube-system", name: "kube-dns"}}}}
	}
	var sources []endpoint
	for _, e := range w.edges {
		if e.from.kind == tierRef || e.from.kind == spaceRef {
			sources = append(sources, e.from)
		}
	}
	for _, s := range statements {
		for _, to := range w.resolveAll(s.to, "") {
			ports := edgePorts(s.ports, to)
			if s.ports == nil && len(to.listens) == 0 {
				ports = []portSpec{{low: 53, high: 53, protocol: "udp"}, {low: 53, high: 53, protocol: "tcp"}}
			}
			for _, from := range sources {
				w.edges = append(w.edges, connection{from, to, ports, true})
			}
		}
	}
}
