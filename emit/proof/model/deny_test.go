package model

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
)

// This file says when a deny, deny path or isolate is violated, by the words of
// the language, and holds what the compiler reports against it. The language leaves
// room in places (how sure a violation is), and so do the two bounds here: what
// must be reported, and what must not.

// verdicts is what the diagnostics of a program must say, or must not.
type verdicts struct {
	must, may           bool // report a violation at all
	mustError, mayError bool // as an error
	undecided           bool // something is permitted that no policy of the program can decide
}

func (v *verdicts) add(other verdicts) {
	v.must = v.must || other.must
	v.may = v.may || other.may
	v.mustError = v.mustError || other.mustError
	v.mayError = v.mayError || other.mayError
	v.undecided = v.undecided || other.undecided
}

// checkDenies returns what is wrong with the diagnostics on what a program
// forbids, or "".
func (w *world) checkDenies(diags diag.List) string {
	if len(w.denies) == 0 {
		if hasCode(diags, diag.Denied, diag.DeniedPath, diag.Isolated, diag.PossiblyDenied) {
			return "a violation is reported of a program that forbids nothing:" + messages(diags)
		}
		return ""
	}
	u := w.universe()
	byCode := map[diag.Code]verdicts{}
	var all verdicts
	for _, d := range w.denies {
		var v verdicts
		if d.path {
			v = u.chains(d)
		} else {
			v = u.direct(d)
			if v.undecided && (d.from.kind == clusterRef || d.to.kind == clusterRef) && !hasCode(diags, diag.DenyNotEnforced, d.code()) {
				return "of cluster, only a part is decided, which should be reported:" + messages(diags)
			}
		}
		if d.oneself {
			v.must, v.mustError = false, false
		}
		all.add(v)
		sum := byCode[d.code()]
		sum.add(v)
		byCode[d.code()] = sum
	}
	for _, code := range []diag.Code{diag.Denied, diag.DeniedPath, diag.Isolated} {
		v := byCode[code]
		has, possibly := hasCode(diags, code), hasCode(diags, diag.PossiblyDenied)
		switch {
		case v.must && !has && !possibly:
			return string(code) + " or a warning should be reported:" + messages(diags)
		case v.mustError && !has:
			return string(code) + " should be reported:" + messages(diags)
		case has && !v.mayError:
			return string(code) + " should not be reported:" + messages(diags)
		}
	}
	empty := slices.ContainsFunc(w.denies, func(d denial) bool {
		return !d.oneself && (!slices.Contains(u.members(d.from), true) || !slices.Contains(u.members(d.to), true))
	})
	if empty && !hasCode(diags, diag.DenyNotEnforced, diag.Duplicate) { // with an error, it may be left out
		return "a party that has neither a pod nor an address should be reported:" + messages(diags)
	}
	if !all.undecided && !empty && !slices.ContainsFunc(w.denies, func(d denial) bool { return d.path }) && hasCode(diags, diag.DenyNotEnforced) {
		return string(diag.DenyNotEnforced) + " should not be reported:" + messages(diags)
	}
	if !all.may && hasCode(diags, diag.PossiblyDenied) {
		return "no warning of a possible violation should be reported:" + messages(diags)
	}
	return ""
}

func (d denial) code() diag.Code {
	switch {
	case d.path:
		return diag.DeniedPath
	case d.isolate:
		return diag.Isolated
	}
	return diag.Denied
}

// universe is a party for each class that a program can tell apart: every
// set of tiers, every kind of undeclared namespace, every interval of addresses.
type universe struct {
	w       *world
	parties []*party
	tiers   []int // how many tiers each party is in
	edges   []ends
}

// ends is the parties at the ends of an edge; loosely with the pods too that an address
// block may match because it reaches into their range.
type ends struct {
	from, to, looseFrom, looseTo []bool
}

func (w *world) universe() *universe {
	u := &universe{w: w}
	s := newSampler(w, 1)
	for _, name := range slices.Sorted(maps.Keys(w.spaces)) {
		for _, labels := range s.classes(name) {
			u.parties = append(u.parties, &party{space: name, spaceLabels: w.spaces[name].labels, labels: labels})
		}
	}
	for _, labels := range w.everyStranger() {
		for _, pod := range s.classes(labels[nameKey]) {
			u.parties = append(u.parties, &party{space: labels[nameKey], spaceLabels: labels, labels: pod})
		}
	}
	for _, a := range w.everyInterval() {
		u.parties = append(u.parties, &party{addr: a})
	}
	for _, x := range u.parties {
		u.tiers = append(u.tiers, w.tiersOf(x))
	}
	for _, e := range w.edges {
		u.edges = append(u.edges, ends{u.members(e.from), u.members(e.to), u.looseMembers(e.from), u.looseMembers(e.to)})
	}
	return u
}

