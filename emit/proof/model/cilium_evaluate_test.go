package model

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ciliumCluster decides what a set of policies of Cilium permits, in a cluster whose nodes and API
// server have certain addresses. It follows Cilium's documentation (security/policy), with no code of zt.
type ciliumCluster struct {
	policies  []ciliumObject
	nodes     []addressBlock
	apiserver []addressBlock
}

// ciliumObject has the fields that zt writes.
type ciliumObject struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        struct {
		Name, Namespace     string
		Labels, Annotations map[string]string
	}
	Spec struct {
		EndpointSelector  metav1.LabelSelector `json:"endpointSelector"`
		EnableDefaultDeny map[string]bool      `json:"enableDefaultDeny"`
		Ingress           []ciliumRule         `json:"ingress"`
		Egress            []ciliumRule         `json:"egress"`
		IngressDeny       []ciliumRule         `json:"ingressDeny"`
		EgressDeny        []ciliumRule         `json:"egressDeny"`
	}
}

// rules are the rules of a direction: those that permit, and those that deny.
func (o *ciliumObject) rules(direction string) (permit, deny []ciliumRule) {
	if direction == "egress" {
		return o.Spec.Egress, o.Spec.EgressDeny
	}
	return o.Spec.Ingress, o.Spec.IngressDeny
}

// selects: a policy without a namespace is about pods of all.
func (o *ciliumObject) selects(p *party) bool {
	space := o.Metadata.Namespace
	return p.isPod() && (space == "" || space == p.space) && matchesEndpoint(o.Spec.EndpointSelector, space, p)
}

// ciliumRule has the fields of both directions.
type ciliumRule struct {
	FromEndpoints []metav1.LabelSelector `json:"fromEndpoints"`
	FromCIDRSet   []ciliumBlock          `json:"fromCIDRSet"`
	FromEntities  []string               `json:"fromEntities"`
	ToEndpoints   []metav1.LabelSelector `json:"toEndpoints"`
	ToCIDRSet     []ciliumBlock          `json:"toCIDRSet"`
	ToEntities    []string               `json:"toEntities"`
	ToFQDNs       []ciliumHost           `json:"toFQDNs"`
	ToPorts       []struct {
		Ports []ciliumPort
		Rules map[string]any
	} `json:"toPorts"`
}

type ciliumBlock struct {
	CIDR   string
	Except []string
}

type ciliumHost struct {
	MatchName    string `json:"matchName"`
	MatchPattern string `json:"matchPattern"`
}

type ciliumPort struct {
	Port     string
	EndPort  int `json:"endPort"`
	Protocol string
}

func (c *ciliumCluster) permits(s, d *party, on port) bool {
	return s == d || c.side(s, d, d, on, "egress") && c.side(d, s, d, on, "ingress")
}

// side reports whether the policies about one end of a connection permit it: none must deny it, and if any
// isolates the end, one must permit it. A rule of a direction isolates, also if it denies, unless the policy says
// otherwise.
func (c *ciliumCluster) side(own, peer, to *party, on port, direction string) bool {
	isolated, permitted := false, false
	for i := range c.policies {
		o := &c.policies[i]
		if !o.selects(own) {
			continue
		}
		permit, deny := o.rules(direction)
		isolates, said := o.Spec.EnableDefaultDeny[direction]
		isolated = isolated || len(permit)+len(deny) > 0 && (isolates || !said)
		match := func(r ciliumRule) bool { return c.matches(r, o.Metadata.Namespace, peer) && r.hasPort(to, on) }
		if slices.ContainsFunc(deny, match) {
			return false
		}
		permitted = permitted || slices.ContainsFunc(permit, match)
	}
	return permitted || !isolated
}

// denies reports whether some rule denies a connection, whatever permits it.
func (c *ciliumCluster) denies(s, d *party, on port) bool {
	opened := &ciliumCluster{nodes: c.nodes, apiserver: c.apiserver}
	for _, o := range c.policies {
		o.Spec.EnableDefaultDeny = map[string]bool{"ingress": false, "egress": false}
		opened.policies = append(opened.policies, o)
	}
	return !opened.permits(s, d, on)
}

