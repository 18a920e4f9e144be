package picture

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/relation"
)

// OfChange returns the picture of a comparison: what opens, what closes, and between them what stays
// as it is, from a list of what the new model permits. Without a list only the change is drawn.
func OfChange(c query.Comparison, connections []query.Connection, o Options) (*Picture, error) {
	b := newBuilder(c.New, o)
	for _, n := range slices.Concat(undecided(c.Undecided), c.Notes) {
		b.note("%s", n)
	}
	if len(c.Added)+len(c.Removed) == 0 && len(c.Undecided) == 0 {
		b.note("Nothing opens and nothing closes.")
	}
	if c.More {
		b.note("There are more differences than are drawn.")
	}
	changed := map[[2]string]relation.Ports{}
	for _, side := range []struct {
		list []query.Difference
		look Look
		dns  string
	}{{c.Added, Opens, "DNS opens"}, {c.Removed, Closes, "DNS closes"}} {
		var dns []string
		for _, d := range side.list {
			ends := [2]string{key(d.From), key(d.To)}
			changed[ends] = changed[ends].Union(d.Ports)
			if !o.DNS && len(d.Because) > 0 && d.Implicit() {
				dns = append(dns, d.From.Name+" -> "+d.To.Name+" :"+d.Ports.String())
				continue
			}
			before := ""
			if d.Partly {
				before = "in part"
			}
			b.arrow(d.From, d.To, d.Ports, side.look, before)
		}
		if len(dns) > 0 {
			b.note("%s: %s", side.dns, strings.Join(dns, "; "))
		}
	}
	var same []query.Connection
	for _, x := range b.withoutDNS(connections) {
		x.Ports = x.Ports.Subtract(changed[[2]string{key(x.From), key(x.To)}])
		if !x.Ports.IsEmpty() && !c.New.Open(x) && c.Old.Permits(x) {
			same = append(same, x)
		}
	}
	for _, x := range c.New.Widest(same) {
		b.arrow(x.From, x.To, x.Ports, Permits, "")
	}
	b.note("Marks at parties are those after the change.")
	if connections == nil {
		b.note("What stays as it is, is not drawn.")
	}
	return b.finish()
}

// undecided returns the reasons for which zt cannot say what a picture shows.
func undecided(list []query.Undecided) []string {
	var out []string
	for _, u := range list {
		out = append(out, "Undecided: "+u.String())
	}
	return out
}

// AddUndecided adds notes of what zt cannot evaluate and what could change the picture.
func (p *Picture) AddUndecided(list []query.Undecided) {
	p.Notes = slices.Insert(p.Notes, 0, undecided(list)...)
}

// fewChanges is how many differences a picture on a pull request has at most.
const fewChanges = 25

// Markdown returns the picture of a comparison as a folded part of a page of markdown, or "" if it is
// too large to help.
func Markdown(c query.Comparison) (string, error) {
	if n := len(c.Added) + len(c.Removed); n == 0 || n > fewChanges || c.More {
		return "", nil
	}
	p, err := OfChange(c, nil, Options{Detail: ByTier})
	if err != nil {
		return "", err
	}
	chart, ok := p.Mermaid()
	if !ok {
		return "", nil
	}
	return fmt.Sprintf("\n<details><summary>Picture</summary>\n\n```mermaid\n%s```\n</details>\n", chart), nil
}
