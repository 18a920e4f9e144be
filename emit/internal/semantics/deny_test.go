package semantics

import (
	"maps"
	"net/netip"
	"slices"

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
}

func (v *verdicts) add(other verdicts) {
	v.must = v.must || other.must
	v.may = v.may || other.may
	v.mustError = v.mustError || other.mustError
	v.mayError = v.mayError || other.mayError
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
		v := u.direct(d)
		if d.path {
			v = u.chains(d)
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
		u.parties = append(u.parties, &party{space: labels["kubernetes.io/metadata.name"], spaceLabels: labels})
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
	byKey := map[string][]string{}
	for name, g := range w.envs {
		if g.key != "" {
			byKey[g.key] = append(byKey[g.key], name)
		}
	}
	out := []map[string]string{{"kubernetes.io/metadata.name": "stranger"}}
	for key, names := range byKey {
		for _, labels := range slices.Clone(out) {
			for _, name := range names {
				with := maps.Clone(labels)
				with[key] = name
				out = append(out, with)
			}
		}
	}
	return out
}

// everyInterval returns the first address of each interval that the program
// tells apart.
func (w *world) everyInterval() []netip.Addr {
	prefixesOf := slices.Concat(prefixes("0.0.0.0/0", "::/0"), notPublic, w.network.pods, w.network.services, w.network.nodes)
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
	return slices.ContainsFunc(u.parties, func(x *party) bool {
		return !x.isPod() && e.kind != allRef && u.w.contains(e, x) &&
			slices.ContainsFunc(u.w.network.pods, func(p netip.Prefix) bool { return p.Contains(x.addr) })
	})
}

// overlap is how two endpoints' parties meet.
type overlap struct {
	some, loosely bool // share a party
	sure, maybe   bool // surely; not surely not
}

func (u *universe) overlap(a, b endpoint) overlap {
	var o overlap
	as, bs := u.members(a), u.members(b)
	onlyA, onlyB := false, false
	addresses := len(a.blocks) > 0 && len(b.blocks) > 0 // their pods, if any, have the same address
	looseA, looseB := u.looseMembers(a), u.looseMembers(b)
	for i := range u.parties {
		o.some = o.some || as[i] && bs[i]
		o.loosely = o.loosely || as[i] && bs[i] || looseA[i] && looseB[i] && !addresses
		onlyA = onlyA || as[i] && !bs[i]
		onlyB = onlyB || bs[i] && !as[i]
	}
	nested := !onlyA || !onlyB
	o.sure = o.some && (nested || a.kind != tierRef && b.kind != tierRef && a.kind != environmentRef)
	o.maybe = o.loosely
	if a.kind == tierRef && b.kind == tierRef && !nested && !a.tier.speaksOf(b.tier) && !b.tier.speaksOf(a.tier) {
		o.maybe = false // tiers that speak of different labels: a warning
	}
	return o
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

// direct judges a deny or isolate: it holds when no edge permits what it forbids.
func (u *universe) direct(d denial) verdicts {
	var v verdicts
	for _, e := range u.w.edges {
		from, to := u.overlap(e.from, d.from), u.overlap(e.to, d.to)
		ports, surePorts := portsMeet(e.ports, d.ports)
		if !ports || !from.loosely || !to.loosely {
			continue
		}
		v.may = true
		v.mayError = v.mayError || from.maybe && to.maybe && surePorts
		if e.from.kind == allRef || e.to.kind == allRef {
			v.must = v.must || u.permitted(e, d) // one side: what the other permits matters
			continue
		}
		v.must = true
		v.mustError = v.mustError || from.sure && to.sure && surePorts
	}
	return v
}

// permitted reports whether some connection that an edge speaks of and a
// denial forbids is permitted.
func (u *universe) permitted(e connection, d denial) bool {
	var ports []port
	for _, p := range slices.Concat(e.ports, d.ports, []portSpec{{low: 7777, high: 7777}}) {
		if p.low > 0 {
			ports = append(ports, port{p.transport(), p.low}, port{p.transport(), p.high})
		}
	}
	forbidden := func(to *party, on port) bool {
		matches := func(p portSpec) bool { return p.matches(to, on) }
		return slices.ContainsFunc(e.ports, matches) && slices.ContainsFunc(d.ports, matches)
	}
	for _, s := range u.parties {
		if !u.w.contains(e.from, s) || !u.w.contains(d.from, s) {
			continue
		}
		for _, t := range u.parties {
			if s == t || !s.isPod() && !t.isPod() || !u.w.contains(e.to, t) || !u.w.contains(d.to, t) {
				continue
			}
			meant := u.w.meant(s, t)
			if slices.ContainsFunc(ports, func(on port) bool { return forbidden(t, on) && meant.permits(on) }) {
				return true
			}
		}
	}
	return false
}

// chains judges a deny path by searching for a chain of connections.
func (u *universe) chains(d denial) verdicts {
	governed := func(i int) bool {
		n := u.w.spaces[u.parties[i].space]
		return u.parties[i].isPod() && n != nil && (n.ingress || n.egress)
	}
	few := func(i int) bool { return u.tiers[i] <= 1 }
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
			} else if e.from.kind == allRef || e.to.kind == allRef {
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
