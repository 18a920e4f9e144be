package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestGeneratorCovers counts the features of drawn programs: a property test does not test a
// feature that is never drawn.
func TestGeneratorCovers(t *testing.T) {
	const drawn, least = 400, 2
	counts := map[string]int{}
	for i := range drawn {
		x := examples.Example(i)
		seen := map[string]bool{}
		x.program.features(seen)
		x.text.features(seen)
		// Most of the time goes to what is permitted, so a short run stops when it has seen enough.
		if !testing.Short() || slices.ContainsFunc(wantedOfMeaning, func(f string) bool { return counts[f] < least }) {
			expand(x.program).features(seen, x.sampling)
		}
		for f := range seen {
			counts[f]++
		}
	}
	for _, f := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d of %d: %s", counts[f], drawn, f)
	}
	for _, f := range wanted() {
		if counts[f] < least {
			t.Errorf("only %d of %d programs have: %s", counts[f], drawn, f)
		}
	}
}

// wantedOfMeaning lists the features of what programs mean.
var wantedOfMeaning = []string{
	"implicit edge", "edge left out", "pod of two tiers", "pod of no tier", "pod of no tier among isolated ones", "pod that one of its tiers isolates",
	"deny: must report", "deny: must not report", "deny: must be an error", "deny: must not be an error",
	"path: must report", "path: must not report", "path: must be an error",
	"permitted by edges", "permitted by edges, from an address", "permitted by edges, to an address", "stopped by one side alone",
	"ungoverned reaches ungoverned", "stranger in an environment", "named port decides",
}

// wanted lists all features.
func wanted() []string {
	out := []string{
		"--namespace", "--environment", "several files", "import", "byte order mark", "CRLF", "documented",
		"namespace opened twice", "namespace both inside and outside an environment", "kube-system opened", "labels", "$environment in a label",
		"isolates ingress", "isolates egress", "isolates nothing", "isolates tiers", "isolates tiers ingress", "isolates tiers egress",
		"tier isolates ingress", "tier isolates egress", "tier isolates nothing",
		"environment by", "environment by a value", "environment by a selector", "environment by names", "block of an environment by a selector", "environment without by", "environment without block", "environment reopened", "several stamps", "$environment in a name",
		"tier outside namespaces", "tier by", "tier by with braces", "tier with $environment", "empty selector", "tier in cluster", "tier in an environment", "tier in $environment",
		"external in the top", "external in an environment", "external in a namespace", "external with ports", "external v4", "external v6", "except", "except on an edge",
		"network", "plugin", "plugin with settings", "except in network", "network with ports", "dns off", "own dns", "dns with ports", "own dns by address",
		"deny", "deny path", "isolate", "edge both", "edge of one side", "edge port of many tiers", "edge list", "edge without ports", "bare name", "whole name",
	}
	out = append(out, wantedOfMeaning...)
	for _, op := range []string{"=", "!=", "in", "notin", "exists", "!"} {
		out = append(out, "operator "+op)
	}
	for _, form := range []string{"number", "range", "declared name", "container's name", "any", "protocol"} {
		out = append(out, "listens "+form, "edge port "+form)
	}
	for k := tierRef; k <= allRef; k++ {
		for _, place := range []string{"the top", "an environment", "a namespace"} {
			if k == stampRef && place == "the top" {
				continue
			}
			out = append(out, fmt.Sprintf("%s from %s", kinds[k], place), fmt.Sprintf("%s to %s", kinds[k], place))
		}
	}
	return out
}

var kinds = []string{"tier", "ns/*", "environment", "$environment", "external", "CIDR", "internet", "cluster", "nodes", "apiserver", "tier across namespaces", "all"}