// matches: peers are alternatives. A rule without any is for everybody if it has ports, and else for
// nobody, and a list that is empty matches nobody.
func (c *ciliumCluster) matches(r ciliumRule, space string, p *party) bool {
	endpoints, blocks, entities := slices.Concat(r.FromEndpoints, r.ToEndpoints), slices.Concat(r.FromCIDRSet, r.ToCIDRSet), slices.Concat(r.FromEntities, r.ToEntities)
	if len(endpoints)+len(blocks)+len(entities)+len(r.ToFQDNs) == 0 {
		empty := r.FromEndpoints != nil || r.ToEndpoints != nil || r.FromCIDRSet != nil || r.ToCIDRSet != nil || r.FromEntities != nil || r.ToEntities != nil
		return !empty && len(r.ToPorts) > 0
	}
	isNode := anyHas(c.nodes, p.addr)
	return slices.ContainsFunc(endpoints, func(s metav1.LabelSelector) bool { return p.isPod() && matchesEndpoint(s, space, p) }) ||
		slices.ContainsFunc(blocks, func(b ciliumBlock) bool { return !p.isPod() && !isNode && b.has(p.addr) }) ||
		slices.ContainsFunc(r.ToFQDNs, func(h ciliumHost) bool { return p.host != "" && h.has(p.host) }) ||
		slices.ContainsFunc(entities, func(e string) bool {
			switch e {
			case "all":
				return true
			case "world":
				return !p.isPod() && !isNode
			case "host", "remote-node":
				return !p.isPod() && isNode
			case "kube-apiserver":
				return !p.isPod() && anyHas(c.apiserver, p.addr)
			case "none":
				return false
			}
			panic("entity " + e)
		})
}

// matchesEndpoint: labels of pods, and of their namespaces with a prefix. A selector without anything about
// namespaces is for the policy's own, if it has one.
func matchesEndpoint(s metav1.LabelSelector, space string, p *party) bool {
	labels := map[string]string{"io.kubernetes.pod.namespace": p.space}
	for k, v := range p.labels {
		labels[k] = v
	}
	for k, v := range p.spaceLabels {
		labels["io.cilium.k8s.namespace.labels."+k] = v
	}
	own := true
	key := func(k string) string {
		k = strings.TrimPrefix(k, "k8s:")
		own = own && k != "io.kubernetes.pod.namespace" && !strings.HasPrefix(k, "io.cilium.k8s.namespace.labels.")
		return k
	}
	plain := metav1.LabelSelector{MatchLabels: map[string]string{}}
	for k, v := range s.MatchLabels {
		plain.MatchLabels[key(k)] = v
	}
	for _, e := range s.MatchExpressions {
		e.Key = key(e.Key)
		plain.MatchExpressions = append(plain.MatchExpressions, e)
	}
	return matchesLabels(&plain, labels) && (!own || space == "" || p.space == space)
}

func (b ciliumBlock) has(a netip.Addr) bool {
	return netip.MustParsePrefix(b.CIDR).Contains(a) &&
		!slices.ContainsFunc(b.Except, func(x string) bool { return netip.MustParsePrefix(x).Contains(a) })
}

// has: * is characters of a label, **. at the beginning is whole labels, and * alone is every name.
func (h ciliumHost) has(name string) bool {
	if h.MatchPattern == "*" {
		return true
	}
	if h.MatchName != "" {
		return h.MatchName == name
	}
	text := regexp.QuoteMeta(h.MatchPattern)
	if rest, below := strings.CutPrefix(text, `\*\*\.`); below {
		text = `([-a-z0-9_]+\.)+` + rest
	}
	return regexp.MustCompile("^" + strings.ReplaceAll(text, `\*`, "[-a-z0-9_]*") + "$").MatchString(name)
}

// hasPort: without toPorts every port. Port 0 is all ports of its protocol.
func (r ciliumRule) hasPort(to *party, on port) bool {
	if len(r.ToPorts) == 0 {
		return true
	}
	for _, list := range r.ToPorts {
		for _, p := range list.Ports {
			if p.Protocol != "" && p.Protocol != "ANY" && !strings.EqualFold(p.Protocol, on.protocol) {
				continue
			}
			n, err := strconv.Atoi(p.Port)
			number, named := to.ports[p.Port+"/"+on.protocol]
			switch {
			case err != nil && named && number == on.number, err == nil && n == 0:
				return true
			case err == nil && n <= on.number && on.number <= max(n, p.EndPort):
				return true
			}
		}
	}
	return false
}

func (o *ciliumObject) check() error {
	kind := map[bool]string{true: "CiliumClusterwideNetworkPolicy", false: "CiliumNetworkPolicy"}[o.Metadata.Namespace == ""]
	if o.APIVersion != "cilium.io/v2" || o.Kind != kind || o.Metadata.Name == "" {
		return fmt.Errorf("not a %s with a name: %v", kind, o.TypeMeta)
	}
	return nil
}
