package policycheck

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
	"github.com/zt-lang/zt/grammar/spell"
)

// namespaceLabel is the label that Cilium gives a pod for its namespace.
const namespaceLabel = "k8s:io.kubernetes.pod.namespace"

// subjectSources reports a policy whose subject has labels that nothing has, or names another namespace than the
// policy's own. Cilium replaces one form of that by the policy's own namespace, and adds its own to the others
// (pkg/k8s/apis/cilium.io/utils, ParseToCiliumRule).
func (c *check) subjectSources(p inventory.CiliumPolicy, s ciliumpolicy.Spec) {
	own := p.Object.Namespace
	written := specOf(p, s)
	if written.EndpointSelector == nil {
		return
	}
	at := s.Path + ".endpointSelector"
	c.sources(p.Object.String()+" has a selector", p.At(at), written.EndpointSelector)
	if own == "" {
		return
	}
	const help = "move the policy to the namespace of the pods, or write a CiliumClusterwideNetworkPolicy"
	if other, ok := written.EndpointSelector.MatchLabels[namespaceLabel]; ok && other != own {
		c.diags.Add(diag.New(diag.CiliumOtherNamespace, p.At(at), "%s applies to pods of namespace %s: Cilium ignores that its selector names %s", p.Object, own, other).
			WithHelp(help))
		return
	}
	if s.Subject.Namespaces.IsEmpty() {
		c.diags.Add(diag.New(diag.CiliumOtherNamespace, p.At(at), "%s selects no pod: it applies to namespace %s, and its selector asks for others", p.Object, own).
			WithHelp(help))
	}
}

// specOf returns a spec of a policy as it is written.
func specOf(p inventory.CiliumPolicy, s ciliumpolicy.Spec) *ciliumpolicy.SpecObject {
	for i := range p.Written.Specs { // a policy has not all of them: some are about nodes
		if s.Path == fmt.Sprintf("specs[%d]", i) {
			return &p.Written.Specs[i]
		}
	}
	return p.Written.Spec
}

// unusedFields reports what Cilium reads and does not use: enableDefaultDeny of a direction without rules, and
// the end of a range of ports that does not begin with a smaller number.
func (c *check) unusedFields(p inventory.CiliumPolicy, s ciliumpolicy.Spec) {
	written := specOf(p, s)
	if e := written.EnableDefaultDeny; e != nil {
		for _, f := range []struct {
			enabled *bool
			rules   int
			d       relation.Direction
		}{
			{e.Ingress, len(written.Ingress) + len(written.IngressDeny), relation.Ingress},
			{e.Egress, len(written.Egress) + len(written.EgressDeny), relation.Egress},
		} {
			if f.enabled != nil && *f.enabled && f.rules == 0 {
				c.diags.Add(diag.New(diag.CiliumWithoutEffect, p.At(fmt.Sprintf("%s.enableDefaultDeny.%s", s.Path, f.d)), "%s: enableDefaultDeny isolates no pod for %s, as there is no %s rule", p.Object, f.d, f.d).
					WithHelp("to deny all %s, write %s: [{}]", f.d, f.d))
			}
		}
	}
	for _, d := range []relation.Direction{relation.Ingress, relation.Egress} {
		for _, r := range s.Rules[d] {
			rule := &ciliumRule{p, s, r, d}
			for i, list := range rule.ports() {
				for j, port := range list {
					c.endPort(rule, fmt.Sprintf("%s.toPorts[%d].ports[%d].endPort", rule.path(), i, j), port)
				}
			}
		}
	}
}

func (c *check) endPort(r *ciliumRule, at string, port ciliumpolicy.Port) {
	n, err := strconv.ParseUint(port.Port, 0, 16)
	why := ""
	switch {
	case port.EndPort == 0:
		return
	case err != nil:
		why = fmt.Sprintf("%s is the name of a port", port.Port)
	case n == 0:
		why = "port 0 is every port"
	case port.EndPort < int32(n):
		why = fmt.Sprintf("it is less than port %d", n)
	default:
		return
	}
	c.diags.Add(diag.New(diag.CiliumWithoutEffect, r.policy.At(at), "%s: Cilium ignores endPort %d, as %s", r, port.EndPort, why).
		WithHelp("write the smallest number as port, and the greatest as endPort"))
}

// ports returns the lists of ports of a rule as they are written.
func (r *ciliumRule) ports() (out [][]ciliumpolicy.Port) {
	s, i := r.written(), r.rule.Index
	var permitted []ciliumpolicy.PortRule
	var denied []ciliumpolicy.PortDenyRule
	switch {
	case r.direction == relation.Ingress && !r.rule.Deny:
		permitted = s.Ingress[i].ToPorts
	case r.direction == relation.Ingress:
		denied = s.IngressDeny[i].ToPorts
	case !r.rule.Deny:
		permitted = s.Egress[i].ToPorts
	default:
		denied = s.EgressDeny[i].ToPorts
	}
	for _, p := range permitted {
		out = append(out, p.Ports)
	}
	for _, p := range denied {
		out = append(out, p.Ports)
	}
	return out
}

