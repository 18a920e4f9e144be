package policycheck

import (
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// ignored reports what Cilium ignores or drops by default: labels by which policies select pods, and SCTP.
func (c *check) ignored() {
	for _, l := range c.inventory.CiliumIgnores {
		c.ignoresLabel(l.Object, l.At, l.Key)
	}
	for _, p := range c.inventory.CiliumPolicies {
		for _, s := range p.Specs {
			for _, d := range []relation.Direction{relation.Ingress, relation.Egress} {
				for _, r := range s.Rules[d] {
					if rule := (&ciliumRule{p, s, r, d}); !r.Deny && rule.namesSCTP() {
						c.dropsSCTP(rule.String(), p.At(rule.path()+".toPorts"))
					}
				}
			}
		}
	}
	if !c.byCilium {
		return
	}
	for _, p := range c.policies {
		labels := func(s relation.Selector, at string) {
			for _, k := range s.Keys() {
				if ciliumpolicy.Unidentified(k.Key) {
					c.ignoresLabel(p.Object, p.At(at), k.Key)
				}
			}
		}
		labels(p.own, "spec.podSelector")
		for _, r := range p.rules() {
			for j := range r.peers {
				if part, ok := p.part(r, j); ok {
					if pods, isPods := part.Permits.Peer.(relation.Pods); isPods {
						labels(pods.Labels, path("%s.%s[%d].podSelector", r.path, r.peersAt, j))
					}
				}
			}
			if sctp(r.ports) {
				c.dropsSCTP(p.rule(r), p.At(r.path+".ports"))
			}
		}
	}
	for _, p := range c.inventory.ClusterPolicies {
		for _, key := range ciliumpolicy.UnidentifiedOf(p.Policy) {
			c.ignoresLabel(p.Object, p.Object.Span, key)
		}
	}
}

func (c *check) ignoresLabel(o inventory.Object, at source.Span, key string) {
	d := diag.New(diag.CiliumIgnoresLabel, at, "%s selects by the label %s, which Cilium ignores by default", o, key).
		WithHelp("select the pods by another label")
	if key == relation.NameLabel {
		d.Message = fmt.Sprintf("%s selects pods by the label %s, which is a label of namespaces: no pod has it", o, key)
		d = d.WithHelp("write namespaceSelector: {matchLabels: {%s: NAMESPACE}}", key)
		if o.Kind == ciliumpolicy.Namespaced || o.Kind == ciliumpolicy.Clusterwide {
			d = d.WithHelp("write %s: NAMESPACE instead", namespaceLabel)
		}
	}
	c.diags.Add(d)
}

func (c *check) dropsSCTP(rule string, at source.Span) {
	c.diags.Add(diag.New(diag.CiliumDropsSCTP, at, "%s permits SCTP, which Cilium drops unless enable-sctp=true is set", rule).
		WithHelp("set sctp.enabled=true in Cilium's Helm chart, or permit another protocol"))
}

// namesSCTP reports whether a rule that permits has ports of SCTP, and not of any protocol.
func (r *ciliumRule) namesSCTP() bool {
	s := r.written()
	var ports []ciliumpolicy.PortRule
	if r.direction == relation.Ingress {
		ports = s.Ingress[r.rule.Index].ToPorts
	} else {
		ports = s.Egress[r.rule.Index].ToPorts
	}
	for _, p := range ports {
		for _, port := range p.Ports {
			if port.Protocol == "SCTP" {
				return true
			}
		}
	}
	return false
}

func sctp(ports []networkingv1.NetworkPolicyPort) bool {
	for _, p := range ports {
		if p.Protocol != nil && *p.Protocol == "SCTP" {
			return true
		}
	}
	return false
}
