package policycheck

import (
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// resolver is where pods resolve names in most clusters, or in those of OpenShift.
type resolver struct {
	pods relation.Pods
	port relation.Ports
}

var resolvers = []resolver{
	{relation.Pods{Namespaces: relation.Labelled(relation.NameLabel, "kube-system"), Labels: relation.Labelled("k8s-app", "kube-dns")}, relation.RangeOf(single(relation.UDP, 53))},
	{relation.Pods{Namespaces: relation.Labelled(relation.NameLabel, "openshift-dns"), Labels: relation.Labelled("dns.operator.openshift.io/daemonset-dns", "default")}, relation.RangeOf(single(relation.UDP, 5353))},
}

// dnsPorts are the ports of resolvers.
var dnsPorts = func() relation.Ports {
	var all []relation.Ports
	for _, p := range []relation.Protocol{relation.UDP, relation.TCP} {
		for _, n := range []int{53, 5353, 8053} {
			all = append(all, relation.RangeOf(single(p, n)))
		}
		for _, name := range []string{"dns", "dns-tcp", "domain"} {
			all = append(all, relation.Named(relation.NamedPort{Name: name, Protocol: p}))
		}
	}
	return relation.UnionPorts(all...)
}()

// cutsDNS reports a rule that denies pods all ways to the resolvers, where no rule before it permits or passes
// DNS. A rule about the ports of DNS alone is meant so.
func (c *check) cutsDNS(r *clusterRule, earlier []*clusterRule) {
	if r.Action != clusterpolicy.Deny || r.policy.reported[r.path()] || r.Ports.Subset(dnsPorts) {
		return
	}
	i := slices.IndexFunc(resolvers, func(s resolver) bool { return c.cuts(r, s) })
	if i < 0 {
		return
	}
	pods := r.policy.Subject
	if r.direction == relation.Ingress {
		pods = resolvers[i].pods
	}
	left := []region{{pods.Namespaces, relation.Rule{Own: pods.Labels, Peer: relation.EveryPeer[0], Ports: relation.EveryPort}}}
	if r.policy.Tier == clusterpolicy.Baseline {
		for _, e := range c.clusterRules[clusterpolicy.Admin][r.direction] {
			if e.Action != clusterpolicy.Pass && c.isForDNS(e) {
				left = c.without(left, e.policy.Subject)
			}
		}
		for _, p := range c.policies {
			if p.isolates[r.direction] {
				left = c.without(left, relation.Pods{Namespaces: relation.Labelled(relation.NameLabel, p.Object.Namespace), Labels: p.own})
			}
		}
	}
	for _, e := range before(r, earlier) {
		if c.isForDNS(e) || e.Action == clusterpolicy.Deny && e.policy.reported[e.path()] { // one diagnostic is enough
			left = c.without(left, e.policy.Subject)
		}
	}
	if len(left) == 0 || r.direction == relation.Ingress && r.policy.Tier == clusterpolicy.Baseline && !c.isShown(resolvers[i]) {
		return
	}
	rule, message := "{action: Accept, to: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], protocols: [{udp: {destinationPort: {number: 53}}}, {tcp: {destinationPort: {number: 53}}}]}", "%s denies DNS: the pods that it selects cannot resolve names"
	if r.policy.isElder() {
		rule = "{action: Allow, to: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], ports: [{portNumber: {protocol: UDP, port: 53}}, {portNumber: {protocol: TCP, port: 53}}]}"
	}
	if i == 1 {
		rule = "one that permits DNS to the pods of openshift-dns, UDP and TCP 5353"
	}
	if r.direction == relation.Ingress {
		rule, message = "one that permits UDP and TCP 53 from all namespaces; or leave "+c.namespaceOf(resolvers[i])+" out of the subject", "%s denies DNS: it also applies to the resolvers of the cluster"
	}
	r.policy.reported[r.path()] = true
	c.diags.Add(diag.New(diag.DeniesDNS, r.policy.At(r.path()), message, r).WithHelp("add a rule before it: %s", rule))
}

func (c *check) namespaceOf(s resolver) string {
	return s.pods.Namespaces.Get(relation.NameLabel).Names[0]
}

// cuts reports whether a rule denies connections from its pods to a resolver, or to a resolver that is one of
// its pods.
func (c *check) cuts(r *clusterRule, s resolver) bool {
	if !r.Ports.Overlaps(s.port) {
		return false
	}
	if r.direction == relation.Ingress {
		return s.pods.Inside(r.policy.Subject, c.facts) && slices.ContainsFunc(r.matches, func(x region) bool {
			return relation.EveryPeer[0].Inside(x.Peer, c.facts)
		})
	}
	if allAddrs(r) >= 0 && !c.byCilium {
		return true
	}
	return slices.ContainsFunc(r.Peers, func(p clusterpolicy.Peer) bool {
		pods, ok := p.Of.(relation.Pods)
		return ok && pods.Labels.IsAny() && s.pods.Inside(pods, c.facts)
	})
}

// isForDNS reports whether a rule that does not deny can be meant for DNS: it has such a port, or every port to
// what can be resolvers.
func (c *check) isForDNS(r *clusterRule) bool {
	if r.Action == clusterpolicy.Deny || !r.Ports.MayOverlap(dnsPorts) {
		return false
	}
	if !r.Ports.IsEvery() || r.direction == relation.Ingress {
		return true
	}
	in := relation.Pods{Namespaces: relation.Select(relation.Requirement{Key: relation.NameLabel, Values: resolverNamespaces})}
	return slices.ContainsFunc(r.Peers, func(p clusterpolicy.Peer) bool {
		switch of := p.Of.(type) {
		case relation.Pods:
			return of.Overlaps(in, c.facts)
		case relation.Addresses:
			return of.Hosts.IsAny() && of.Addrs.Overlaps(localAddrs)
		}
		return p.Unknown == "nodes" // which can have a cache
	})
}

// localAddrs are those that Services, nodes and caches on nodes have.
var localAddrs = relation.Private.Union(relation.Prefix(netip.MustParsePrefix("169.254.0.0/16")))

// without returns regions without some pods; all of nothing is left if that cannot be told.
func (c *check) without(list []region, pods relation.Pods) []region {
	left, _ := c.minus(list, []region{{pods.Namespaces, relation.Rule{Own: pods.Labels, Peer: relation.EveryPeer[0], Ports: relation.EveryPort}}})
	return left
}

// isShown reports whether the manifests have the pods of a resolver.
func (c *check) isShown(s resolver) bool {
	return len(c.find(c.space(c.namespaceOf(s)), s.pods.Labels)) > 0
}

// acceptsDNS reports whether a rule of the tier Admin accepts DNS, so that NetworkPolicies need not permit it.
func (c *check) acceptsDNS() bool {
	return slices.ContainsFunc(c.clusterRules[clusterpolicy.Admin][relation.Egress], func(r *clusterRule) bool {
		return r.Action == clusterpolicy.Accept && c.isForDNS(r)
	})
}
