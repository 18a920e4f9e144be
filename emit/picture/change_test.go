package picture

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/query"
)

func comparison(t *testing.T, old, new string) query.Comparison {
	t.Helper()
	return query.Compare(modelOf(t, old), modelOf(t, new))
}

func TestChange(t *testing.T) {
	c := comparison(t, "tier a, b, c by app\na -> b :80, 90\nb -> c :80\n", "tier a, b, c by app\na -> b :80, 443\na -> c :80\n")
	p, err := OfChange(c, c.New.Reach(), tiers)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range p.Arrows {
		got = append(got, lookNames[a.Look]+" "+a.From.Name+" -> "+a.To.Name+" "+a.Label())
	}
	want := []string{
		"permits default/a -> default/b 80/tcp", "opens default/a -> default/b 443/tcp", "closes default/a -> default/b 90/tcp",
		"opens default/a -> default/c 80/tcp", "closes default/b -> default/c 80/tcp",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if notes := strings.Join(p.Notes, "\n"); !strings.Contains(notes, "DNS closes: default/b -> kube-system/kube-dns :53/tcp, 53/udp") {
		t.Errorf("notes:\n%s", notes)
	}
	chart, err := Markdown(c)
	if err != nil || !strings.Contains(chart, `n1 -->|"opens 443/tcp"| n2`) || !strings.Contains(chart, "linkStyle 1,3 stroke:#cf222e") || strings.Contains(chart, "permits") {
		t.Errorf("%v: %s", err, chart)
	}
	same := comparison(t, "tier a, b by app\na -> b :80\n", "tier a, b by app\na -> b :80\n")
	if chart, err := Markdown(same); chart != "" || err != nil {
		t.Errorf("%v: %s", err, chart)
	}
	if p, err := OfChange(same, nil, tiers); err != nil || !slices.Contains(p.Notes, "Nothing opens and nothing closes.") {
		t.Errorf("%v: %v", err, p.Notes)
	}
}

// Each difference of random programs is an arrow or a note, what is drawn as unchanged is permitted by
// both, and the layout holds.
func TestChangesOfRandomPrograms(t *testing.T) {
	models := corpus(t)
	names := slices.Sorted(maps.Keys(models))
	changes, unchanged := 0, 0
	for i, name := range names[1:] {
		if i%4 != 0 {
			continue
		}
		c := query.Compare(models[names[i]], models[name])
		p, err := OfChange(c, c.New.Reach(), tiers)
		if err != nil {
			t.Fatal(err)
		}
		for look, list := range map[Look][]query.Difference{Opens: c.Added, Closes: c.Removed} {
			for _, d := range list {
				changes++
				arrow := slices.ContainsFunc(p.Arrows, func(a *Arrow) bool {
					ends := a.From.Name == d.From.Name && a.To.Name == d.To.Name || a.Both && a.From.Name == d.To.Name && a.To.Name == d.From.Name
					return a.Look == look && ends && d.Ports.Subset(a.Ports)
				})
				note := slices.ContainsFunc(p.Notes, func(n string) bool {
					return strings.Contains(n, d.From.Name+" -> "+d.To.Name+" :"+d.Ports.String())
				})
				if !arrow && !(note && d.Implicit()) {
					t.Errorf("%s, %s: no arrow for %s -> %s :%s", names[i], name, d.From.Name, d.To.Name, d.Ports)
				}
			}
		}
		for _, a := range p.Arrows {
			if a.Look == Permits {
				unchanged++
				q := query.Query{From: a.From.Party, To: a.To.Party, Ports: a.Ports}
				if !c.Old.Why(q).Permitted || !c.New.Why(q).Permitted {
					t.Errorf("%s, %s: %s -> %s :%s is drawn as unchanged", names[i], name, a.From.Name, a.To.Name, a.Ports)
				}
			}
		}
		if wrong := p.wrong(); len(wrong) > 0 {
			t.Errorf("%s, %s:\n%s", names[i], name, strings.Join(wrong, "\n"))
		}
	}
	if changes < 50 || unchanged == 0 {
		t.Errorf("looked at %d changes and %d arrows that stay", changes, unchanged)
	}
}
