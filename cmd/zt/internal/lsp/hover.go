package lsp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// reference is where the reference of the language is.
const reference = "https://github.com/zt-lang/zt/blob/main/grammar/README.md"

// maxLines is how many connections a hover lists in one direction.
const maxLines = 40

// hover shows what a name, an edge or a deny means, or the reference of a keyword.
func hover(s *snapshot, params protocol.PositionParams) (any, error) {
	p, ok := s.find(params.TextDocument.URI)
	if !ok {
		return nil, nil
	}
	if n, ok := p.at(params.Position); ok {
		var texts []string
		for _, o := range n.objects[:min(len(n.objects), 3)] {
			texts = append(texts, p.describe(o))
		}
		if more := len(n.objects) - len(texts); more > 0 {
			texts = append(texts, fmt.Sprintf("and %d more", more))
		}
		r := s.spanRange(n.at)
		return protocol.Hover{Contents: protocol.Markdown(strings.Join(texts, "\n\n---\n\n")), Range: &r}, nil
	}
	tok, ok := p.token(params.Position)
	if !ok {
		return nil, nil
	}
	r := s.spanRange(tok.Span)
	if slices.Contains(documented(), tok.Text()) && !p.isDenyWord(tok) {
		if section, ok := grammar.Explain(tok.Text()); ok {
			return protocol.Hover{Contents: protocol.Markdown(page(section.Text)), Range: &r}, nil
		}
	}
	switch st := p.declaration(tok.Span).(type) {
	case *ast.Edge:
		return protocol.Hover{Contents: protocol.Markdown(p.effect(st)), Range: &r}, nil
	case *ast.Deny, *ast.Isolate:
		return protocol.Hover{Contents: protocol.Markdown(p.state(st)), Range: &r}, nil
	}
	return nil, nil
}

// isDenyWord reports whether a token begins a statement that forbids: its state says more than the
// reference.
func (p place) isDenyWord(tok grammar.Token) bool {
	st := p.declaration(tok.Span)
	_, deny := st.(*ast.Deny)
	_, isolate := st.(*ast.Isolate)
	return (deny || isolate) && st.Span().Start == tok.Span.Start
}

// token returns the token at a position.
func (p place) token(position protocol.Position) (grammar.Token, bool) {
	offset := p.offset(position)
	for _, tok := range grammar.Tokens(p.tree.Source) {
		if tok.Kind != grammar.NewlineToken && tok.Kind != grammar.CommentToken && tok.Span.Start <= offset && offset < tok.Span.End {
			tok.Span.File = p.tree.Source
			return tok, true
		}
	}
	return grammar.Token{}, false
}

// contextual are the words that are words of the language only in their place.
var contextual = []string{"path", "by", "isolates", "dynamic", "except", "host", "off", "in", "notin", "ingress", "egress", "nothing", "tiers", "pods", "services"}

// documented lists the words of the language.
func documented() []string {
	words := append(grammar.Endpoints(), contextual...)
	for _, block := range []string{"", "namespace", "environment"} {
		list, _ := grammar.Statements(block)
		words = append(words, list...)
	}
	return append(words, "any")
}

// page returns a section of the reference for a reader outside of it.
func page(text string) string {
	text = strings.ReplaceAll(text, "](#", "]("+reference+"#")
	text = strings.ReplaceAll(text, "](../", "](https://github.com/zt-lang/zt/blob/main/")
	var out []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```zt") {
			line = "```zt\n"
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}

// code returns text as a block of the language.
func code(text string) string { return "```zt\n" + strings.TrimRight(text, "\n") + "\n```" }

// describe says what an object is and, of pods and addresses, all that they may do.
func (p *program) describe(o topology.Object) string {
	switch o := o.(type) {
	case *topology.Tier:
		head := "tier " + o.String()
		if o.Namespace == nil {
			head += " in " + o.Set()
		}
		return p.contract(head+" { "+o.Selector.String()+" }"+listens(o.Listens), o.Doc, p.isolation(o), o.String())
	case *topology.Namespace:
		return p.contract("namespace "+o.Name, o.Doc, isolates(o.Ingress, o.Egress), o.Name+"/*")
	case *topology.Environment:
		return p.contract("environment "+o.Name, nil, "", o.Name)
	case *topology.External:
		var blocks []string
		for _, b := range o.Endpoint.Blocks {
			blocks = append(blocks, b.Short())
		}
		for _, h := range o.Hosts {
			blocks = append(blocks, "host "+h.Name)
		}
		return p.contract("external "+o.Name+" { "+strings.Join(blocks, ", ")+" }"+listens(o.Listens), o.Doc, "", o.Name)
	case *topology.Listen:
		return code(fmt.Sprintf("port %s = %s", o.Name, o.Ports))
	}
	panic("unknown kind of object")
}

// listens returns the ports of a declaration.
func listens(list []topology.Listen) string {
	var all []string
	for _, l := range list {
		text := l.Ports.String()
		if l.Name != "" && !strings.HasPrefix(text, l.Name+"/") {
			text = l.Name + "=" + text
		}
		all = append(all, text)
	}
	if len(all) == 0 {
		return ""
	}
	return " :" + strings.Join(all, ", ")
}

