package policies

import (
	"errors"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// proveGuards compares what the program builds with the policies: all together, and the guardrails alone, whatever
// NetworkPolicies are beside them.
func (d *draft) proveGuards(files []manifest.File, facts *relation.Facts) (diag.List, error) {
	built := &inventory.Inventory{}
	if len(files) > 0 { // all that the program builds, as one stream
		read, diags := inventory.Read([]*source.File{source.NewFile("", string(files[0].Data))}, "")
		if diags.Errors() > 0 {
			return nil, errors.New(diags[0].Message)
		}
		built = read
	}
	var builtPlain []*networkingv1.NetworkPolicy
	for _, p := range built.Policies {
		builtPlain = append(builtPlain, p.NetworkPolicy)
	}
	var builtGuards []*clusterpolicy.Policy
	for _, p := range built.ClusterPolicies {
		builtGuards = append(builtGuards, p.Policy)
	}
	compare := func(plain, builtPlain []*networkingv1.NetworkPolicy, guards, builtGuards []*clusterpolicy.Policy, more, less string) (diag.List, error) {
		var found differences
		least, most, err := evaluate.Together(policyset.FromObjects(plain), guards, facts, relation.Private)
		if err != nil {
			return d.limited(err)
		}
		builtLeast, builtMost, err := evaluate.Together(policyset.FromObjects(builtPlain), builtGuards, facts, relation.Private)
		if err != nil {
			return d.limited(err)
		}
		found.find(builtMost, least, diag.PermitsMore, more)
		found.find(most, builtLeast, diag.PermitsLess, less)
		return found.diags(d), nil
	}
	found, err := compare(d.plain(), builtPlain, d.guards(), builtGuards, "the program permits %s, which the policies do not", "the program does not permit %s, which the policies do")
	if err != nil || len(found) > 0 {
		return found, err
	}
	return compare(nil, nil, leaving(d.guards()), leaving(builtGuards),
		"the guardrails of the program leave %s to NetworkPolicies, which the policies deny", "the guardrails of the program deny %s, which the policies leave to NetworkPolicies")
}

// leaving returns what policies deny before NetworkPolicies. What they accept, they leave open as what they do not
// match.
func leaving(list []*clusterpolicy.Policy) (out []*clusterpolicy.Policy) {
	for _, p := range list {
		if !isAdmin(p) {
			continue
		}
		left := *p
		for direction, rules := range p.Rules {
			left.Rules[direction] = nil
			for _, r := range rules {
				if r.Action == clusterpolicy.Accept {
					r.Action = clusterpolicy.Pass
				}
				left.Rules[direction] = append(left.Rules[direction], r)
			}
		}
		out = append(out, &left)
	}
	return out
}
