package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// open reports a denial whose traffic flows without any edge, because neither side is isolated.
//
// If a declared namespace has a pod on one side, isolating it would help: that is an error. Other
// connections are outside the policies of this program. For environments they are not reported: their
// other namespaces belong to other programs. A denial of cluster, which includes all of these pods, is
// a warning, and so is one that nothing enforces at all.
func (c *checker) open(d *topology.Denial) {
	var undecided, unenforced *[2]topology.Party
	free := func(parties []topology.Party, direction relation.Direction) (all []unisolated) {
		for _, p := range parties {
			all = append(all, c.unisolated(p.Endpoint, direction))
		}
		return all
	}
	sources, targets := free(d.From, relation.Egress), free(d.To, relation.Ingress)
	for i, from := range d.From {
		for j, to := range d.To {
			if d.Kind == topology.DenyIsolate && i == j {
				continue
			}
			source, some := sources[i].any()
			target, also := targets[j].any()
			isolateSource, isolateTarget := sources[i].declared != nil, targets[j].declared != nil
			switch {
			case !some || !also:
			case isolateSource || isolateTarget:
				c.reportOpen(d, source, target, from.Endpoint, to.Endpoint, isolateSource, isolateTarget)
				return
			case c.guarded && guardable(from, to):
			case wide(from.Endpoint) && to.Environment == nil || wide(to.Endpoint) && from.Environment == nil,
				ofCluster(from.Endpoint), ofCluster(to.Endpoint):
				undecided = &[2]topology.Party{from, to}
			case !c.enforcedPair(from, to):
				unenforced = &[2]topology.Party{from, to}
			}
		}
	}
	switch {
	case undecided != nil:
		c.reportUndecided(d, undecided[0].Endpoint, undecided[1].Endpoint)
	case unenforced != nil:
		c.reportUnenforced(d, unenforced[0], unenforced[1])
	}
}

// guardable reports whether guardrails deny the connections of two parties, also of pods that no policy isolates. The
// target reports addresses that they leave out.
func guardable(from, to topology.Party) bool {
	fromPods := from.Kind != topology.Everything && from.Kind != topology.Addresses
	return fromPods && len(to.Hosts()) == 0 && len(to.Ports.NamedPorts()) == 0
}

func wide(e *topology.Endpoint) bool {
	return ofCluster(e) || e.Kind == topology.Everything
}

// ofCluster reports whether an endpoint is pods of every namespace, of those that are not declared too.
func ofCluster(e *topology.Endpoint) bool {
	return e.Kind == topology.ClusterPods || e.Kind == topology.AcrossPods && e.Environment == nil
}

func (c *checker) reportOpen(d *topology.Denial, source, target relation.Party, from, to *topology.Endpoint, isolateSource, isolateTarget bool) {
	var instead []string
	if isolateSource {
		instead = append(instead, c.isolating(from, source, relation.Egress))
	}
	if isolateTarget {
		instead = append(instead, c.isolating(to, target, relation.Ingress))
	}
	code, forbids := forbidden(d)
	help := strings.ReplaceAll(strings.Join(instead, ", or "), "egress, or isolate namespace", "egress, or namespace")
	if c.guarded {
		help += ": guardrails come on top of what the program itself denies"
	}
	c.report(diag.New(code, d.Span, "nothing stops %s from reaching %s, which %s", source, target, forbids).WithHelp("%s", help))
}

// isolating says how to isolate a pod of an endpoint in a direction. If its tier has an `isolates` of
// its own that leaves the direction out, and its namespace isolates tiers, that is too much.
func (c *checker) isolating(e *topology.Endpoint, pod relation.Party, d relation.Direction) string {
	if t := e.Tier; t != nil && t.Namespace != nil && !t.IsolatesAt.IsZero() && strings.HasPrefix(t.Namespace.IsolatesAt.Text(), "tiers") {
		return fmt.Sprintf("remove `isolates %s` from tier %s", t.IsolatesAt.Text(), t)
	}
	return fmt.Sprintf("isolate namespace %s for %s", pod.Namespace, d)
}

func (c *checker) reportUndecided(d *topology.Denial, from, to *topology.Endpoint) {
	var holds, names []string
	for _, n := range c.Namespaces {
		if (n.Egress || !wide(from)) && (n.Ingress || !wide(to)) && n.Governed() {
			holds, names = append(holds, n.Name), append(names, n.Name+"/*")
			continue
		}
		for _, t := range n.Tiers {
			egress, ingress := n.Egress || t.Egress, n.Ingress || t.Ingress
			if (egress || !wide(from)) && (ingress || !wide(to)) && (egress || ingress) {
				holds, names = append(holds, t.String()), append(names, t.String())
			}
		}
	}
	message := "this holds only for the pods of " + listed(holds)
	help := "name those instead, as in " + strings.Join(names[:min(1, len(names))], "")
	if from.Kind == topology.AcrossPods || to.Kind == topology.AcrossPods {
		help = "name tiers of these namespaces instead"
	}
	if len(holds) == 0 {
		message = "this holds for no pod: the program isolates none"
		help = "remove it, or name namespaces that this program isolates instead of cluster"
	}
	c.report(diag.New(diag.DenyNotEnforced, d.Span, "%s", message).WithHelp("%s", help))
}

