package model

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// orderedObject is a ClusterNetworkPolicy, as far as zt writes it.
type orderedObject struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       struct {
		Tier     string        `json:"tier"`
		Priority int           `json:"priority"`
		Subject  orderedPeer   `json:"subject"`
		Ingress  []orderedRule `json:"ingress"`
		Egress   []orderedRule `json:"egress"`
	} `json:"spec"`
}

type (
	orderedRule struct {
		Action    string                        `json:"action"`
		From      []orderedPeer                 `json:"from"`
		To        []orderedPeer                 `json:"to"`
		Protocols []map[string]orderedProtocols `json:"protocols"`
	}
	orderedPeer struct {
		DomainNames []string              `json:"domainNames"`
		Networks    []netip.Prefix        `json:"networks"`
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
	if x.inBlock(func(a netip.Addr) bool {
		return slices.ContainsFunc(p.Networks, func(n netip.Prefix) bool { return n.Contains(a) })
	}) {
		return true
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

// permits asks the tier Admin first, by priority, and then NetworkPolicies, for each side.
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
	return c.arrives(s, d, on) != "Deny" && l.permits(on)
}

// decides returns what the tier Admin does with a connection where it starts.
func (c *tiered) decides(s, d *party, on port) string {
	return c.first(s, d, on, func(o orderedObject) []orderedRule { return o.Spec.Egress })
}

// arrives returns what the tier Admin does with a connection where it arrives. No rule accepts there.
func (c *tiered) arrives(s, d *party, on port) string {
	return c.first(d, s, on, func(o orderedObject) []orderedRule { return o.Spec.Ingress })
}

// first returns the action of the first rule of the tier Admin that matches a pod and its peer.
func (c *tiered) first(own, peer *party, on port, rules func(orderedObject) []orderedRule) string {
	list := slices.Clone(c.ordered)
	slices.SortStableFunc(list, func(a, b orderedObject) int { return cmp.Compare(a.Spec.Priority, b.Spec.Priority) })
	for _, p := range list {
		if p.Spec.Tier != "Admin" || !own.isPod() || !p.Spec.Subject.has(own) {
			continue
		}
		for _, r := range rules(p) {
			matches := r.Protocols == nil
			for _, q := range r.Protocols {
				if to, ok := q[on.protocol]; ok {
					at := to.DestinationPort
					matches = matches || at.Number == on.number || at.Range != nil && at.Range.Start <= on.number && on.number <= at.Range.End
				}
			}
			if matches && slices.ContainsFunc(slices.Concat(r.From, r.To), func(p orderedPeer) bool { return p.has(peer) }) {
				return r.Action
			}
		}
	}
	return ""
}
