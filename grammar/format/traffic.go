package format

import "github.com/zt-lang/zt/grammar/ast"

func (p *printer) edge(s *ast.Edge) {
	if s.Side != nil {
		p.word(*s.Side)
		p.write(" ")
	}
	p.link(s.Link)
}

func (p *printer) link(l ast.Link) {
	p.endpoints(l.From)
	p.cell()
	arrow := "->"
	if l.Both {
		arrow = "<->"
	}
	p.write(arrow)
	p.done(l.Arrow)
	next := 0
	if len(l.To) > 0 {
		next = p.start(l.To[0].At)
	}
	p.space(" ", next, p.indent+continueIndent)
	p.endpoints(l.To)
	p.ports(l.Ports)
}

func (p *printer) deny(s *ast.Deny) {
	p.write("deny ")
	if s.Path {
		p.write("path ")
	}
	p.link(s.Link)
}

func (p *printer) dns(s *ast.DNS) {
	p.write("dns ")
	if s.Off {
		p.write("off")
		return
	}
	p.endpoints(s.Resolvers)
	p.ports(s.Ports)
}

func (p *printer) endpoints(list []ast.Endpoint) {
	for i, e := range list {
		if i > 0 {
			p.comma(e.At)
		}
		if e.Namespace != nil {
			p.word(*e.Namespace)
			p.write("/")
		}
		p.word(e.Name)
		p.except(e.Except, e.At)
		p.done(e.At)
	}
}

func (p *printer) ports(ports *ast.Ports) {
	if ports == nil {
		return
	}
	p.cell()
	p.write(":")
	for i, port := range ports.List {
		if i > 0 {
			p.comma(port.At)
		}
		p.port(port)
		p.done(port.At)
	}
}

func (p *printer) port(port ast.Port) {
	if port.Any {
		p.write("any")
		return
	}
	written := false
	for _, w := range []struct {
		sign string
		word *ast.Word
	}{{"", port.Name}, {"=", port.Low}, {"-", port.High}, {"/", port.Protocol}} {
		if w.word == nil {
			continue
		}
		if written {
			p.write(w.sign)
		}
		p.word(*w.word)
		written = true
	}
}