// listed names a few things in a sentence.
func listed(names []string) string {
	const most = 3
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

func (c *checker) reportUnenforced(d *topology.Denial, from, to topology.Party) {
	help := "remove this statement, or isolate a side if its pods are yours"
	if from.Endpoint.Kind == topology.Addresses && to.Endpoint.Kind == topology.Addresses {
		help = "remove this statement: policies apply only to pods"
	}
	c.report(diag.New(diag.DenyNotEnforced, d.Span, "nothing enforces this: neither %s nor %s is isolated", from, to).
		WithHelp("%s", help))
}

// enforcedPath warns of a deny path between parties that are isolated on neither side: everything
// flows between them without any edge.
func (c *checker) enforcedPath(d *topology.Denial) {
	for _, from := range d.From {
		for _, to := range d.To {
			if !c.enforcedPair(from, to) {
				c.reportUnenforced(d, from, to)
				return
			}
		}
	}
}

// emptyParties warns of parties of a denial that have neither a pod nor an address.
func (c *checker) emptyParties(d *topology.Denial) {
	if c.missing.Statements {
		return // what is missing may be theirs
	}
	parties := d.From
	switch {
	case d.Kind != topology.DenyIsolate:
		parties = slices.Concat(d.From, d.To)
	case len(parties) < 2:
		return // the others are of an environment that is not built
	}
	reported := map[*topology.Endpoint]bool{}
	for _, p := range parties {
		var why, help string
		switch e := p.Environment; {
		case reported[p.Endpoint]:
		case e != nil && e.Undeclared.IsEmpty() && len(e.Namespaces) == 0:
			why = "the environment has no namespace"
			help = "declare a namespace in its block, or write `environment " + e.Name + " by KEY`"
		case p.Kind == topology.Addresses && p.Addrs.IsEmpty() && len(p.Hosts()) == 0:
			why, help = "its blocks exclude every address", "narrow what follows except"
		}
		if why != "" {
			reported[p.Endpoint] = true
			c.report(diag.New(diag.DenyNotEnforced, p.Span, "this forbids nothing for %s: %s", p, why).WithHelp("%s", help))
		}
	}
}

// enforcedPair reports whether some pod of the parties is isolated from the other party.
func (c *checker) enforcedPair(from, to topology.Party) bool {
	return c.enforcedEnd(from.Endpoint, relation.Egress) || c.enforcedEnd(to.Endpoint, relation.Ingress)
}

// enforcedEnd reports whether some pod of an endpoint is isolated in a direction. A block that may match
// pods may match each of them.
func (c *checker) enforcedEnd(e *topology.Endpoint, d relation.Direction) bool {
	if e.Kind == topology.Addresses && e.MayBePods {
		return slices.ContainsFunc(c.Namespaces, func(n *topology.Namespace) bool { return !n.Isolation(d).None() })
	}
	return semantics.Enforced(e, d, c.Topology)
}

// unisolated is a pod of a declared namespace and another party of an endpoint that are not isolated
// in a direction; nil where it has none.
type unisolated struct{ declared, other *relation.Party }

// any returns one of the two.
func (u unisolated) any() (relation.Party, bool) {
	switch {
	case u.declared != nil:
		return *u.declared, true
	case u.other != nil:
		return *u.other, true
	}
	return relation.Party{}, false
}

// unisolated returns the parties of an endpoint that are not isolated in a direction. The namespaces
// of the prelude count as declared only where a program names them.
func (c *checker) unisolated(e *topology.Endpoint, d relation.Direction) (u unisolated) {
	if e.Namespace != nil {
		if pod, ok := semantics.FreePod(e.Namespace, d, e); ok {
			u.declared = &pod
		}
		return u
	}
	if stranger, ok := semantics.Stranger(e); ok {
		u.other = &stranger
	}
	for _, n := range semantics.Declared(e, c.Topology) {
		pod, ok := semantics.FreePod(n, d, e)
		switch {
		case ok && n.Prelude:
			u.other = cmp.Or(u.other, &pod)
		case ok:
			u.declared = &pod
			return u
		}
	}
	return u
}
