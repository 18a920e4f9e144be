package query

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/relation"
)

// differentlyOpen returns the rules of two models of which nothing says what they match or decide, if that
// may not be the same in both. That the most and the least that two models permit are the same does not say
// so: one can permit GET and the other POST.
//
// It is the same where everything that decides about the pods of such a rule is written the same.
func differentlyOpen(old, new *Model) (reasons []Undecided) {
	if !old.readingsDiffer() && !new.readingsDiffer() {
		return nil
	}
	open := slices.Concat(old.openAlone(), new.openAlone())
	if slices.Equal(old.deciding(open), new.deciding(open)) {
		return nil
	}
	for _, r := range open {
		reasons = append(reasons, r.Undecided)
	}
	return reasons
}

// openAlone lists the rules that are open each by itself.
func (v *Model) openAlone() (out []openRule) {
	for _, r := range v.openRules {
		if r.alone {
			out = append(out, r)
		}
	}
	return out
}

// deciding returns as text what decides about the pods of rules: which of them are open and why, the policies
// about these pods, the groups of addresses, and the facts by which they are read.
func (v *Model) deciding(rules []openRule) (out []string) {
	if v.inventory == nil {
		return nil
	}
	facts := v.Relation.Facts
	isAbout := func(pods relation.Pods) bool {
		return slices.ContainsFunc(rules, func(r openRule) bool { return pods.Overlaps(r.subject, facts) })
	}
	for _, r := range v.openAlone() {
		out = append(out, r.Message)
	}
	out = append(out, fmt.Sprint(facts.Nodes.Prefixes(), facts.APIServer.Prefixes(), facts.Unmatched.Prefixes()))
	for _, p := range v.inventory.Policies {
		if isAbout(relation.Pods{Namespaces: v.Relation.Namespaces(p.Object.Namespace)}) {
			text, err := json.Marshal(p.Spec)
			if err != nil {
				panic(err) // API objects can always be written
			}
			out = append(out, p.Object.String()+" "+string(text))
		}
	}
	for _, p := range v.inventory.ClusterPolicies {
		if isAbout(p.Subject) {
			out = append(out, p.Object.String()+" "+p.Content)
		}
	}
	for _, p := range v.inventory.CiliumPolicies {
		if slices.ContainsFunc(p.Specs, func(s ciliumpolicy.Spec) bool { return isAbout(s.Subject) }) {
			out = append(append(out, p.Object.String()+" "+p.Content), v.behindServices(p.Written)...)
		}
	}
	out = append(out, v.inventory.AddressGroups...) // which rules may name
	slices.Sort(out)
	return out
}
