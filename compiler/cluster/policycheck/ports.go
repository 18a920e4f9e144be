package policycheck

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
	"github.com/zt-lang/zt/grammar/spell"
)

// listening is the ports on which some workloads listen, as far as manifests show.
type listening struct {
	workloads []*inventory.Workload
	declared  []inventory.Port // by number and protocol, each once
	all       bool             // every workload declares some port
	open      bool             // an operator can give some of them other ports
	targets   map[relation.PortRange]bool
	services  map[relation.PortRange]translation // ports of Services that lead to another one
	named     map[relation.NamedPort]translation // names of Services' ports
}

// translation is a port of a Service and the pods' port to which it leads.
type translation struct {
	service  *inventory.Service
	port     inventory.ServicePort
	to       relation.PortRange
	declared source.Span // where a container declares it
}

func single(p relation.Protocol, n int) relation.PortRange {
	return relation.PortRange{Protocol: p, Low: n, High: n}
}

// receivers returns the workloads that receive the connections of a rule; none if they are not all
// known.
func (c *check) receivers(p *policy, r rule) (string, []*inventory.Workload) {
	if r.direction == relation.Ingress {
		key := p.Object.Namespace + "/" + p.own.String()
		if _, ok := c.listening[key]; ok {
			return key, nil
		}
		return key, c.find(c.space(p.Object.Namespace), p.own)
	}
	var peers []relation.Peer
	for j := range r.peers {
		part, ok := p.part(r, j)
		if !ok {
			return "", nil
		}
		peers = append(peers, part.Permits.Peer)
	}
	return c.podsAmong(peers)
}

// podsAmong returns the workloads that peers select, and a name for them; none if they are not all known.
func (c *check) podsAmong(peers []relation.Peer) (string, []*inventory.Workload) {
	var key strings.Builder
	var out []*inventory.Workload
	for _, peer := range peers {
		pods, isPods := peer.(relation.Pods)
		if !isPods {
			return "", nil
		}
		in := c.namespacesOf(pods.Namespaces)
		if in.open || in.maybe {
			return "", nil
		}
		fmt.Fprintf(&key, "%s/%s;", pods.Namespaces, pods.Labels)
		for _, ns := range in.names {
			found := c.find(c.space(ns), pods.Labels)
			if len(found) == 0 && len(peers) > 1 && c.hasService(c.space(ns), pods.Labels) {
				return "", nil
			}
			out = append(out, found...)
		}
	}
	return "to " + key.String(), out
}

// listeningOf returns the ports of workloads, which are asked for by a key. It is nil if there are
// none.
func (c *check) listeningOf(key string, workloads []*inventory.Workload) *listening {
	if key == "" {
		return nil
	}
	if l, ok := c.listening[key]; ok {
		return l
	}
	l := &listening{all: true, targets: map[relation.PortRange]bool{}, services: map[relation.PortRange]translation{}, named: map[relation.NamedPort]translation{}}
	for _, w := range workloads {
		if w.HostNetwork {
			continue // policies do not apply to it
		}
		l.workloads = append(l.workloads, w)
		l.declared = append(l.declared, w.Ports...)
		l.all, l.open = l.all && len(w.Ports) > 0, l.open || w.Open
		for _, s := range c.services[w] {
			for _, port := range s.Ports {
				l.translate(s, port, w)
				c.work -= 1 + len(w.Ports)
			}
		}
		c.work -= 1 + len(w.Ports)
	}
	if len(l.workloads) == 0 {
		l = nil
	} else {
		slices.SortStableFunc(l.declared, func(a, b inventory.Port) int {
			return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Name, b.Name))
		})
		l.declared = slices.CompactFunc(l.declared, func(a, b inventory.Port) bool {
			return a.Number == b.Number && a.Protocol == b.Protocol && a.Name == b.Name
		})
	}
	c.listening[key] = l
	return l
}

// translate adds a port of a Service that sends to a workload.
func (l *listening) translate(s *inventory.Service, port inventory.ServicePort, w *inventory.Workload) {
	t := translation{service: s, port: port}
	for _, p := range w.Ports {
		if p.Protocol == port.Protocol && (port.Target.Type == intstr.String && p.Name == port.Target.StrVal || port.Target.Type == intstr.Int && p.Number == int(port.Target.IntVal)) {
			t.to, t.declared = single(p.Protocol, p.Number), p.Span
		}
	}
	if n := int(port.Target.IntVal); t.declared.IsZero() && port.Target.Type == intstr.Int && n >= relation.MinPort && n <= relation.MaxPort {
		t.to = single(port.Protocol, n)
	}
	if t.to == (relation.PortRange{}) {
		return
	}
	l.targets[t.to] = true
	if s.Headless {
		return
	}
	from, name := single(port.Protocol, port.Number), relation.NamedPort{Name: port.Name, Protocol: port.Protocol}
	if _, known := l.services[from]; from != t.to && !known {
		l.services[from] = t
	}
	if _, known := l.named[name]; port.Name != "" && !known {
		l.named[name] = t
	}
}

