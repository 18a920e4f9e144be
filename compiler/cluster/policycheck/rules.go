package policycheck

import (
	"fmt"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// emptyFields reports fields without a value: they read as a restriction, and permit everything.
func (c *check) emptyFields(p *policy) {
	for _, r := range p.rules() {
		for i := range r.ports {
			at := path("%s.ports[%d].port", r.path, i)
			if _, isNull := p.Has(at); !isNull {
				continue
			}
			p.reported[r.path+".ports"] = true
			protocol := *r.ports[i].Protocol
			d := diag.New(diag.EmptyField, p.At(path("%s.ports[%d]", r.path, i)), "%s has a port without a value, which permits every port of %s", p.rule(r), protocol)
			l := c.listeningOf(c.receivers(p, r))
			if declared := l.text(); declared != "" {
				d = d.WithHelp("write the port; the containers declare %s", declared)
			} else {
				d = d.WithHelp("write the port, or only `protocol: %s` to permit every port", protocol)
			}
			if port, ok := l.only(protocols[string(protocol)]); ok {
				if edit := p.filled(path("%s.ports[%d]", r.path, i), "port", port); edit != nil {
					d.Fixes = []diag.Fix{{Message: "write " + port, Edits: []diag.Edit{*edit}}}
				}
			}
			c.diags.Add(d)
		}
		for _, field := range []string{r.peersAt, "ports"} {
			if _, isNull := p.Has(r.path + "." + field); !isNull {
				continue
			}
			p.reported[r.path] = true
			what := "port"
			if field != "ports" {
				what = "peer"
			}
			d := diag.New(diag.EmptyField, p.At(r.path), "%s has no value for %s, which permits every %s", p.rule(r), field, what)
			d.Severity = diag.Warning
			c.diags.Add(d.WithHelp("write the %ss; to permit every %s, leave out the field", what, what))
		}
	}
}

// directions reports rules for a direction that the policyTypes leave out: they have no effect.
func (c *check) directions(p *policy) {
	for _, d := range []relation.Direction{relation.Ingress, relation.Egress} {
		name, field, rules := networkingv1.PolicyTypeIngress, "spec.ingress", len(p.Spec.Ingress)
		if d == relation.Egress {
			name, field, rules = networkingv1.PolicyTypeEgress, "spec.egress", len(p.Spec.Egress)
		}
		if rules == 0 || p.isolates[d] {
			continue
		}
		out := diag.New(diag.DirectionNotDeclared, p.At(field), "%s has %s rules that have no effect: its policyTypes lack %s", p.Object, d, name).
			WithRelated(p.At("spec.policyTypes"), "the policyTypes").
			WithHelp("add %s to policyTypes", name)
		if edit := p.appended("spec.policyTypes", len(p.Spec.PolicyTypes), string(name)); edit != nil {
			out.Fixes = []diag.Fix{{Message: fmt.Sprintf("add %s to policyTypes", name), Edits: []diag.Edit{*edit}}}
		}
		c.diags.Add(out)
	}
}

// appended returns the edit that adds a text to a list of texts.
func (p document) appended(list string, length int, text string) *diag.Edit {
	last := p.At(path("%s[%d]", list, length-1))
	if last.Start == last.End {
		return nil
	}
	end := source.Span{File: last.File, Start: last.End, End: last.End}
	switch before := lineBefore(last); {
	case strings.TrimSpace(before) == "-":
		return &diag.Edit{Span: end, Replacement: "\n" + before + text}
	case strings.HasPrefix(last.Text(), `"`):
		return &diag.Edit{Span: end, Replacement: fmt.Sprintf(", %q", text)}
	}
	return &diag.Edit{Span: end, Replacement: ", " + text}
}

// maxUnits is how many peers of one direction of a policy are compared: each with all others.
const maxUnits = 300

// unit is a peer of a rule, or a rule without peers, and what it permits.
type unit struct {
	rule, peer int
	rules      []relation.Rule
}

// redundant reports rules and peers that permit nothing that the policy's other rules do not.
func (c *check) redundant(p *policy) {
	for d := range p.parts {
		var units []unit
		for _, part := range p.parts[d] {
			if n := len(units); n > 0 && part.Peer < 0 && units[n-1].rule == part.Rule && units[n-1].peer < 0 {
				units[n-1].rules = append(units[n-1].rules, part.Permits)
				continue
			}
			units = append(units, unit{part.Rule, part.Peer, []relation.Rule{part.Permits}})
		}
		if len(units) > 1 && len(units) <= maxUnits {
			c.redundantUnits(p, relation.Direction(d), units)
		}
	}
}

func (c *check) redundantUnits(p *policy, d relation.Direction, units []unit) {
	dead := map[int]int{} // to the unit that permits the same alone, or -1
	for i := len(units) - 1; i >= 0; i-- {
		var others []relation.Rule
		for j, u := range units {
			if _, gone := dead[j]; j != i && !gone {
				others = append(others, u.rules...)
			}
		}
		c.work -= len(units)
		if !c.covers(others, units[i].rules) {
			continue
		}
		by := slices.IndexFunc(units, func(u unit) bool {
			return (u.rule != units[i].rule || u.peer != units[i].peer) && c.covers(u.rules, units[i].rules)
		})
		dead[i] = by
	}
	rules := p.rules()
	reported := map[int]bool{}
	for i, u := range units {
		by, isDead := dead[i]
		r := rules[slices.IndexFunc(rules, func(r rule) bool { return r.direction == d && r.position == u.rule })]
		at := path("%s.%s[%d]", r.path, r.peersAt, u.peer)
		if !isDead || reported[u.rule] || p.reported[at] || p.reported[r.path] || p.reported[r.path+".ports"] {
			continue
		}
		if by >= 0 && units[by].rule == u.rule && u.peer >= 0 {
			other := r.peers[units[by].peer]
			if mine := r.peers[u.peer]; mine.NamespaceSelector == nil && mine.PodSelector != nil && other.PodSelector == nil && other.NamespaceSelector != nil {
				c.twoPeers(p, r, u.peer, units[by].peer, "permits nothing that the namespaceSelector does not permit")
				continue
			}
		}
		whole := !slices.ContainsFunc(units, func(o unit) bool { return o.rule == u.rule && !c.isDead(dead, units, o) })
		what := "the peer " + strings.TrimPrefix(at, "spec.")
		if whole || u.peer < 0 {
			reported[u.rule] = true
			at, what = r.path, "the rule "+strings.TrimPrefix(r.path, "spec.")
		}
		message, related := "its other rules permit all of it", source.Span{}
		if by >= 0 && (units[by].rule != u.rule || !whole) {
			other := path("spec.%s[%d]", d, units[by].rule)
			message, related = strings.TrimPrefix(other, "spec.")+" permits all of it", p.At(other)
		}
		out := diag.New(diag.RedundantRule, p.At(at), "%s of %s is redundant: %s", what, p.Object, message).
			WithHelp("remove it, or narrow the other; as it is, it restricts nothing")
		if !related.IsZero() {
			out = out.WithRelated(related, "this permits all of it")
		}
		if edit := p.removed(at); edit != nil {
			out.Fixes = []diag.Fix{{Message: "remove " + what, Edits: []diag.Edit{*edit}}}
		}
		c.diags.Add(out)
	}
}

func (c *check) isDead(dead map[int]int, units []unit, u unit) bool {
	i := slices.IndexFunc(units, func(o unit) bool { return o.rule == u.rule && o.peer == u.peer })
	_, ok := dead[i]
	return ok
}

// covers reports whether rules permit all that others do.
func (c *check) covers(rules, others []relation.Rule) bool {
	c.work -= 20 * len(rules)
	set := relation.NewRuleSet(c.facts, rules)
	return !slices.ContainsFunc(others, func(o relation.Rule) bool {
		covered, _ := set.Covers(o)
		return !covered
	})
}
