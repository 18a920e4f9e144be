package policycheck

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// maxRegions is into how many parts what is left of a rule may fall.
const maxRegions = 300

// giveUp notes that what other policies leave of a rule has too many parts, so that not all is checked of it.
func (c *check) giveUp(rule string, at source.Span) {
	if c.work >= 0 { // else that is noted
		c.gaveUp[rule] = at
	}
}

// noteGaveUp reports the rules that are not compared with all others.
func (c *check) noteGaveUp() {
	rules := slices.Sorted(maps.Keys(c.gaveUp))
	if len(rules) == 0 {
		return
	}
	more := ""
	if n := len(rules) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	d := diag.New(diag.TooMuch, c.gaveUp[rules[0]], "%s%s is not compared with all policies: they cut it into more than %d parts", rules[0], more, maxRegions)
	d.Severity = diag.Note
	c.diags.Add(d.WithHelp("select pods by fewer label keys in policies that deny, or check fewer of them together"))
}

// manyKeys is by how many label keys policies of the whole cluster select pods that may take zt more parts than it
// compares. With fewer, there are not so many.
const manyKeys = 12

// noteTooManyParts reports policies of which zt cannot answer what they permit together.
func (c *check) noteTooManyParts() {
	inv := c.inventory
	if c.keysOfCluster() < manyKeys {
		return
	}
	var policies []*networkingv1.NetworkPolicy
	for _, p := range inv.Policies {
		policies = append(policies, p.NetworkPolicy)
	}
	var cluster []*clusterpolicy.Policy
	for _, p := range inv.ClusterPolicies {
		cluster = append(cluster, p.Policy)
	}
	var cilium []*ciliumpolicy.Policy
	for _, p := range inv.CiliumPolicies {
		cilium = append(cilium, p.Policy)
	}
	var err error
	if c.byCilium {
		_, err = evaluate.TraceCilium(policies, cluster, cilium, c.facts, relation.Private, relation.Private)
	} else {
		_, err = evaluate.TraceOrdered(policies, cluster, c.facts, relation.Private, relation.Private)
	}
	if many := (*evaluate.TooManyParts)(nil); errors.As(err, &many) {
		d := diag.New(diag.TooMuch, inv.PolicySpan(many.First.Policy, many.First.Cluster, many.First.Cilium), "zt cannot tell what these policies permit together: %s", many)
		d.Severity = diag.Note
		c.diags.Add(d.WithHelp("the other checks are complete; zt why, reach, diff and verify refuse these policies: %s", many.Help()))
	}
}

// keysOfCluster returns by how many label keys policies select pods from which they take something.
func (c *check) keysOfCluster() int {
	keys := map[string]bool{}
	note := func(pods relation.Selector) {
		for _, k := range pods.Keys() {
			keys[k.Key] = true
		}
	}
	of := func(subject relation.Pods, peer relation.Peer) {
		note(subject.Labels)
		if p, ok := peer.(relation.Pods); ok {
			note(p.Labels)
		}
	}
	for _, p := range c.inventory.ClusterPolicies {
		for _, rules := range p.Policy.Rules {
			for _, r := range rules {
				for _, peer := range r.Peers {
					of(p.Policy.Subject, peer.Of)
				}
			}
		}
	}
	for _, p := range c.inventory.CiliumPolicies {
		for _, s := range p.Policy.Specs {
			for _, rules := range s.Rules {
				for _, r := range rules {
					for _, peer := range r.Peers {
						if r.Deny {
							of(s.Subject, peer.Of)
						}
					}
				}
			}
		}
	}
	return len(keys)
}
