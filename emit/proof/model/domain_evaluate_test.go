package model

import (
	"cmp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// orderedObject is a ClusterNetworkPolicy, as far as zt writes it for DNS names.
type orderedObject struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       struct {
		Tier     string      `json:"tier"`
		Priority int         `json:"priority"`
		Subject  orderedPeer `json:"subject"`
		Egress   []struct {
			Action    string                        `json:"action"`
			To        []orderedPeer                 `json:"to"`
			Protocols []map[string]orderedProtocols `json:"protocols"`
		} `json:"egress"`
	} `json:"spec"`
}

type (
	orderedPeer struct {
		DomainNames []string              `json:"domainNames"`
		Namespaces  *metav1.LabelSelector `json:"namespaces"`
		Pods        *struct {
			NamespaceSelector metav1.LabelSelector `json:"namespaceSelector"`
			PodSelector       metav1.LabelSelector `json:"podSelector"`
		} `json:"pods"`
	}
	orderedProtocols struct {
		DestinationPort struct {
			Number int `json:"number"`
			Range  *struct {
				Start int `json:"start"`
				End   int `json:"end"`
			} `json:"range"`
		} `json:"destinationPort"`
	}
)

func (p orderedPeer) has(x *party) bool {
	switch {
	case p.Namespaces != nil:
		return x.isPod() && matchesLabels(p.Namespaces, x.spaceLabels)
	case p.Pods != nil:
		return x.isPod() && matchesLabels(&p.Pods.NamespaceSelector, x.spaceLabels) && matchesLabels(&p.Pods.PodSelector, x.labels)
	}
	return x.host != "" && slices.ContainsFunc(p.DomainNames, func(name string) bool {
		// "* matches one or more entire labels ... may only be specified as a prefix"
		labels, of := strings.Split(name, "."), strings.Split(x.host, ".")
		if labels[0] != "*" {
			return slices.Equal(labels, of)
		}
		return len(of) >= len(labels) && slices.Equal(labels[1:], of[len(of)-len(labels)+1:])
	})
}

// tiered is NetworkPolicies and the ClusterNetworkPolicies beside them.
type tiered struct {
	plain   *cluster
	ordered []orderedObject
}

// permits asks the tier Admin first, by priority, and then NetworkPolicies. Only rules for egress are in it.
func (c *tiered) permits(s, d *party, on port) bool {
	if s == d {
		return true
	}
	l := c.plain.link(s, d)
	switch c.decides(s, d, on) {
	case "Accept":
		l.egressIsolated = false
	case "Deny":
		return false
	}
	return l.permits(on)
}

func (c *tiered) decides(s, d *party, on port) string {
	list := slices.Clone(c.ordered)
	slices.SortStableFunc(list, func(a, b orderedObject) int { return cmp.Compare(a.Spec.Priority, b.Spec.Priority) })
	for _, p := range list {
		if p.Spec.Tier != "Admin" || !p.Spec.Subject.has(s) {
			continue
		}
		for _, r := range p.Spec.Egress {
			matches := r.Protocols == nil
			for _, q := range r.Protocols {
				if to, ok := q[on.protocol]; ok {
					at := to.DestinationPort
					matches = matches || at.Number == on.number || at.Range != nil && at.Range.Start <= on.number && on.number <= at.Range.End
				}
			}
			if matches && slices.ContainsFunc(r.To, func(p orderedPeer) bool { return p.has(d) }) {
				return r.Action
			}
		}
	}
	return ""
}