// everyStranger returns the labels of an undeclared namespace for each way to
// be in environments.
func (w *world) everyStranger() []map[string]string {
	var all []requirement
	for _, name := range slices.Sorted(maps.Keys(w.envs)) {
		all = append(all, w.envs[name].selector...)
	}
	out := []map[string]string{{nameKey: "stranger"}}
	keys := map[string]bool{}
	for _, r := range all {
		if keys[r.key] {
			continue
		}
		keys[r.key] = true
		for _, labels := range slices.Clone(out) {
			for _, with := range labelChoices(all, r.key)[1:] {
				if with[nameKey] == "" || w.spaces[with[nameKey]] == nil {
					with := maps.Clone(with)
					for key, value := range labels {
						if key != r.key {
							with[key] = value
						}
					}
					out = append(out, with)
				}
			}
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(out, func(labels map[string]string) bool {
		class := ""
		for _, name := range slices.Sorted(maps.Keys(w.envs)) {
			class += fmt.Sprint(w.envs[name].has(&party{space: labels[nameKey], spaceLabels: labels}))
		}
		old := seen[class]
		seen[class] = true
		return old
	})
}

// everyInterval returns the first address of each interval that the program
// tells apart.
func (w *world) everyInterval() []netip.Addr {
	prefixesOf := slices.Concat(prefixes("0.0.0.0/0", "::/0"), notPublic, w.network.borders())
	add := func(e endpoint) {
		for _, b := range e.blocks {
			prefixesOf = append(append(prefixesOf, b.cidr), b.except...)
		}
	}
	for _, e := range w.edges {
		add(e.from)
		add(e.to)
	}
	for _, d := range w.denies {
		add(d.from)
		add(d.to)
	}
	var out []netip.Addr
	for _, p := range prefixesOf {
		for _, a := range []netip.Addr{p.Addr(), lastOf(p).Next()} {
			if a.IsValid() && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

func (u *universe) members(e endpoint) []bool {
	out := make([]bool, len(u.parties))
	for i, x := range u.parties {
		out[i] = u.w.contains(e, x)
	}
	return out
}

// looseMembers: an address block that covers declared pod addresses counts, for
// deny, as able to match every pod.
func (u *universe) looseMembers(e endpoint) []bool {
	out := u.members(e)
	if u.mayBePods(e) {
		for i, x := range u.parties {
			out[i] = out[i] || x.isPod()
		}
	}
	return out
}

func (u *universe) mayBePods(e endpoint) bool {
	return !u.w.network.neverPods() && slices.ContainsFunc(u.parties, func(x *party) bool {
		return !x.isPod() && e.kind != allRef && u.w.contains(e, x) &&
			anyHas(u.w.network.pods, x.addr)
	})
}

// speaksOf reports whether a selector has requirements on every label that another has.
func (t *podSet) speaksOf(other *podSet) bool {
	return !slices.ContainsFunc(other.selector, func(r requirement) bool {
		return !slices.ContainsFunc(t.selector, func(q requirement) bool { return q.key == r.key })
	})
}

// portsMeet reports whether two lists of ports have one in common, and
// whether surely: a named port could be any number.
func portsMeet(a, b []portSpec) (some, sure bool) {
	for _, p := range a {
		for _, q := range b {
			switch {
			case p.any || q.any:
				return true, true
			case p.transport() != q.transport():
			case p.low > 0 && q.low > 0:
				if p.low <= q.high && q.low <= p.high {
					return true, true
				}
			case p.low == 0 && q.low == 0 && p.name == q.name:
				return true, true
			case p.low == 1 && p.high == 65535 || q.low == 1 && q.high == 65535:
				return true, true // whatever its number is
			default:
				some = true
			}
		}
	}
	return some, false
}

// direct judges a deny or isolate: it holds when nothing that it forbids is permitted. Connections
// that no policy of the program can decide may be reported, and need not.
func (u *universe) direct(d denial) verdicts {
	edges := slices.DeleteFunc(slices.Clone(u.w.edges), func(e connection) bool {
		return !u.related(e.from, d.from) || !u.related(e.to, d.to)
	})
	written := u.blocksAreWritten()
	var v verdicts
	u.forbidden(d, func(s, t *party, cases []portCase) bool {
		all, some := u.w.meant(s, t), u.w.meantBy(edges, s, t)
		decided := u.decided(d, s, t)
		for _, c := range cases {
			to := *t
			to.ports = c.names
			all.to, some.to = &to, &to
			if all.permits(c.on) && (s.supposed || t.supposed) { // a warning is enough
				v.may = true
				v.must = v.must || decided && written
				v.undecided = v.undecided || !decided
			} else if all.permits(c.on) {
				v.may = true
				v.must = v.must || decided
				v.undecided = v.undecided || !decided
				v.mustError = v.mustError || decided && !c.guessed && u.ordinary(s) && u.ordinary(t)
				v.mayError = v.mayError || !c.guessed && some.permits(c.on)
			}
		}
		return !v.mustError || !v.mayError || !v.undecided
	})
	return v
}

// blocksAreWritten reports whether edges have no addresses but those of blocks and externals: the
// stated ones of nodes and of the API server are not supposed to be pods'.
func (u *universe) blocksAreWritten() bool {
	stated := func(e endpoint) bool { return e.kind == nodesRef || e.kind == apiserverRef }
	return !slices.ContainsFunc(u.w.edges, func(e connection) bool { return stated(e.from) || stated(e.to) })
}

// forbidden calls yield with each pair of a deny's parties, in both readings of address blocks, and
// with the ports that it forbids, until yield returns false.
func (u *universe) forbidden(d denial, yield func(s, t *party, cases []portCase) bool) {
	specs := slices.Clone(d.ports)
	for _, e := range u.w.edges {
		specs = append(specs, e.ports...)
	}
	cases := portCases(specs)
	targets := u.placed(d.to, func(e connection) endpoint { return e.to })
	for _, s := range u.placed(d.from, func(e connection) endpoint { return e.from }) {
		for _, t := range targets {
			mine := slices.DeleteFunc(slices.Clone(cases), func(c portCase) bool {
				to := *t
				to.ports = c.names
				return !t.isPod() && len(c.names) > 0 || !slices.ContainsFunc(d.ports, func(p portSpec) bool { return p.matches(&to, c.on) })
			})
			if !yield(s, t, mine) {
				return
			}
		}
	}
}

// placed returns the parties of an endpoint of a deny: pods with and without an address. Of the
// addresses that a pod can have, there is one for each set of blocks that edges have at this end. If
// the program does not state them, they are supposed to be private ones, for what edges name.
func (u *universe) placed(of endpoint, end func(connection) endpoint) []*party {
	var addresses []netip.Addr
	seen := map[string]bool{}
	supposed := len(u.w.network.pods) == 0 && len(of.blocks) == 0
	for _, x := range u.parties {
		if u.w.network.neverPods() || x.isPod() || !anyHas(u.w.network.pods, x.addr) && !(supposed && anyPrefix(private, x.addr)) {
			continue
		}
		key := fmt.Sprint(u.w.contains(of, x) && len(of.blocks) > 0)
		for _, e := range u.w.edges {
			key += fmt.Sprint(len(end(e).blocks) > 0 && u.w.contains(end(e), x))
		}
		if !seen[key] {
			seen[key] = true
			addresses = append(addresses, x.addr)
		}
	}
	var out []*party
	add := func(x *party) {
		if u.w.contains(of, x) {
			out = append(out, x)
		}
	}
	for _, x := range u.parties {
		add(x)
		if x.isPod() {
			for _, a := range addresses {
				at := *x
				at.at, at.supposed = a, supposed
				add(&at)
			}
		}
	}
	return out
}

// decided reports whether a policy of the program decides a connection, or could if it isolated more.
func (u *universe) decided(d denial, s, t *party) bool {
	m := u.w.meant(s, t)
	if m.egressIsolated || m.ingressIsolated {
		return true
	}
	// Where nothing isolates them, the pods that an address block may match are left to the reference.
	declared := func(x *party, e endpoint) bool {
		n := u.w.spaces[x.space]
		addresses := len(e.blocks) > 0 || e.kind == internetRef
		return x.isPod() && !addresses && n != nil && (!n.prelude || e.kind == tierRef || e.kind == spaceRef)
	}
	return declared(s, d.from) || declared(t, d.to)
}

// ordinary reports whether a party is in one tier and one environment at most.
func (u *universe) ordinary(x *party) bool {
	in := 0
	for _, g := range u.w.envs {
		if g.has(x) {
			in++
		}
	}
	return u.w.tiersOf(x) <= 1 && (in <= 1 || u.w.spaces[x.space] != nil)
}

// related reports whether what two endpoints share counts as certain: not if they are tiers whose
// selectors speak of different labels.
func (u *universe) related(a, b endpoint) bool {
	if a.tier == nil || b.tier == nil || a.tier.speaksOf(b.tier) || b.tier.speaksOf(a.tier) {
		return true
	}
	as, bs := u.members(a), u.members(b)
	onlyA, onlyB := false, false
	for i := range u.parties {
		onlyA = onlyA || as[i] && !bs[i]
		onlyB = onlyB || bs[i] && !as[i]
	}
	return !onlyA || !onlyB
}

// portCase is a port of a destination, and which of its named ports it is.
type portCase struct {
	on      port
	names   map[string]int
	guessed bool // that a named port is a number that somebody names
}

// portCases returns the ports that lists of ports can tell apart: a number at each border, each
// named port at a number that nobody names, and at each number all names at once.
func portCases(specs []portSpec) []portCase {
	partial := func(p portSpec) bool { return p.low > 0 && p.high-p.low < 65534 }
	free := 40000
	for slices.ContainsFunc(specs, func(p portSpec) bool { return partial(p) && p.low <= free && free <= p.high }) {
		free++
	}
	var numbers []int
	names := map[string]bool{}
	for _, p := range specs {
		switch {
		case partial(p):
			numbers = append(numbers, p.low, p.high)
		case p.low == 0 && !p.any:
			names[p.name+"/"+p.transport()] = true
		}
	}
	slices.Sort(numbers)
	var cases []portCase
	for _, n := range append(slices.Compact(numbers), free) {
		for _, protocol := range protocols {
			on, together := port{protocol, n}, map[string]int{}
			cases = append(cases, portCase{on: on})
			for name := range names {
				if strings.HasSuffix(name, "/"+protocol) {
					together[name] = n
					if n == free {
						cases = append(cases, portCase{on: on, names: map[string]int{name: n}})
					}
				}
			}
			if len(together) > 0 {
				cases = append(cases, portCase{on, together, true})
			}
		}
	}
	return cases
}

// chains judges a deny path by searching for a chain of connections.
func (u *universe) chains(d denial) verdicts {
	governed := func(i int) bool {
		return u.w.isolated(u.parties[i], "ingress") || u.w.isolated(u.parties[i], "egress")
	}
	few := func(i int) bool { return u.ordinary(u.parties[i]) }
	anybody := func(int) bool { return true }
	loose := u.search(d, u.looseMembers(d.from), u.looseMembers(d.to), governed, anybody, true, false)
	v := verdicts{may: loose, mayError: loose}
	v.must = loose && u.search(d, u.members(d.from), u.members(d.to), governed, anybody, false, false)
	v.mustError = v.must && u.search(d, u.members(d.from), u.members(d.to), governed, few, false, true)
	return v
}

// search reports whether there is a chain from one set to another, through
// governed pods.
func (u *universe) search(d denial, from, to []bool, governed, who func(int) bool, loose, sure bool) bool {
	reached := make([]bool, len(u.parties)) // from which the chain can go on
	var queue []int
	for i := range u.parties {
		if from[i] && who(i) {
			reached[i] = true
			queue = append(queue, i)
		}
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for k, e := range u.w.edges {
			sources, targets := u.edges[k].from, u.edges[k].to
			if loose {
				sources, targets = u.edges[k].looseFrom, u.edges[k].looseTo
			} else if e.from.kind == allRef || e.to.kind == allRef || e.side != "" {
				continue
			}
			if !sources[i] {
				continue
			}
			some, surely := portsMeet(e.ports, d.ports)
			last := some && (surely || !sure)
			for j := range u.parties {
				if !targets[j] || !who(j) {
					continue
				}
				if last && to[j] {
					return true
				}
				if governed(j) && !reached[j] {
					reached[j] = true
					queue = append(queue, j)
				}
			}
		}
	}
	return false
}