// isolation says in which directions the pods of a tier are isolated.
func (p *program) isolation(t *topology.Tier) string {
	if t.Namespace == nil {
		return ""
	}
	return isolates(t.Ingress || t.Namespace.Ingress, t.Egress || t.Namespace.Egress)
}

func isolates(ingress, egress bool) string {
	switch {
	case ingress && egress:
		return "Its pods are isolated for ingress and egress."
	case ingress:
		return "Its pods are isolated for ingress. They may open any connection that its destination accepts."
	case egress:
		return "Its pods are isolated for egress. They accept every connection that its source may open."
	}
	return "Nothing isolates its pods."
}

// contract says what a party is, who reaches it and what it reaches, each with its line.
func (p *program) contract(head string, doc []string, note, party string) string {
	out := []string{code(head)}
	if len(doc) > 0 {
		out = append(out, escape(strings.Join(doc, "\n")))
	}
	if note != "" {
		out = append(out, note)
	}
	err := p.ask(func(m *query.Model) error {
		of, err := m.Party(party)
		if err != nil {
			return err
		}
		asked := []*query.Party{of}
		for _, side := range []struct {
			title    string
			from, to []*query.Party
		}{{"Who reaches it", nil, asked}, {"What it reaches", asked, nil}} {
			list, ok := m.Connections(side.from, side.to)
			switch {
			case !ok:
				out = append(out, "**"+side.title+"**: too many connections to list; ask `zt reach`.")
			case len(list) == 0:
				out = append(out, "**"+side.title+"**: nothing.")
			default:
				var b strings.Builder
				if err := m.WriteConnections(&b, list[:min(len(list), maxLines)], m.Undecided(list, side.from, side.to)); err != nil {
					return err
				}
				if more := len(list) - maxLines; more > 0 {
					fmt.Fprintf(&b, "# and %d more\n", more)
				}
				out = append(out, fmt.Sprintf("**%s** (%d)", side.title, len(list)), code(b.String()))
			}
		}
		return nil
	})
	if err != nil {
		out = append(out, "What it may do is not known: "+escape(err.Error())+".")
	}
	if !p.Complete {
		out = append(out, "The program has errors, so some connections may be missing here.")
	}
	return strings.Join(out, "\n\n")
}

// escape returns text that Markdown shows as it is.
func escape(text string) string {
	return strings.NewReplacer("\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "<", "&lt;", "[", "\\[", "#", "\\#", "|", "\\|").Replace(text)
}

// effect says what an edge permits, spread out, and what follows from it.
func (p *program) effect(st *ast.Edge) string {
	if p.Partial == nil {
		return "The program has errors, so nothing is known of this edge."
	}
	var permits, implied []string
	for _, e := range p.Partial.Edges {
		switch {
		case !e.Implicit && e.Span == st.Span():
			permits = append(permits, e.String())
		case e.Implicit && slices.ContainsFunc(e.Because, func(b *topology.Edge) bool { return b.Span == st.Span() }):
			implied = append(implied, e.String()+"  # to resolve names")
		}
	}
	if len(permits) == 0 {
		return "This edge has an error, so it permits nothing yet."
	}
	if more := len(permits) - maxLines; more > 0 {
		permits = append(permits[:maxLines], fmt.Sprintf("# and %d more", more))
	}
	return "**This edge permits**\n\n" + code(strings.Join(append(permits, implied...), "\n"))
}

// state says whether a deny or an isolate holds.
func (p *program) state(st ast.Statement) string {
	inside := func(at source.Span) bool {
		return at.File == st.Span().File && st.Span().Start <= at.Start && at.End <= st.Span().End
	}
	var broken []string
	for _, d := range p.Diagnostics {
		here := inside(d.Span)
		for _, r := range d.Related {
			here = here || inside(r.Span)
		}
		if here {
			where := ""
			if !inside(d.Span) {
				where = fmt.Sprintf(" (%s:%d)", d.Span.File.Name, d.Span.Begin().Line)
			}
			broken = append(broken, fmt.Sprintf("- %s %s: %s%s", d.Severity, d.Code, escape(d.Message), escape(where)))
		}
	}
	switch {
	case len(broken) > 0:
		return "**Reported of this statement**\n\n" + strings.Join(broken[:min(len(broken), maxLines)], "\n")
	case !p.Complete:
		return "**Not decided**: the program has errors."
	}
	return "**Holds**: no connection that this statement forbids is permitted."
}

// ask answers a question about what the program permits. A model is not for concurrent use.
func (p *program) ask(question func(*query.Model) error) error {
	p.asking.Lock()
	defer p.asking.Unlock()
	if p.model == nil && p.Partial != nil {
		if err := p.snapshot.guard(func() error {
			p.model = query.OfTopology(p.Partial, query.FactsOf(p.Partial), cmp.Or(p.snapshot.options.DefaultNamespace, "default"))
			return nil
		}); err != nil {
			return err
		}
	}
	if p.model == nil {
		return fmt.Errorf("the program has errors")
	}
	return question(p.model)
}