// text lists the declared ports.
func (l *listening) text() string {
	if l == nil {
		return ""
	}
	var out []string
	for _, p := range l.declared {
		s := single(p.Protocol, p.Number).String()
		if p.Name != "" {
			s += " (" + p.Name + ")"
		}
		out = append(out, s)
	}
	if len(out) > maxLabels {
		out = append(out[:maxLabels], fmt.Sprintf("and %d more", len(out)-maxLabels))
	}
	return strings.Join(out, ", ")
}

// name names the workloads.
func (l *listening) name() string {
	if len(l.workloads) == 1 {
		return l.workloads[0].Object.String()
	}
	return fmt.Sprintf("%s and %d more", first(l.workloads).Object, len(l.workloads)-1)
}

// has reports whether some container declares a port of a range, or a Service sends to one.
func (l *listening) has(r relation.PortRange) bool {
	for t := range l.targets {
		if t.Protocol == r.Protocol && t.Low >= r.Low && t.Low <= r.High {
			return true
		}
	}
	return slices.ContainsFunc(l.declared, func(p inventory.Port) bool {
		return p.Protocol == r.Protocol && p.Number >= r.Low && p.Number <= r.High
	})
}

var protocols = map[string]relation.Protocol{"TCP": relation.TCP, "UDP": relation.UDP, "SCTP": relation.SCTP}

// ports reports the ports of a policy's rules on which none of the pods that receive the connections
// listens.
func (c *check) ports(p *policy) {
	for _, r := range p.rules() {
		if len(r.ports) == 0 || !p.isolates[r.direction] {
			continue
		}
		if l := c.listeningOf(c.receivers(p, r)); l != nil && !l.open {
			c.work -= len(r.ports) * (1 + len(l.declared))
			c.rulePorts(p, r, l)
		}
	}
}

// use is a rule that names ports.
type use struct {
	document
	does string                        // what the rule does, such as: NetworkPolicy shop/web ingress[0] permits
	has  func(relation.PortRange) bool // whether it names a port as well
}

func (c *check) rulePorts(p *policy, r rule, l *listening) {
	u := use{p.document, p.rule(r) + " permits", func(q relation.PortRange) bool { return permits(r.ports, q) }}
	var unused []int
	for i, given := range r.ports {
		at := path("%s.ports[%d].port", r.path, i)
		protocol := protocols[string(*given.Protocol)]
		switch {
		case given.Port == nil:
			unused = append(unused, -1) // every port
		case given.Port.Type == intstr.String:
			c.namedPort(u, at, relation.NamedPort{Name: given.Port.StrVal, Protocol: protocol}, l)
		default:
			ports := single(protocol, int(given.Port.IntVal))
			if given.EndPort != nil {
				ports.High = int(*given.EndPort)
			}
			if l.has(ports) {
				unused = append(unused, -1)
			} else if t, ok := l.services[ports]; ok {
				c.servicePort(u, at, ports.String(), t, l)
			} else if !isMesh(ports) {
				unused = append(unused, i)
			}
		}
	}
	someUsed := slices.Contains(unused, -1)
	for _, i := range unused {
		if i >= 0 && l.all {
			c.unusedPort(p, r, i, someUsed, l)
		}
	}
}

// isMesh reports whether a port is one of the sidecars that meshes add to pods.
func isMesh(r relation.PortRange) bool {
	return r.Low >= 15000 && r.High <= 15099 || r.Low >= 4140 && r.High <= 4191
}

// permits reports whether a rule permits a port.
func permits(ports []networkingv1.NetworkPolicyPort, r relation.PortRange) bool {
	return slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		if protocols[string(*p.Protocol)] != r.Protocol || p.Port != nil && p.Port.Type == intstr.String {
			return false
		}
		return p.Port == nil || int(p.Port.IntVal) == r.Low || p.EndPort != nil && int(p.Port.IntVal) <= r.Low && int(*p.EndPort) >= r.High
	})
}

