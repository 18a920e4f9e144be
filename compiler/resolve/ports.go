package resolve

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

// listens resolves the ports that a tier or external listens on.
// It also reports whether all of them are right.
func (r *resolver) listens(ports *ast.Ports) (out []topology.Listen, valid bool) {
	if ports == nil {
		return nil, true
	}
	valid = true
	out = make([]topology.Listen, 0, len(ports.List))
	for _, p := range ports.List {
		l := topology.Listen{Span: p.At}
		if p.Name != nil {
			l.Name = p.Name.Text
			for _, other := range out {
				if other.Name == l.Name && other.Ports.MayOverlap(relation.EveryPort) && r.sameProtocol(other, p) {
					r.report(diag.New(diag.Duplicate, p.Name.At, "port %q is declared twice", l.Name).
						WithRelated(other.Span, "first declared here").
						WithHelp("rename one of the two"))
				}
			}
		}
		var ok bool
		if l.Ports, ok = r.port(p); ok {
			out = append(out, l)
			if p.Name != nil {
				r.options.Info.define(p.Name.At, &out[len(out)-1])
			}
		}
		valid = valid && ok
	}
	return out, valid
}

// addressListens resolves the ports on which addresses listen. They need numbers.
func (r *resolver) addressListens(ports *ast.Ports) (out []topology.Listen, valid bool) {
	out, valid = r.listens(ports)
	for _, l := range out {
		if named := l.Ports.NamedPorts(); len(named) > 0 {
			valid = false
			r.report(diag.New(diag.NamedPortOfAddress, l.Span, "port %q needs a number: addresses have no named ports", named[0].Name).
				WithHelp("write %s=NUMBER/%s", named[0].Name, named[0].Protocol))
		}
	}
	return out, valid
}

// port resolves a port that is given by itself: a number, a range, a
// container's named port, or any.
func (r *resolver) port(p ast.Port) (relation.Ports, bool) {
	if p.Any {
		return relation.EveryPort, true
	}
	protocol, ok := r.protocol(p.Protocol)
	if p.Name != nil {
		ok = r.checkPortName(*p.Name) && ok
	}
	if p.Low == nil {
		if p.Name == nil {
			return relation.Ports{}, false
		}
		return relation.Named(relation.NamedPort{Name: p.Name.Text, Protocol: protocol}), ok
	}
	low, lowOK := r.portNumber(*p.Low)
	high, highOK := low, lowOK
	if p.High != nil {
		high, highOK = r.portNumber(*p.High)
	}
	if !lowOK || !highOK || !ok {
		return relation.Ports{}, false
	}
	if high < low {
		r.report(diag.New(diag.PortReversed, p.At, "port range %d-%d ends before it starts", low, high).
			WithFix(p.Low.At.To(p.High.At), fmt.Sprintf("%d-%d", high, low), "write %d-%d", high, low))
		return relation.Ports{}, false
	}
	return relation.RangeOf(relation.PortRange{Protocol: protocol, Low: low, High: high}), true
}

// sameProtocol reports whether a written port has the protocol of one that is declared.
func (r *resolver) sameProtocol(l topology.Listen, p ast.Port) bool {
	protocol, known := relation.TCP, true
	if p.Protocol != nil {
		protocol, known = relation.ParseProtocol(p.Protocol.Text)
	}
	return known && l.Ports.Has(protocol)
}

// protocol resolves a protocol; TCP where none is written, as in the Kubernetes API.
func (r *resolver) protocol(w *ast.Word) (relation.Protocol, bool) {
	if w == nil {
		return relation.TCP, true
	}
	p, ok := relation.ParseProtocol(w.Text)
	if !ok {
		d := diag.New(diag.UnknownProtocol, w.At, "unknown protocol %q", w.Text)
		if near := spell.Nearest(strings.ToLower(w.Text), []string{"tcp", "udp", "sctp"}); near != "" {
			d = d.WithFix(w.At, near, "did you mean %s?", near)
		} else if _, err := strconv.Atoi(w.Text); err == nil {
			d = d.WithHelp("to name a port, write NAME=%s", w.Text)
		} else {
			d = d.WithHelp("write tcp, udp or sctp; for two, write 80/tcp, 80/udp")
		}
		r.report(d)
		return relation.TCP, false
	}
	return p, true
}

func (r *resolver) portNumber(w ast.Word) (int, bool) {
	n, err := strconv.Atoi(w.Text)
	if err != nil || n < relation.MinPort || n > relation.MaxPort {
		r.report(diag.New(diag.PortRange, w.At, "%s is not a valid port number", w.Text).
			WithHelp("write a number from %d to %d, or `any` for every port", relation.MinPort, relation.MaxPort))
		return 0, false
	}
	return n, true
}

func (r *resolver) checkPortName(w ast.Word) bool {
	return r.valid(validation.IsValidPortName, diag.BadPortName, w, w.Text, "port name",
		"use up to 15 of a-z, 0-9 and '-' (inside, not doubled), with at least one letter")
}

// checkPorts reports what is wrong with ports even if no destination is known.
func (r *resolver) checkPorts(written *ast.Ports, sides ...[]topology.Party) {
	if written != nil && slices.ContainsFunc(sides, func(side []topology.Party) bool { return len(side) == 0 }) {
		for _, p := range written.List {
			r.port(p)
		}
	}
}

