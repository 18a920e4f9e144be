package ast

import (
	"testing"

	"github.com/zt-lang/zt/grammar/source"
)

func TestDump(t *testing.T) {
	word := func(text string) Word { return Word{Text: text} }
	host := word("a.b")
	at := Range{At: source.Span{File: source.NewFile("a.zt", "## why"), End: 6}}
	for _, tt := range []struct {
		want string
		node Statement
	}{
		{`Import{Path:"a b"}`, &Import{Path: word("a b")}},
		{`Namespace{Name:a}`, &Namespace{Head: Head{Range: at}, Name: word("a")}},
		{`Namespace{Name:a Body:{}}`, &Namespace{Name: word("a"), Body: &Block{}}},
		{`Labels{Doc:["why"] Items:[{Key:k Value:""}]}`, &Labels{
			Head: Head{Doc: []Comment{{Range: at}}}, Items: []Label{{Key: word("k")}}}},
		{`Tier{Names:[a b] Selector:{Requirements:[{Key:k Op:NotExists}]}}`, &Tier{
			Names:    []Word{word("a"), word("b")},
			Selector: &Selector{Requirements: []Requirement{{Key: word("k"), Op: NotExists}}}}},
		{`External{Name:a Addresses:[{Host:a.b}]}`, &External{Name: word("a"), Addresses: []Address{{Host: &host}}}},
		{`Deny{Path From:[{Kind:CIDR Name:"::/0"}] Both Ports:{List:[{Any}]}}`, &Deny{Path: true, Link: Link{
			From: []Endpoint{{Kind: CIDR, Name: word("::/0")}}, Both: true, Ports: &Ports{List: []Port{{Any: true}}}}}},
		{`Environment{Body:{Statements:[DNS{Off}]}}`, &Environment{Body: &Block{Statements: []Statement{&DNS{Off: true}}}}},
	} {
		if got := Dump(tt.node); got != tt.want {
			t.Errorf("Dump = %s, want %s", got, tt.want)
		}
	}
	if got := Dump(&DNS{}, &DNS{Off: true}); got != "DNS{} DNS{Off}" {
		t.Errorf("Dump of two statements = %s", got)
	}
}