// servicePort reports a Service's port where the pods listen on another. A rule with both is right
// for every plugin, whatever it compares.
func (c *check) servicePort(p use, at, port string, t translation, l *listening) {
	if p.has(t.to) {
		return
	}
	d := diag.New(diag.PolicyServicePort, p.At(at), "%s %s, a port of %s, which sends it on to %s", p.does, port, t.service.Object, t.to).
		WithRelated(t.port.Span, "%s translates %d to %s", t.service.Object, t.port.Number, t.port.Target.String()).
		WithHelp("write %d: policies see packets after a Service has translated them", t.to.Low)
	if !t.declared.IsZero() {
		d = d.WithRelated(t.declared, "the container listens here")
	} else if len(l.declared) == 0 {
		d.Severity = diag.Warning // the pods may listen on both
	}
	if edit := replaced(p.At(at), strings.TrimSuffix(strings.SplitN(port, "/", 2)[0], "/"), strconv.Itoa(t.to.Low)); edit != nil {
		edit.Replacement = strconv.Itoa(t.to.Low)
		d.Fixes = []diag.Fix{{Message: "write " + edit.Replacement, Edits: []diag.Edit{*edit}}}
	}
	c.diags.Add(d)
}

// namedPort reports a name that no container gives one of its ports.
func (c *check) namedPort(p use, at string, name relation.NamedPort, l *listening) {
	var names []string
	for _, d := range l.declared {
		if d.Name == name.Name && d.Protocol == name.Protocol {
			return
		}
		if d.Protocol == name.Protocol && d.Name != "" {
			names = append(names, d.Name)
		}
	}
	if t, ok := l.named[name]; ok {
		c.servicePort(p, at, name.String(), t, l)
		return
	}
	d := diag.New(diag.PolicyUnusedPort, p.At(at), "%s the port %s, and no container of %s has a port of that name", p.does, name, l.name()).
		WithRelated(first(l.workloads).Span, "%s", first(l.workloads).Object)
	d.Severity = diag.Error
	if meant := spell.Nearest(name.Name, names); meant != "" {
		d = d.WithHelp("did you mean %s?", meant)
		if edit := replaced(p.At(at), name.Name, meant); edit != nil {
			d.Fixes = []diag.Fix{{Message: "write " + meant, Edits: []diag.Edit{*edit}}}
		}
	} else if declared := l.text(); declared != "" {
		d = d.WithHelp("the containers declare %s", declared)
	} else {
		d = d.WithHelp("write the number, or name the container's port %s", name.Name)
	}
	c.diags.Add(d)
}

// unusedPort reports a number that no container declares. Containers need not declare a port on which
// they listen, so beside a port that is declared it is only a note.
func (c *check) unusedPort(p *policy, r rule, i int, someUsed bool, l *listening) {
	given := r.ports[i]
	at := path("%s.ports[%d].port", r.path, i)
	ports := single(protocols[string(*given.Protocol)], int(given.Port.IntVal))
	if given.EndPort != nil {
		ports.High = int(*given.EndPort)
	}
	d := diag.New(diag.PolicyUnusedPort, p.At(at), "%s permits %s, and no container of %s declares that port", p.rule(r), ports, l.name()).
		WithRelated(first(l.workloads).Span, "%s", first(l.workloads).Object).
		WithHelp("the containers declare %s", l.text())
	other := slices.IndexFunc(l.declared, func(q inventory.Port) bool { return q.Number == ports.Low && ports.Low == ports.High })
	switch {
	case other >= 0:
		d = d.WithHelp("the container listens with %s: write protocol: %s", l.declared[other].Protocol, strings.ToUpper(l.declared[other].Protocol.String()))
		if edit := replaced(p.At(path("%s.ports[%d].protocol", r.path, i)), string(*given.Protocol), strings.ToUpper(l.declared[other].Protocol.String())); edit != nil && !someUsed {
			d.Fixes = []diag.Fix{{Message: "write " + edit.Replacement, Edits: []diag.Edit{*edit}}}
		}
	case someUsed:
		d.Severity = diag.Note
	default:
		if port, ok := l.only(ports.Protocol); ok && given.EndPort == nil {
			if edit := replaced(p.At(at), strconv.Itoa(ports.Low), port); edit != nil {
				edit.Replacement = port
				d.Fixes = []diag.Fix{{Message: "write " + port, Edits: []diag.Edit{*edit}}}
			}
		}
	}
	c.diags.Add(d)
}

// only returns the number of the port that the containers declare, if it is one of a protocol.
func (l *listening) only(protocol relation.Protocol) (port string, ok bool) {
	if l == nil || len(l.declared) != 1 || l.declared[0].Protocol != protocol {
		return "", false
	}
	return strconv.Itoa(l.declared[0].Number), true
}
