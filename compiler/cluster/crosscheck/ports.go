package crosscheck

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// mention is a place where the program has ports on which some pods should listen.
type mention struct {
	party string
	name  string // that the program gives the ports, or ""
	pods  []*inventory.Workload
	ports relation.Ports
	all   relation.Ports // of the party, or of the edge
	span  source.Span
	open  bool // an operator makes some of the pods: they may have other ports
}

// ports compares the ports of the program with those of containers and Services.
func (e *evidence) ports() {
	for _, m := range e.mentions() {
		if m.pods = onOwnNetwork(m.pods); len(m.pods) == 0 || m.ports.IsEvery() {
			continue
		}
		m.open = slices.ContainsFunc(m.pods, func(w *inventory.Workload) bool { return w.Open })
		before := len(e.diags)
		for _, r := range m.ports.Ranges() {
			e.numbered(m, r)
		}
		if len(e.diags) == before && m.name != "" {
			e.calledOtherwise(m)
		}
		for _, p := range m.ports.NamedPorts() {
			e.named(m, p)
		}
	}
}

// mentions lists the ports that tiers declare, and those of edges to other pods. An edge to a tier
// that declares ports can only repeat them.
func (e *evidence) mentions() []mention {
	var out []mention
	lists := [][]*topology.Tier{e.topology.Tiers}
	for _, n := range e.topology.Namespaces {
		lists = append(lists, n.Tiers)
	}
	for _, tiers := range lists {
		for _, tier := range tiers {
			if tier.Prelude {
				continue // nobody wrote its ports
			}
			for _, l := range tier.Listens {
				out = append(out, mention{party: tier.String(), name: l.Name, pods: e.pods[tier], ports: l.Ports, all: tier.Endpoint.Open, span: l.Span})
			}
		}
	}
	for _, edge := range e.topology.Edges {
		to := edge.To
		span := edge.PortsSpan
		if span.IsZero() {
			span = edge.Span
		}
		switch {
		case len(to.Listens()) > 0:
		case to.Tier != nil:
			out = append(out, mention{party: to.Name, pods: e.pods[to.Tier], ports: edge.Ports, all: edge.Ports, span: span})
		case to.Kind == topology.NamespacePods:
			out = append(out, mention{party: to.Name, pods: e.workloads[to.Namespace], ports: edge.Ports, all: edge.Ports, span: span})
		}
	}
	return out
}

// onOwnNetwork returns the workloads that policies apply to.
func onOwnNetwork(workloads []*inventory.Workload) []*inventory.Workload {
	return slices.DeleteFunc(slices.Clone(workloads), func(w *inventory.Workload) bool { return w.HostNetwork })
}

// numbered checks a port number, or a range: some container must listen on one of its ports.
func (e *evidence) numbered(m mention, r relation.PortRange) {
	if r.Low == tunnelPort && r.High == tunnelPort {
		return
	}
	in := func(p relation.Protocol, n int) bool { return p == r.Protocol && n >= r.Low && n <= r.High }
	for _, w := range m.pods {
		if slices.ContainsFunc(w.Ports, func(p inventory.Port) bool { return in(p.Protocol, p.Number) }) {
			return
		}
	}
	var translating []translation
	for _, t := range e.translations(m.pods) {
		switch {
		case in(t.port.Protocol, t.to.Number): // a container need not declare what it listens on
			return
		case in(t.port.Protocol, t.port.Number):
			translating = append(translating, t)
		}
	}
	if len(translating) == 0 {
		if !e.otherProtocol(m, r) {
			e.undeclared(m, r.String())
		}
		return
	}
	e.wrongPort[m.party] = true
	t := translating[0]
	right := relation.PortRange{Protocol: r.Protocol, Low: t.to.Number, High: t.to.Number}
	d := diag.New(diag.ServicePort, m.span, "%s does not listen on %s: that is a port of %s, which sends it on to %s", m.party, r, t.service.Object, right).
		WithRelated(t.port.Span, "%s translates %d to %s", t.service.Object, t.port.Number, t.port.Target.String()).
		WithHelp("write :%s, since policies see packets after a Service has translated them", right)
	if !t.to.Span.IsZero() {
		d = d.WithRelated(t.to.Span, "%s listens here", t.workload.Object)
	}
	if at, ok := e.onlyNumber(m, r); ok {
		d = d.WithFix(at, strconv.Itoa(t.to.Number), "write %d", t.to.Number)
	}
	e.diags.Add(d)
}

// calledOtherwise reports a port by a name that containers give to another number.
func (e *evidence) calledOtherwise(m mention) {
	var other *inventory.Port
	var of *inventory.Workload
	for _, w := range m.pods {
		for i := range w.Ports {
			p := &w.Ports[i]
			switch {
			case p.Name != m.name:
			case hasPort(m.ports, *p):
				return
			case other == nil:
				other, of = p, w
			}
		}
	}
	ranges := m.ports.Ranges()
	if other == nil || len(ranges) != 1 || ranges[0].Protocol != other.Protocol {
		return
	}
	e.wrongPort[m.party] = true
	d := diag.New(diag.NamedPortDiffers, m.span, "%s is %s here and %d in %s", m.name, ranges[0], other.Number, of.Object).
		WithRelated(other.Span, "%s is %d here", m.name, other.Number).
		WithHelp("write %s=%d/%s, or give the port another name", m.name, other.Number, other.Protocol)
	d.Severity = diag.Warning
	if at, ok := e.onlyNumber(m, ranges[0]); ok {
		d = d.WithFix(at, strconv.Itoa(other.Number), "write %d", other.Number)
	}
	e.diags.Add(d)
}

