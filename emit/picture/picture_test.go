package picture

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/relation"
)

// modelOf compiles a program, which may be warned of.
func modelOf(t testing.TB, text string) *query.Model {
	t.Helper()
	return compiled(t, []compiler.Input{{Path: "shop.zt", Name: "shop.zt", Text: &text}})
}

func compiled(t testing.TB, in []compiler.Input) *query.Model {
	t.Helper()
	top, diags, err := compiler.Program(os.DirFS("/"), in, nil, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diags {
		if d.Severity == 0 && top == nil {
			t.Fatalf("%s: %s", d.Code, d.Message)
		}
	}
	return query.OfTopology(top, query.FactsOf(top), "default")
}

var tiers = Options{Title: "t", Detail: ByTier}

func drawn(t testing.TB, v *query.Model, o Options) *Picture {
	t.Helper()
	list, ok := v.Connections(o.From, o.To)
	if !ok {
		t.Fatal("too many connections")
	}
	p, err := Of(v, list, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// corpus returns the models of the random programs of the compiler's tests, and of the examples.
func corpus(t testing.TB) map[string]*query.Model {
	t.Helper()
	out := map[string]*query.Model{}
	programs, _ := filepath.Glob("../proof/model/testdata/programs/*.zt")
	if len(programs) < 100 {
		t.Fatalf("found %d programs", len(programs))
	}
	for i, path := range programs {
		if testing.Short() && i%5 > 0 {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(path)] = modelOf(t, string(text))
	}
	for _, name := range []string{"three-tier", "platform", "online-boutique", "environments", "tenants", "namespace-isolation", "some-pods"} {
		files, _ := filepath.Glob("../../examples/" + name + "/*.zt")
		var in []compiler.Input
		for _, f := range files {
			at, err := filepath.Abs(f)
			if err != nil {
				t.Fatal(err)
			}
			in = append(in, compiler.Input{Path: strings.TrimPrefix(filepath.ToSlash(at), "/")})
		}
		if len(in) == 0 {
			t.Fatalf("no example %s", name)
		}
		out[name] = compiled(t, in)
	}
	return out
}

// Every permitted connection is an arrow between its ends, or between sets that they are in; or it is
// one of pods that are marked as not isolated; or it is DNS, which a mark tells.
func TestShowsWhatIsPermitted(t *testing.T) {
	arrows, marks, dns := 0, 0, 0
	for name, v := range corpus(t) {
		p := drawn(t, v, tiers)
		at := map[string]*Node{}
		for _, n := range p.all() {
			at[key(n.Party)] = n
		}
		inside := func(q *query.Party, n *Node) bool {
			return n.Party == q || key(n.Party) == key(q) || !q.Free && !n.Party.Free && v.Within(q, n.Party)
		}
		// All is whoever is not isolated.
		from := func(q *query.Party, n *Node) bool {
			return inside(q, n) || n.Party.Free && v.Free(q, relation.Egress) == query.All
		}
		to := func(q *query.Party, n *Node) bool {
			return inside(q, n) || n.Party.Free && v.Free(q, relation.Ingress) == query.All
		}
		for _, c := range v.Reach() {
			switch {
			case v.Open(c):
				marks++
				end := c.From
				if c.From.Free {
					end = c.To
				}
				if s, _ := end.Sort(); s != query.Pods || end.IsPrelude() {
					continue // a set is drawn where it has an arrow
				}
				if n := at[key(end)]; n == nil || !n.Open {
					t.Errorf("%s: %s is not marked as not isolated", name, end.Name)
				}
			case len(c.Because) > 0 && c.Implicit():
				dns++
				if n := at[key(c.From)]; n != nil && !slices.Contains(n.Marks, "dns") {
					t.Errorf("%s: %s is not marked as resolving names", name, c.From.Name)
				}
				if !strings.Contains(strings.Join(p.Notes, "\n"), c.To.Name+" :"+c.Ports.String()) {
					t.Errorf("%s: no note of the resolver %s", name, c.To.Name)
				}
			default:
				arrows++
				if !slices.ContainsFunc(p.Arrows, func(a *Arrow) bool {
					there := from(c.From, a.From) && to(c.To, a.To) || a.Both && from(c.From, a.To) && to(c.To, a.From)
					return a.Look == Permits && there && c.Ports.Subset(a.Ports)
				}) {
					t.Errorf("%s: no arrow for %s -> %s :%s", name, c.From.Name, c.To.Name, c.Ports)
				}
			}
		}
	}
	if arrows < 100 || marks < 20 || dns < 20 {
		t.Errorf("looked at %d arrows, %d marks, %d resolvers", arrows, marks, dns)
	}
}

// Arrows are permitted: no picture shows more than there is.
func TestShowsOnlyWhatIsPermitted(t *testing.T) {
	for name, v := range corpus(t) {
		for _, a := range drawn(t, v, tiers).Arrows {
			if a.Look != Permits {
				continue
			}
			ends := [][2]*query.Party{{a.From.Party, a.To.Party}}
			if a.Both {
				ends = append(ends, [2]*query.Party{a.To.Party, a.From.Party})
			}
			for _, e := range ends {
				if !v.Why(query.Query{From: e[0], To: e[1], Ports: a.Ports}).Permitted {
					t.Errorf("%s: %s -> %s :%s is drawn and not permitted", name, e[0].Name, e[1].Name, a.Ports)
				}
			}
		}
	}
}

// What no list of connections between parties has is noted: here, of pods of two tiers.
func TestNotesWhatIsNotDrawn(t *testing.T) {
	p := drawn(t, modelOf(t, `namespace a {
  tier one { one }
  tier two { two }
  tier db { db } :5432
}
egress a/one -> a/db :5432
ingress a/two -> a/db :5432
`), tiers)
	if notes := strings.Join(p.Notes, "\n"); !strings.Contains(notes, "Also permitted and not drawn, such as a/{one=") || !strings.Contains(notes, "5432/tcp") {
		t.Errorf("notes:\n%s", notes)
	}
	if p := drawn(t, modelOf(t, "tier web, db by app\nweb -> db :5432\n"), tiers); strings.Contains(strings.Join(p.Notes, "\n"), "Also") {
		t.Errorf("notes:\n%s", p.Notes)
	}
}

func TestPicture(t *testing.T) {
	const text = `namespace shop {
  tier web { app=web }
  tier api { app=api }
  tier db { app=db }
}
namespace open isolates nothing {
  tier probe { app=probe }
}
namespace half isolates ingress {
  tier job { app=job } :9000
}
shop/web <-> shop/api :8080, 8081
internet -> shop/web :80, 443
open/probe -> shop/*, shop/db :9090
shop/db -> shop/db :5433
deny internet -> shop/db
deny path shop/db -> internet
`
	v := modelOf(t, text)
	p := drawn(t, v, tiers)
	var got []string
	for _, a := range p.Arrows {
		arrow := " -> "
		if a.Both {
			arrow = " <-> "
		}
		got = append(got, a.From.Name+arrow+a.To.Name+" "+a.Label())
	}
	want := []string{
		"open/probe -> shop/* 9090/tcp", // and shop/db is in shop/*
		"shop/db -> shop/db 5433/tcp", "shop/db -> internet deny path", "shop/web <-> shop/api 8080/tcp, 8081/tcp", "internet -> shop/db deny",
		"internet -> shop/web 80/tcp, 443/tcp",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var marks []string
	for _, b := range p.Boxes {
		marks = append(marks, b.Name+": "+b.Mark)
		for _, n := range b.Nodes {
			marks = append(marks, n.Label+": "+strings.Join(append(n.Marks, n.Self...), ", "))
		}
	}
	wantMarks := []string{"half: egress not isolated", "job: ", "open: not isolated", "probe: ", "shop: ", "every pod: ", "api: dns", "db: dns, to itself: 5433/tcp", "web: dns"}
	if !slices.Equal(marks, wantMarks) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(marks, "\n"), strings.Join(wantMarks, "\n"))
	}

	p = drawn(t, v, Options{Detail: ByNamespace})
	for _, want := range []string{`"shop<br/>3 parties<br/>3 connections inside<br/>dns"`, `"open<br/>1 party<br/>not isolated"`, "Namespaces are drawn"} {
		if text, ok := p.Mermaid(); !ok || !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	from, err := v.Party("internet")
	if err != nil {
		t.Fatal(err)
	}
	p = drawn(t, v, Options{From: []*query.Party{from}})
	if len(p.Arrows) == 0 || p.Arrows[0].From.Name != "internet" || !strings.Contains(p.Notes[0], "Only connections from internet are drawn.") {
		t.Errorf("%v", p.Notes)
	}
	if p := drawn(t, v, Options{Detail: ByTier, DNS: true}); !slices.ContainsFunc(p.Arrows, func(a *Arrow) bool { return a.To.Name == "kube-system/kube-dns" }) {
		t.Error("no arrow to the resolvers")
	}
}

// Large programs are drawn by namespace, and those that are too large not at all.
func TestTooMany(t *testing.T) {
	var b strings.Builder
	for i := range 30 {
		b.WriteString("namespace n" + strings.Repeat("x", i) + " { tier a, b, c, d by app; a -> b :80 }\n")
	}
	v := modelOf(t, b.String())
	o := Options{Detail: Auto, MostNodes: 100, MostArrows: 100}
	if p := drawn(t, v, o); len(p.Boxes) > 0 || len(p.Nodes) != 30 {
		t.Errorf("%d boxes and %d nodes", len(p.Boxes), len(p.Nodes))
	}
	o.MostNodes = 200
	if p := drawn(t, v, o); len(p.Boxes) != 30 {
		t.Errorf("%d boxes", len(p.Boxes))
	}
	many := &Picture{}
	n := &Node{ID: 1, Name: "a"}
	for range MermaidArrows + 1 {
		many.Arrows = append(many.Arrows, &Arrow{From: n, To: n, Ports: relation.EveryPort})
	}
	if _, ok := many.Mermaid(); ok {
		t.Error("Mermaid does not draw so many arrows")
	}
}
