package policycheck

import (
	"net/netip"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// resolverNamespaces are where clusters run their resolvers.
var resolverNamespaces = relation.In("kube-system", "openshift-dns")

// dns reports policies that isolate egress and permit connections to what has a name, but no
// connection to a resolver. Another policy for the same pods may permit that.
func (c *check) dns() {
	resolving := map[string][]relation.Selector{}
	for _, p := range c.policies {
		for _, r := range p.rules() {
			if r.direction == relation.Egress && p.isolates[relation.Egress] && c.permitsDNS(p, r) {
				resolving[p.Object.Namespace] = append(resolving[p.Object.Namespace], p.own)
				break
			}
		}
	}
	indexes := map[string]*relation.Index{}
	for _, p := range c.policies {
		ns := p.Object.Namespace
		if indexes[ns] == nil {
			indexes[ns] = relation.NewIndex(resolving[ns])
		}
		if !p.isolates[relation.Egress] || !needsNames(p.Spec.Egress) || len(indexes[ns].Overlapping(p.own)) > 0 {
			continue
		}
		at := place{p.At("spec.egress"), p.prepended("spec.egress", resolverRule)}
		c.cause("dns "+ns, at, "permit DNS", func() diag.Diagnostic {
			return diag.New(diag.NoDNS, at.span, "%s permits connections and no DNS: its pods cannot resolve the names of what they connect to", p.Object).
				WithHelp("add an egress rule: %s", resolverRule)
		})
	}
}

// resolverRule permits DNS to the resolvers of most clusters, as YAML.
const resolverRule = "{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]}"

// permitsDNS reports whether a rule can be meant for DNS: it has port 53, or every port to peers
// that can be resolvers.
func (c *check) permitsDNS(p *policy, r rule) bool {
	const dns = 53
	explicit, every := false, len(r.ports) == 0
	for _, port := range r.ports {
		switch {
		case port.Port == nil:
			every = true
		case port.Port.Type == intstr.String:
			explicit = explicit || port.Port.StrVal == "dns" || port.Port.StrVal == "dns-tcp" || port.Port.StrVal == "domain"
		default:
			low := int(port.Port.IntVal)
			explicit = explicit || low == dns || port.EndPort != nil && low <= dns && int(*port.EndPort) >= dns
			explicit = explicit || low == 5353 || low == 8053 // where resolvers' pods listen on some clusters
		}
	}
	switch {
	case explicit, every && len(r.peers) == 0:
		return true
	case !every:
		return false
	}
	resolvers := relation.Pods{Namespaces: relation.Select(relation.Requirement{Key: relation.NameLabel, Values: resolverNamespaces})}
	for j := range r.peers {
		part, ok := p.part(r, j)
		if ok && (r.peers[j].IPBlock != nil || part.Permits.Peer.Overlaps(resolvers, c.facts)) {
			return true
		}
	}
	return false
}

// needsNames reports whether egress rules permit connections to pods or to the internet, which have
// names. Addresses of a narrow block are most likely used as such.
func needsNames(rules []networkingv1.NetworkPolicyEgressRule) bool {
	for _, r := range rules {
		if len(r.To) == 0 {
			return true
		}
		for _, peer := range r.To {
			if peer.IPBlock == nil {
				return true
			}
			if block, err := netip.ParsePrefix(peer.IPBlock.CIDR); err == nil && block.Bits() == 0 {
				return true
			}
		}
	}
	return false
}