// clusterNames reports names of the cluster. A name matches the addresses to which it resolves only outside the
// cluster (pkg/policy/api/egress.go, ToFQDNs).
func (c *check) clusterNames(r *ciliumRule) {
	if r.direction != relation.Egress || r.rule.Deny {
		return
	}
	for i, h := range r.written().Egress[r.rule.Index].ToFQDNs {
		name := strings.TrimSuffix(strings.ToLower(h.MatchName+h.MatchPattern), ".")
		if !ciliumpolicy.NamesCluster(name) {
			continue
		}
		c.diags.Add(diag.New(diag.CiliumClusterName, r.policy.At(fmt.Sprintf("%s.toFQDNs[%d]", r.path(), i)), "%s has the name %s of the cluster: toFQDNs matches no pod and no node", r, name).
			WithHelp("select the pods with toEndpoints, or name the Service with toServices"))
	}
}

// toServices reports peers of toServices that mean others than their rules say.
func (c *check) toServices(r *ciliumRule) {
	if r.direction != relation.Egress {
		return
	}
	at := r.path() + ".toServices"
	if r.rule.Deny {
		deny := r.written().EgressDeny[r.rule.Index]
		if len(deny.ToServices) == 0 {
			return
		}
		message := "%s denies nothing: Cilium resolves toServices in egress rules only"
		if len(deny.ToPorts)+len(deny.ICMPs) > 0 { // a rule with ports and no peers is about all
			message = "%s denies these ports to every destination: Cilium resolves toServices in egress rules only"
		}
		c.diags.Add(diag.New(diag.CiliumServices, r.policy.At(at), message, r).
			WithHelp("select the pods of the Service with toEndpoints"))
		return
	}
	rule := r.written().Egress[r.rule.Index]
	for i, peer := range rule.ToServices {
		c.toService(r, fmt.Sprintf("%s[%d]", at, i), peer, len(rule.ToPorts) > 0)
	}
}

func (c *check) toService(r *ciliumRule, at string, peer ciliumpolicy.ServicePeer, ported bool) {
	name := peer.K8sService
	if peer.K8sServiceSelector != nil || name == nil {
		return
	}
	warn := func(format string, args ...any) diag.Diagnostic {
		d := diag.New(diag.CiliumServices, r.policy.At(at), format, args...)
		d.Severity = diag.Warning
		return d
	}
	known, some := false, false
	for _, s := range c.inventory.Services {
		known = known || peer.MayMatch(s.Object.Namespace, s.Object.Name)
		some = some || name.Namespace == "" || s.Object.Namespace == name.Namespace
	}
	switch {
	case name.ServiceName == "kubernetes" && name.Namespace == "default":
		c.diags.Add(warn("%s has the Service of the API server: Cilium takes its addresses for a block, which matches no node", r).
			WithHelp("write toEntities: [kube-apiserver]"))
	case some && !known:
		does := "it matches nothing"
		if ported {
			does = "then Cilium permits these ports to every destination"
		}
		c.diags.Add(warn("%s has the Service %s, and these manifests have none of that name: %s", r, strings.TrimPrefix(name.Namespace+"/"+name.ServiceName, "/"), does).
			WithHelp("select the pods with toEndpoints"))
	case name.Namespace == "" && r.policy.Object.Namespace != "":
		c.diags.Add(warn("%s has the Service %s without a namespace: Cilium takes those of all namespaces", r, name.ServiceName).
			WithHelp("add namespace: %s", r.policy.Object.Namespace))
	}
}

// addresses reports blocks of addresses that only pods, nodes or Services have, as far as the manifests show:
// Cilium matches pods and nodes by what they are, and sees packets after a Service has translated them.
func (c *check) addresses(r *ciliumRule) {
	var pods []netip.Prefix
	mode := ""
	if e := c.inventory.Evidence; e != nil {
		pods, mode = e.Pods, e.CiliumSettings()["policy-cidr-match-mode"]
	}
	for _, peer := range r.rule.Peers {
		of, ok := peer.Of.(relation.Addresses)
		if !ok || peer.Part != ciliumpolicy.NoPart || peer.Doubt != "" || !of.Hosts.IsAny() || of.Addrs.IsEmpty() {
			continue
		}
		c.work -= len(pods) + len(c.inventory.Nodes) + len(c.inventory.Services)
		what, help := "", ""
		switch {
		case of.Addrs.Subset(relation.PrefixesAddrs(c.inventory.Nodes)) && !strings.Contains(mode, "nodes"):
			what = "addresses of nodes, and Cilium matches no node by address"
			help = fmt.Sprintf("name entities: %sEntities: [host, remote-node], or [kube-apiserver] for the API server", toOrFrom(r.direction))
		case of.Addrs.Subset(relation.PrefixesAddrs(pods)) && !strings.Contains(mode, "pods"):
			what = "addresses of pods, and Cilium matches no pod by address"
			help = fmt.Sprintf("select the pods with %sEndpoints", toOrFrom(r.direction))
		default:
			s := c.serviceAt(of.Addrs)
			if s == nil || r.direction == relation.Ingress {
				continue
			}
			what = fmt.Sprintf("the address of %s, and Cilium sees packets after a Service has translated it", s.Object)
			help = "select the pods with toEndpoints, or name the Service with toServices"
			if s.Object.Name == "kubernetes" && s.Object.Namespace == "default" {
				help = "write toEntities: [kube-apiserver]"
			}
		}
		c.diags.Add(diag.New(diag.CiliumBlockOfCluster, r.policy.At(peer.At), "%s has only %s", r, what).WithHelp("%s", help))
	}
}

