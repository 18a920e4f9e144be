package format

import (
	"fmt"
	"strings"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// mostOnLine is how many items a built list in braces has on one line.
const mostOnLine = 4

func (p *printer) network(s *ast.Network) {
	p.write("network ")
	// An item ends with its line, so several items do not fit on one.
	list(p, network, s.Open.To(s.Close), len(s.Items) > 1, s.Items, func(item ast.NetworkItem) {
		p.word(item.Kind)
		p.cell()
		if item.Plugin != nil {
			p.word(*item.Plugin)
			p.settings(item.Settings)
			return
		}
		for i, a := range item.Addresses {
			if i > 0 {
				p.comma(a.At)
			}
			p.address(a)
			p.done(a.At)
		}
		p.ports(item.Listens)
	})
}

// settings writes the settings of a network plugin.
func (p *printer) settings(list []ast.Label) {
	if len(list) > 0 {
		p.write(" with ")
	}
	p.labelList(list)
}

func (p *printer) labels(s *ast.Labels) {
	p.write("labels ")
	p.labelList(s.Items)
}

func (p *printer) labelList(list []ast.Label) {
	for i, l := range list {
		if i > 0 {
			p.comma(l.At)
		}
		p.word(l.Key)
		p.write("=")
		p.word(l.Value)
	}
}

func (p *printer) tier(s *ast.Tier) {
	p.write("tier ")
	p.words(s.Names)
	if s.By != nil {
		p.cell()
		p.write("by ")
		p.word(*s.By)
	}
	if s.In != nil {
		p.cell()
		p.write("in ")
		p.word(*s.In)
	}
	if s.Selector != nil {
		if s.By == nil && s.In == nil {
			p.cell()
		} else {
			p.write(" ")
		}
		list(p, part, s.Selector.At, false, s.Selector.Requirements, p.requirement)
	}
	if s.Dynamic {
		p.write(" dynamic")
	}
	if s.Isolates != nil {
		p.write(" isolates ")
		p.word(*s.Isolates)
	}
	p.ports(s.Listens)
}

func (p *printer) external(s *ast.External) {
	p.write("external ")
	p.word(s.Name)
	p.cell()
	list(p, part, s.Open.To(s.Close), false, s.Addresses, p.address)
	p.ports(s.Listens)
}

// list writes items between braces, on one line or each on its own: as in the source, or as the
// caller demands, or several lines if a built list is long.
func list[T ast.Node](p *printer, k kind, braces source.Span, several bool, items []T, write func(T)) {
	several = several || strings.Contains(braces.Text(), "\n") || braces.IsZero() && len(items) > mostOnLine
	p.at = max(p.at, p.inner(braces).Start)
	switch {
	case p.empty(braces, len(items)):
		p.write("{}")
	case several:
		p.open()
		for _, item := range items {
			p.statement(k, item.Span(), func() { write(item) })
		}
		p.close(p.inner(braces).End)
	default:
		before := "{ "
		for _, item := range items {
			p.write(before)
			write(item)
			p.done(item.Span())
			before = ", "
		}
		p.write(" }")
	}
	p.done(braces)
}

func (p *printer) requirement(r ast.Requirement) {
	if r.Op == ast.NotExists {
		p.write("!")
	}
	p.word(r.Key)
	switch r.Op {
	case ast.Exists, ast.NotExists:
	case ast.Equals:
		p.write("=")
		p.words(r.Values)
	case ast.NotEquals:
		p.write("!=")
		p.words(r.Values)
	case ast.In:
		p.write(" in ")
		p.parenthesized(r.Values, r.At)
	case ast.NotIn:
		p.write(" notin ")
		p.parenthesized(r.Values, r.At)
	default:
		panic(fmt.Sprintf("format: unknown operator %d", int(r.Op)))
	}
}

func (p *printer) address(a ast.Address) {
	if a.Host != nil {
		p.write("host ")
		p.word(*a.Host)
		return
	}
	if a.CIDR != nil {
		p.word(*a.CIDR)
	}
	p.except(a.Except, a.At)
}

// except writes the blocks that are excluded from the one before them, at the end of span.
func (p *printer) except(blocks []ast.Word, span source.Span) {
	if len(blocks) == 0 {
		return
	}
	p.write(" except ")
	if len(blocks) > 1 || strings.HasSuffix(span.Text(), ")") {
		p.parenthesized(blocks, span)
	} else {
		p.words(blocks)
	}
}

// parenthesized writes a list in parentheses, at the end of span. Lines that end in the source
// between the words end here too.
func (p *printer) parenthesized(words []ast.Word, span source.Span) {
	p.write("(")
	if len(words) > 0 {
		p.space("", p.start(words[0].At), p.indent+continueIndent)
		p.words(words)
	}
	p.space("", p.inner(span).End, p.indent)
	p.write(")")
	p.done(span)
}

func (p *printer) words(words []ast.Word) {
	for i, w := range words {
		if i > 0 {
			p.comma(w.At)
		}
		p.word(w)
	}
}
