package model

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The settings of Cilium with which it enforces what it does not by default.
const (
	matchPods  = "policy-cidr-match-mode=pods"
	matchNodes = "policy-cidr-match-mode=nodes"
	passSCTP   = "enable-sctp=true"
)

// plugin states a network plugin, with the settings that the program needs and perhaps others.
func (g *generator) plugin() {
	if !g.chance(25) {
		return
	}
	g.p.network.plugin = "cilium"
	needs := expand(g.p).needs()
	for _, s := range []string{matchPods, matchNodes, passSCTP} {
		if slices.Contains(needs, s) || g.chance(20) {
			g.p.network.settings = append(g.p.network.settings, s)
		}
	}
}

// neverPods reports whether address blocks match no pods.
func (n network) neverPods() bool {
	return n.plugin != "" && !slices.Contains(n.settings, matchPods)
}

// enforcement returns how the plugin enforces policies.
func (n network) enforcement() enforcement {
	as := enforcement{omittedTypes: n.plugin != ""}
	if n.plugin != "" && !slices.Contains(n.settings, matchNodes) {
		as.unmatched = n.nodes
	}
	return as
}

// needs returns the settings of Cilium without which an edge is not enforced as it is written: an
// address block matches no node, and no pod, and SCTP does not pass.
func (w *world) needs() []string {
	found := map[string]bool{}
	addresses := w.everyInterval()
	end := func(e endpoint) {
		some, outsidePods, outsideNodes := false, false, false
		for _, a := range addresses {
			if len(e.blocks) == 0 || !slices.ContainsFunc(e.blocks, func(b addressBlock) bool { return b.has(a) }) {
				continue
			}
			isNode := anyHas(w.network.nodes, a)
			some = true
			found[matchNodes] = found[matchNodes] || isNode
			outsideNodes = outsideNodes || !isNode
			outsidePods = outsidePods || !anyHas(w.network.pods, a)
		}
		found[matchPods] = found[matchPods] || some && !outsidePods
	}
	for _, e := range w.edges {
		end(e.from)
		end(e.to)
		found[passSCTP] = found[passSCTP] || !slices.Contains(e.ports, portSpec{any: true}) &&
			slices.ContainsFunc(e.ports, func(p portSpec) bool { return p.transport() == "sctp" })
	}
	var out []string
	for _, s := range []string{matchPods, matchNodes, passSCTP} {
		if found[s] {
			out = append(out, s)
		}
	}
	return out
}

// TestPlugins compiles programs for a network plugin without one of the settings that they need: each
// is refused, and the message is about the plugin.
func TestPlugins(t *testing.T) {
	t.Parallel()
	tried := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		x := examples.Draw(t, "program")
		p := x.program
		p.network.plugin, p.network.settings = "cilium", nil
		needs := expand(p).needs()
		for _, without := range needs {
			p.network.settings = slices.DeleteFunc(slices.Clone(needs), func(s string) bool { return s == without })
			_, diags, err := compile(p, p.print(x.spelling, false))
			if err != nil || !strings.Contains(messages(diags), "ZT702") {
				t.Fatalf("accepted without %s: %v%s\n%s", without, err, messages(diags), p.print(0, false))
			}
			tried[without]++
		}
		p.network.settings = needs
		if topo, diags, err := compile(p, p.print(x.spelling, false)); err != nil || topo == nil {
			t.Fatalf("refused with %v: %v%s\n%s", needs, err, messages(diags), p.print(0, false))
		}
	})
	if len(tried) < 3 {
		t.Errorf("this tries only %v", tried)
	}
}