func (p *program) features(seen map[string]bool) {
	mark := func(f string, is bool) {
		if is {
			seen[f] = true
		}
	}
	mark("--namespace", p.defaultSpace != "")
	mark("--environment", p.chosen != "")
	mark("network", len(p.network.pods)+len(p.network.services)+len(p.network.nodes) > 0)
	mark("plugin", p.network.plugin != "")
	mark("plugin with settings", p.network.settings != nil)
	mark("network with ports", p.network.listens != nil)
	for _, b := range slices.Concat(p.network.pods, p.network.services, p.network.nodes, p.network.apiserver) {
		mark("except in network", b.except != nil)
	}
	mark("dns off", p.dnsOff)
	mark("own dns", len(p.dns) > 0)
	for _, d := range p.dns {
		mark("dns with ports", d.ports != nil)
		for _, r := range d.to {
			mark("own dns by address", r.kind == cidrRef)
		}
	}
	opened := map[string]bool{}
	p.blockFeatures(&p.top, scope{}, "the top", opened, mark)
	named := map[string]bool{}
	for _, e := range p.envs {
		mark("environment by", e.by != "")
		mark("environment by a value", e.value != "")
		mark("environment by a selector", e.where != nil)
		mark("environment by names", slices.ContainsFunc(e.where, func(r requirement) bool { return r.key == nameKey }))
		mark("block of an environment by a selector", e.where != nil && e.body != nil && len(e.body.spaces) > 0)
		mark("environment without by", e.by == "" && e.where == nil)
		mark("environment without block", e.body == nil)
		mark("several stamps", len(e.names) > 1 && e.body != nil && len(e.body.spaces) > 0)
		for _, name := range e.names {
			mark("environment reopened", named[name])
			named[name] = true
		}
		if e.body != nil {
			p.blockFeatures(e.body, scope{env: e}, "an environment", opened, mark)
		}
	}
}

func (p *program) blockFeatures(b *block, at scope, place string, opened map[string]bool, mark func(string, bool)) {
	mark("tier outside namespaces", at.space == "" && len(b.tiers) > 0)
	for _, t := range b.across {
		mark("tier in cluster", t.in == "cluster")
		mark("tier in an environment", t.in != "cluster")
		mark("tier in $environment", t.in == "$environment")
	}
	for _, t := range b.tiers {
		mark("tier by", t.by != "")
		mark("tier isolates "+t.isolates, t.isolates != "")
		mark("tier by with braces", t.by != "" && len(t.selector) > 0)
		mark("empty selector", t.by == "" && len(t.selector) == 0)
		mark("documented", t.doc != "")
		for _, r := range t.selector {
			mark("operator "+r.op, true)
			mark("tier with $environment", slices.Contains(r.values, "$environment"))
		}
		for _, l := range t.listens {
			portFeatures("listens", l, mark)
		}
	}
	for _, x := range b.externals {
		mark("external in "+place, true)
		mark("external with ports", x.listens != nil)
		for _, a := range x.blocks {
			mark("except", len(a.except) > 0)
			mark("external v4", a.cidr.Addr().Is4())
			mark("external v6", a.cidr.Addr().Is6())
		}
	}
	for _, e := range b.edges {
		mark("edge both", e.both)
		mark("edge of one side", e.side != "")
		mark("edge list", len(e.from) > 1 || len(e.to) > 1)
		mark("edge without ports", e.ports == nil)
		for _, r := range e.from {
			mark(kinds[r.kind]+" from "+place, true)
		}
		for _, r := range e.to {
			mark(kinds[r.kind]+" to "+place, true)
			mark("except on an edge", r.except.IsValid())
		}
		for _, q := range e.ports {
			mark("edge port of many tiers", q.name != "" && q.protocol == "" && slices.ContainsFunc(e.to, func(r ref) bool { return r.kind.isSpaces() }))
			portFeatures("edge port", q, mark)
		}
	}
	for _, d := range b.denies {
		mark("deny path", d.path)
		mark("isolate", d.isolate)
		mark("deny", !d.path && !d.isolate)
	}
	for _, s := range b.spaces {
		for _, stamp := range at.stamps() {
			full := stamped(s.name, stamp)
			mark("namespace opened twice", opened[full+"|"+place])
			mark("namespace both inside and outside an environment", place == "an environment" && opened[full+"|the top"])
			opened[full+"|"+place] = true
		}
		mark("kube-system opened", s.name == "kube-system")
		mark("isolates "+s.isolates, s.isolates != "")
		mark("labels", len(s.body.labels) > 0)
		for _, l := range s.body.labels {
			mark("$environment in a label", l.value == "$environment")
		}
		mark("$environment in a name", strings.Contains(s.name, "$environment"))
		p.blockFeatures(&s.body, scope{env: at.env, space: s.name}, "a namespace", opened, mark)
	}
}