// otherProtocol reports a port on which the pods listen with another protocol, if a Service shows that.
func (e *evidence) otherProtocol(m mention, r relation.PortRange) bool {
	for _, t := range e.translations(m.pods) {
		if r.Low != r.High || t.to.Number != r.Low || t.to.Protocol == r.Protocol || hasPort(m.all, t.to) {
			continue
		}
		e.wrongPort[m.party] = true
		d := diag.New(diag.WrongProtocol, m.span, "%s listens on %s, not on %s", m.party, portList([]inventory.Port{t.to}), r).
			WithRelated(t.port.Span, "%s sends to it", t.service.Object).
			WithHelp("write :%s", portList([]inventory.Port{t.to}))
		if at := strings.Index(m.span.Text(), r.String()); at >= 0 && strings.Count(m.span.Text(), r.String()) == 1 {
			place := source.Span{File: m.span.File, Start: m.span.Start + at, End: m.span.Start + at + len(r.String())}
			d = d.WithFix(place, portList([]inventory.Port{t.to}), "write %s", portList([]inventory.Port{t.to}))
		}
		e.diags.Add(d)
		return true
	}
	return false
}

// onlyNumber returns where the program has a port number, if only one place has it for these pods:
// otherwise a change here would contradict the others.
func (e *evidence) onlyNumber(m mention, r relation.PortRange) (source.Span, bool) {
	if r.Low != r.High {
		return source.Span{}, false
	}
	number := regexp.MustCompile(`\b` + strconv.Itoa(r.Low) + `\b`)
	found := number.FindAllStringIndex(m.span.Text(), -1)
	again := slices.ContainsFunc(e.topology.Edges, func(edge *topology.Edge) bool {
		return edge.To.Name == m.party && edge.PortsSpan != m.span && number.MatchString(edge.PortsSpan.Text())
	})
	if len(found) != 1 || again {
		return source.Span{}, false
	}
	return source.Span{File: m.span.File, Start: m.span.Start + found[0][0], End: m.span.Start + found[0][1]}, true
}

// translation is a Service's port and the port of pods to which it leads.
type translation struct {
	service  *inventory.Service
	port     inventory.ServicePort
	workload *inventory.Workload
	to       inventory.Port // without a span if no container declares it
}

// translations lists the ports of some pods to which the ports of Services lead. A Service without
// an address translates nothing.
func (e *evidence) translations(pods []*inventory.Workload) []translation {
	var out []translation
	for _, w := range pods {
		for _, s := range e.index.Before(w) {
			if s.Headless {
				continue
			}
			for _, p := range s.Ports {
				if to, ok := wiring.Target(p, w); ok {
					out = append(out, translation{s, p, w, to})
				}
			}
		}
	}
	return out
}

// undeclared reports a port that no container declares.
func (e *evidence) undeclared(m mention, port string) {
	if m.open && slices.ContainsFunc(m.pods, func(w *inventory.Workload) bool { return w.Open && len(w.Ports) == 0 }) {
		return // an operator gives them ports that zt does not know
	}
	var declared []string
	e.wrongPort[m.party] = true
	d := diag.New(diag.UndeclaredContainerPort, m.span, "no container of %s declares the port %s", m.party, port)
	for _, w := range m.pods {
		for _, p := range w.Ports {
			text := relation.PortRange{Protocol: p.Protocol, Low: p.Number, High: p.Number}.String()
			if p.Name != "" {
				text = p.Name + "=" + text
			}
			if !slices.Contains(declared, text) {
				declared = append(declared, text)
			}
		}
	}
	d = d.WithRelated(m.pods[0].Span, "%s", m.pods[0].Object)
	if len(declared) > 0 {
		d = d.WithHelp("they declare %s", strings.Join(declared, ", "))
	} else {
		d = d.WithHelp("they declare none; add it to the container's ports, which binds nobody but says what is meant")
	}
	e.diags.Add(d)
}

// named checks a container port's name: some container must have it, always with the same number.
func (e *evidence) named(m mention, name relation.NamedPort) {
	var first *inventory.Port
	var of *inventory.Workload
	for _, w := range m.pods {
		for i := range w.Ports {
			p := &w.Ports[i]
			switch {
			case p.Name != name.Name || p.Protocol != name.Protocol:
			case first == nil:
				first, of = p, w
			case p.Number != first.Number:
				e.diags.Add(diag.New(diag.NamedPortDiffers, m.span, "%s means %d in %s and %d in %s", name, first.Number, of.Object, p.Number, w.Object).
					WithRelated(first.Span, "%s is %d here", name.Name, first.Number).
					WithRelated(p.Span, "%s is %d here", name.Name, p.Number).
					WithHelp("give the ports by number, or the tiers apart: %s", fmt.Sprintf(":%d/%s, %d/%s", first.Number, name.Protocol, p.Number, name.Protocol)))
				return
			}
		}
	}
	if first == nil {
		e.undeclared(m, name.String())
	}
}