// listening returns the destinations of an edge or deny with their ports, without those of which the
// ports are wrong, which is reported. The name of a port at a set of namespaces means the tiers there
// that declare a port of this name.
func (r *resolver) listening(written *ast.Ports, to []topology.Party, denied bool) []topology.Party {
	out := make([]topology.Party, 0, len(to))
	for _, p := range to {
		ports := written
		if spaces, several := r.spaces(p.Endpoint); several {
			var names []ast.Port
			if names, ports = splitNames(written); len(names) > 0 {
				out = append(out, r.tiersWith(names, p, spaces)...)
			}
			if len(names) > 0 && ports == nil {
				continue
			}
		}
		if p.Ports = r.destinationPorts(ports, p.Endpoint, denied); !p.Ports.IsEmpty() {
			out = append(out, p)
		}
	}
	return out
}

// destinationPorts resolves the ports of an edge to one destination. Where none are written they are
// what the destination listens on, or every port. Those of a deny are every port, and may be ports on
// which the destination does not listen. The result is empty where there is an error.
func (r *resolver) destinationPorts(written *ast.Ports, to *topology.Endpoint, denied bool) relation.Ports {
	listens := to.Listens()
	switch {
	case written == nil && (denied || len(listens) == 0):
		return relation.EveryPort
	case written == nil:
		return to.Open
	}
	var buffer [4]relation.Ports // on the stack: most edges have few ports
	all := buffer[:0]
	for _, p := range written.List {
		ports, ok := r.reference(p, to, listens)
		switch {
		case !ok:
		case !denied && len(listens) > 0 && !ports.Subset(to.Open):
			d := r.listensHint(diag.New(diag.NotListening, p.At, "%s does not listen on %s", to.Name, ports), to, listens)
			if p.Any {
				d.Help = "write no ports for all on which it listens"
			}
			r.report(d)
		default:
			all = append(all, ports)
		}
	}
	return relation.UnionPorts(all...)
}

// reference resolves one port that an edge or deny names at a destination.
func (r *resolver) reference(p ast.Port, to *topology.Endpoint, listens []topology.Listen) (relation.Ports, bool) {
	if p.Name == nil {
		return r.port(p)
	}
	protocol, protocolOK := r.protocol(p.Protocol)
	if !protocolOK || !r.checkPortName(*p.Name) {
		return relation.Ports{}, false
	}
	var found relation.Ports
	declared := false
	for i, l := range listens {
		declared = declared || l.Name == p.Name.Text
		if l.Name == p.Name.Text && (p.Protocol == nil || l.Ports.Has(protocol)) {
			r.options.Info.use(p.Name.At, &listens[i])
			if found.IsEmpty() {
				found = l.Ports
			} else {
				found = found.Union(l.Ports)
			}
		}
	}
	switch {
	case !found.IsEmpty():
		return found, true
	case declared:
		r.report(r.listensHint(diag.New(diag.NotListening, p.At, "%s does not listen on %s/%s", to.Name, p.Name.Text, protocol), to, listens))
	case p.Protocol == nil:
		r.report(r.undefinedPort(p, to, listens))
	case to.Kind == topology.Addresses || to.Kind == topology.Everything:
		r.report(diag.New(diag.NamedPortOfAddress, p.At, "port %q needs a number, since %s includes addresses", p.Name.Text, to.Name).
			WithHelp("write the port number"))
	default:
		return relation.Named(relation.NamedPort{Name: p.Name.Text, Protocol: protocol}), true
	}
	return relation.Ports{}, false
}

func (r *resolver) undefinedPort(p ast.Port, to *topology.Endpoint, listens []topology.Listen) diag.Diagnostic {
	d := diag.New(diag.UndefinedPort, p.At, "%s has no port named %q", to.Name, p.Name.Text)
	var names []string
	for _, l := range listens {
		if l.Name != "" {
			names = append(names, l.Name)
		}
	}
	write, help := grammar.InsteadOfPort(p.Name.Text)
	switch near := spell.Nearest(p.Name.Text, names); {
	case near != "":
		return d.WithFix(p.Name.At, near, "did you mean :%s?", near)
	case write != "":
		return d.WithFix(p.Name.At, write, "%s", help)
	case help != "":
		return d.WithHelp("%s", help)
	case len(listens) > 0:
		return r.listensHint(d, to, listens)
	case to.Kind == topology.Addresses || to.Kind == topology.Everything:
		return d.WithHelp("write the port number")
	}
	return d.WithHelp("declare it with the tier (:%s=NUMBER), or write :%s/tcp for a named port", p.Name.Text, p.Name.Text)
}

// listensHint adds the ports on which a destination listens.
func (r *resolver) listensHint(d diag.Diagnostic, to *topology.Endpoint, listens []topology.Listen) diag.Diagnostic {
	var written []string
	for _, l := range listens {
		written = append(written, l.Span.Text())
	}
	return d.WithRelated(listens[0].Span.To(listens[len(listens)-1].Span), "%s listens on %s", to.Name, strings.Join(written, ", ")).
		WithHelp("use one of its ports, or declare this port for %s", to.Name)
}

// open returns all ports of a list.
func open(listens []topology.Listen) relation.Ports {
	var buffer [8]relation.Ports // on the stack
	all := buffer[:0]
	for _, l := range listens {
		all = append(all, l.Ports)
	}
	return relation.UnionPorts(all...)
}