func toOrFrom(d relation.Direction) string {
	if d == relation.Egress {
		return "to"
	}
	return "from"
}

// serviceAt returns the Service that has an address of its own, if addresses are that one.
func (c *check) serviceAt(addrs relation.Addrs) *inventory.Service {
	only := addrs.Prefixes()
	if len(only) != 1 || !only[0].IsSingleIP() {
		return nil
	}
	i := slices.IndexFunc(c.inventory.Services, func(s inventory.Service) bool { return slices.Contains(s.Addrs, only[0].Addr()) })
	if i < 0 {
		return nil
	}
	return &c.inventory.Services[i]
}

// resolvers reports a peer that is meant for the cluster's resolvers, and is of the policy's own namespace.
func (c *check) resolvers(r *ciliumRule, at string, pods relation.Pods, own string) bool {
	if own == "" || own == "kube-system" || pods.Labels.String() != "k8s-app=kube-dns" || len(c.find(c.space(own), pods.Labels)) > 0 {
		return false
	}
	d := diag.New(diag.PeerSelectsNothing, r.policy.At(at), "%s has a peer that selects no resolver: it selects pods of namespace %s", r, own).
		WithHelp("add a label to it: %s: kube-system", namespaceLabel)
	d.Severity = diag.Warning
	c.diags.Add(d)
	return true
}

// reservedNames are those of the labels of the source reserved (pkg/labels/labels.go).
var reservedNames = []string{"host", "world", "world-ipv4", "world-ipv6", "cluster", "cluster-mesh", "health", "init",
	"kube-apiserver", "remote-node", "ingress", "none", "unmanaged", "unknown"}

// peerSources reports peers with labels that nothing has, by where these are from.
func (c *check) peerSources(r *ciliumRule) {
	s, i := r.written(), r.rule.Index
	var list []metav1.LabelSelector
	field := toOrFrom(r.direction) + "Endpoints"
	switch {
	case r.direction == relation.Ingress && !r.rule.Deny:
		list = s.Ingress[i].FromEndpoints
	case r.direction == relation.Ingress:
		list = s.IngressDeny[i].FromEndpoints
	case !r.rule.Deny:
		list = s.Egress[i].ToEndpoints
	default:
		list = s.EgressDeny[i].ToEndpoints
	}
	for j, selector := range list {
		c.sources(r.String()+" has a peer", r.policy.At(fmt.Sprintf("%s.%s[%d]", r.path(), field, j)), &selector)
	}
}

// sources reports labels of a selector that no pod and nothing else has, by where they are from.
func (c *check) sources(what string, at source.Span, selector *metav1.LabelSelector) {
	for _, key := range slices.Sorted(maps.Keys(selector.MatchLabels)) {
		name, reserved := strings.CutPrefix(key, "reserved:")
		d := diag.New(diag.PeerSelectsNothing, at, "%s that selects nothing: Cilium has no label %s", what, key)
		switch {
		case reserved && slices.Contains(reservedNames, name):
			value := selector.MatchLabels[key]
			if value == "" {
				continue
			}
			d.Message = fmt.Sprintf("%s that selects nothing: the label %s has no value", what, key)
			d = d.WithHelp("write %s: \"\"", key)
		case reserved:
			d = d.WithHelp("pods are selected by their labels, and nodes with the entities host and remote-node")
			if near := spell.Nearest(name, reservedNames); near != "" {
				d = d.WithHelp("did you mean reserved:%s?", near)
			}
		case dotted.MatchString(key) && len(c.find(c.all, relation.Select(relation.Requirement{Key: key, Values: relation.Exists()}))) == 0:
			d.Severity = diag.Warning
			d.Message = fmt.Sprintf("%s with the label %s: a colon comes after the source of a label", what, key)
			d = d.WithHelp("did you mean %s?", strings.Replace(key, ".", ":", 1))
		default:
			continue
		}
		c.diags.Add(d)
		return
	}
}

// dotted matches keys with a source of labels as Cilium's tools print them, before a dot.
var dotted = regexp.MustCompile(`^(k8s|any|reserved)\.[A-Za-z0-9_-]+$`)
