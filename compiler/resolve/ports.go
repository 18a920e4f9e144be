package resolve

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
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
						WithRelated(other.Span, "the other one").
						WithHelp("a name means one port of a protocol; give one of them another name"))
				}
			}
		}
		var ok bool
		if l.Ports, ok = r.port(p); ok {
			out = append(out, l)
		}
		valid = valid && ok
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
	high := low
	if p.High != nil {
		var highOK bool
		high, highOK = r.portNumber(*p.High)
		lowOK = lowOK && highOK
	}
	if !lowOK || !ok {
		return relation.Ports{}, false
	}
	if high < low {
		r.report(diag.New(diag.PortReversed, p.At, "the range %d-%d ends before it begins", low, high).
			WithHelp("write %d-%d", high, low))
		return relation.Ports{}, false
	}
	return relation.RangeOf(relation.PortRange{Protocol: protocol, Low: low, High: high}), true
}

// sameProtocol reports whether a written port has the protocol of one that is declared.
func (r *resolver) sameProtocol(l topology.Listen, p ast.Port) bool {
	protocol := relation.TCP
	if p.Protocol != nil {
		protocol, _ = relation.ParseProtocol(p.Protocol.Text)
	}
	return isOf(l, protocol)
}

// isOf reports whether a declared port is of a protocol.
func isOf(l topology.Listen, protocol relation.Protocol) bool {
	for _, p := range l.Ports.Ranges() {
		if p.Protocol == protocol {
			return true
		}
	}
	return slices.ContainsFunc(l.Ports.NamedPorts(), func(n relation.NamedPort) bool { return n.Protocol == protocol })
}

// protocol resolves a protocol; TCP where none is written, as in the Kubernetes API.
func (r *resolver) protocol(w *ast.Word) (relation.Protocol, bool) {
	if w == nil {
		return relation.TCP, true
	}
	p, ok := relation.ParseProtocol(w.Text)
	if !ok {
		r.report(diag.New(diag.UnknownProtocol, w.At, "%q is not a protocol that a NetworkPolicy knows", w.Text).
			WithHelp("write tcp, udp or sctp"))
		return relation.TCP, false
	}
	return p, true
}

func (r *resolver) portNumber(w ast.Word) (int, bool) {
	n, err := strconv.Atoi(w.Text)
	if err != nil || n < relation.MinPort || n > relation.MaxPort {
		r.report(diag.New(diag.PortRange, w.At, "%s is not a port number", w.Text).
			WithHelp("ports are from %d to %d; for all of them write any", relation.MinPort, relation.MaxPort))
		return 0, false
	}
	return n, true
}

func (r *resolver) checkPortName(w ast.Word) bool {
	if problems := r.portNames.problems(w.Text); len(problems) > 0 {
		r.report(diag.New(diag.BadPortName, w.At, "%q cannot be a port's name", w.Text).
			WithHelp("a port's name is at most 15 lower case letters, digits and '-', with a letter among them, and begins and ends with a letter or digit; two '-' may not stand together"))
		return false
	}
	return true
}

// checkPorts reports what is wrong with ports whatever the destination, which
// may not be known.
func (r *resolver) checkPorts(written *ast.Ports) {
	if written == nil {
		return
	}
	for _, p := range written.List {
		r.port(p)
	}
}

// destinationPorts resolves the ports of an edge to one destination. Where none are written they are
// what the destination listens on, or every port. The result is empty where there is an error.
func (r *resolver) destinationPorts(written *ast.Ports, to *topology.Endpoint) relation.Ports {
	listens := to.Listens()
	if written == nil {
		if len(listens) == 0 {
			return relation.EveryPort
		}
		return to.Open
	}
	all := make([]relation.Ports, 0, len(written.List))
	for _, p := range written.List {
		ports, ok := r.reference(p, to, listens)
		switch {
		case !ok:
		case len(listens) > 0 && !ports.Subset(to.Open):
			r.report(r.listensHint(diag.New(diag.NotListening, p.At, "%s does not listen on %s", to.Name, ports), to, listens))
		default:
			all = append(all, ports)
		}
	}
	return relation.UnionPorts(all...)
}

// deniedPorts resolves the ports of a deny to one destination: every port
// where none are written. What the destination does not listen on may be denied too.
func (r *resolver) deniedPorts(written *ast.Ports, to *topology.Endpoint) relation.Ports {
	if written == nil {
		return relation.EveryPort
	}
	var all []relation.Ports
	for _, p := range written.List {
		if ports, ok := r.reference(p, to, to.Listens()); ok {
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
	var named []relation.Ports
	declared := false
	for _, l := range listens {
		if l.Name != p.Name.Text {
			continue
		}
		declared = true
		if p.Protocol == nil || isOf(l, protocol) {
			named = append(named, l.Ports)
		}
	}
	switch found := relation.UnionPorts(named...); {
	case !found.IsEmpty():
		return found, true
	case declared:
		r.report(r.listensHint(diag.New(diag.NotListening, p.At, "%s does not listen on %s/%s", to.Name, p.Name.Text, protocol), to, listens))
		return relation.Ports{}, false
	case p.Protocol == nil:
		r.report(r.undefinedPort(p, to, listens))
		return relation.Ports{}, false
	case to.Kind == topology.Addresses || to.Kind == topology.Everything:
		who := to.Name + " has"
		if to.Kind == topology.Everything {
			who = "all means addresses too, and they have"
		}
		r.report(diag.New(diag.NamedPortOfAddress, p.At, "%s no containers, so nothing says what number %q is", who, p.Name.Text).
			WithHelp("write the port's number"))
		return relation.Ports{}, false
	}
	return relation.Named(relation.NamedPort{Name: p.Name.Text, Protocol: protocol}), true
}

func (r *resolver) undefinedPort(p ast.Port, to *topology.Endpoint, listens []topology.Listen) diag.Diagnostic {
	d := diag.New(diag.UndefinedPort, p.At, "%s declares no port called %q", to.Name, p.Name.Text)
	var names []string
	for _, l := range listens {
		if l.Name != "" {
			names = append(names, l.Name)
		}
	}
	switch near := spell.Nearest(p.Name.Text, names); {
	case near != "":
		return d.WithHelp("did you mean :%s?", near)
	case len(listens) > 0:
		return r.listensHint(d, to, listens)
	case to.Kind == topology.Addresses || to.Kind == topology.Everything:
		return d.WithHelp("write the port's number")
	}
	return d.WithHelp("declare it where the tier is declared (:%s=NUMBER), or write :%s/tcp for the container's port of that name", p.Name.Text, p.Name.Text)
}

// listensHint says what a destination does listen on.
func (r *resolver) listensHint(d diag.Diagnostic, to *topology.Endpoint, listens []topology.Listen) diag.Diagnostic {
	var written []string
	for _, l := range listens {
		written = append(written, l.Span.Text())
	}
	return d.WithRelated(listens[0].Span.To(listens[len(listens)-1].Span), "%s listens on %s", to.Name, strings.Join(written, ", ")).
		WithHelp("name one of the ports it has, or add the port to %s", to.Name)
}

// open returns all ports that somebody listens on.
func open(listens []topology.Listen) relation.Ports {
	all := make([]relation.Ports, len(listens))
	for i, l := range listens {
		all[i] = l.Ports
	}
	return relation.UnionPorts(all...)
}