func portFeatures(where string, p portSpec, mark func(string, bool)) {
	mark(where+" number", p.low > 0 && p.low == p.high)
	mark(where+" range", p.high > p.low)
	mark(where+" declared name", p.name != "" && (p.low > 0 || p.protocol == ""))
	mark(where+" container's name", p.name != "" && p.low == 0 && p.protocol != "")
	mark(where+" any", p.any)
	mark(where+" protocol", p.low > 0 && p.protocol == "sctp")
}

func (s sources) features(seen map[string]bool) {
	seen["several files"] = seen["several files"] || len(s.inputs) > 1
	for _, text := range s.files {
		seen["import"] = seen["import"] || strings.Contains(text, "import ")
		seen["byte order mark"] = seen["byte order mark"] || strings.HasPrefix(text, "\ufeff")
		seen["CRLF"] = seen["CRLF"] || strings.Contains(text, "\r\n")
		for _, line := range strings.Split(text, "\n") {
			if from, _, ok := strings.Cut(line, " -> "); ok && !strings.Contains(from, "{") {
				seen["bare name"] = seen["bare name"] || !strings.ContainsAny(from, "/$")
				seen["whole name"] = seen["whole name"] || strings.Contains(from, "/")
			}
		}
	}
	for f, is := range seen {
		if !is {
			delete(seen, f)
		}
	}
}

func (w *world) features(seen map[string]bool, sampling uint64) {
	mark := func(f string, is bool) {
		if is {
			seen[f] = true
		}
	}
	for _, e := range w.edges {
		mark("implicit edge", e.implicit)
	}
	mark("edge left out", w.leftOut > 0)
	w.cellFeatures(sampling, mark)
	u := w.universe()
	for i, n := range u.tiers {
		mark("pod of two tiers", n > 1)
		x := u.parties[i]
		mark("pod of no tier", n == 0 && w.spaces[x.space] != nil)
		for _, t := range w.tiers {
			if one := t.space == x.space && (t.isolates == "ingress" || t.isolates == "" && w.spaces[x.space].says == "tiers"); one {
				mark("pod of no tier among isolated ones", n == 0 && !w.isolated(x, "ingress"))
			}
			mark("pod that one of its tiers isolates", n > 1 && t.has(x) && t.isolates == "nothing" && w.isolated(x, "ingress"))
		}
	}
	for _, d := range w.denies {
		kind, v := "deny: ", u.direct(d)
		if d.path {
			kind, v = "path: ", u.chains(d)
		}
		mark(kind+"must report", v.must)
		mark(kind+"must not report", !v.may)
		mark(kind+"must be an error", v.mustError)
		mark(kind+"must not be an error", v.must && !v.mayError)
	}
}

func (w *world) cellFeatures(sampling uint64, mark func(string, bool)) {
	s := newSampler(w, sampling)
	parties, ports := s.sample(), s.somePorts(14)
	governed := func(x *party) bool { return w.isolated(x, "ingress") && w.isolated(x, "egress") }
	for _, a := range parties {
		for _, name := range slices.Sorted(maps.Keys(w.envs)) {
			mark("stranger in an environment", a.isPod() && w.spaces[a.space] == nil && w.envs[name].has(a))
		}
		for _, b := range parties {
			m := w.meant(a, b)
			mark("ungoverned reaches ungoverned", a.isPod() && b.isPod() && !m.egressIsolated && !m.ingressIsolated)
			for _, on := range ports {
				permitted := m.permits(on)
				mark("permitted by edges", permitted && governed(a) && governed(b))
				mark("permitted by edges, from an address", permitted && !a.isPod() && governed(b))
				mark("permitted by edges, to an address", permitted && !b.isPod() && governed(a))
				out, in := m.among(m.out, on), m.among(m.in, on)
				mark("stopped by one side alone", m.egressIsolated && m.ingressIsolated && out != in)
				if permitted && m.ingressIsolated {
					without := *b
					without.ports = nil
					mark("named port decides", !w.permits(a, &without, on))
				}
			}
		}
	}
}
