package policies

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// Policies of Cilium that only permit are imported as the NetworkPolicies that permit the same. The program is
// compared with what they permit themselves.

// translate adds, for policies of Cilium, NetworkPolicies that permit the same, and reports what none does.
func (d *draft) translate() (diags diag.List) {
	if len(d.cilium) == 0 {
		return nil
	}
	for i, p := range d.policies { // Cilium applies rules of a direction that policyTypes omits
		d.policies[i].NetworkPolicy = p.NetworkPolicy.DeepCopy()
		spec := &d.policies[i].NetworkPolicy.Spec
		for t, n := range map[networkingv1.PolicyType]int{networkingv1.PolicyTypeIngress: len(spec.Ingress), networkingv1.PolicyTypeEgress: len(spec.Egress)} {
			if n > 0 && !slices.Contains(spec.PolicyTypes, t) {
				spec.PolicyTypes = append(spec.PolicyTypes, t)
			}
		}
		slices.Sort(spec.PolicyTypes)
	}
	for _, p := range d.cilium {
		t := translation{draft: d, policy: p}
		if p.Policy.Namespace == "" {
			t.refuse("spec", "is about pods of the whole cluster", "a program says it for each namespace; write an edge, or `deny`")
		} else {
			for i, s := range p.Specs {
				t.spec(s, i)
			}
		}
		diags = append(diags, t.diags...)
	}
	return diags
}

// translation makes NetworkPolicies of a policy of Cilium.
type translation struct {
	*draft
	policy inventory.CiliumPolicy
	diags  diag.List
}

func (t *translation) refuse(path, why, help string) {
	t.diags.Add(diag.New(diag.NotImportable, t.policy.At(path), "%s %s", t.policy.Object, why).WithHelp("%s", help))
}

func (t *translation) spec(s ciliumpolicy.Spec, position int) {
	own := relation.Labelled(relation.NameLabel, t.policy.Object.Namespace)
	if s.Subject.Namespaces.String() != own.String() {
		t.refuse(s.Path+".endpointSelector", "selects its pods by labels of their namespace", "a program selects the pods of a namespace by their own labels")
		return
	}
	p := &networkingv1.NetworkPolicy{}
	p.Name, p.Namespace = t.policy.Object.Name, t.policy.Object.Namespace
	if position > 0 {
		p.Name += fmt.Sprintf("-%d", position)
	}
	p.Spec.PodSelector = labelSelector(s.Subject.Labels)
	for _, direction := range directions {
		for _, r := range s.Rules[direction] {
			path := fmt.Sprintf("%s.%s[%d]", s.Path, r.Field(direction), r.Index)
			if len(r.Peers) == 0 || r.Ports.IsEmpty() && r.Proxied.IsEmpty() {
				continue // it matches nothing
			}
			switch {
			case r.Deny:
				t.refuse(path, "denies what other policies permit, which no statement of a program does", "leave out what it denies from the rules that permit it, and state it with `deny`, which checks the program")
				continue
			case !s.Isolates[direction]:
				t.refuse(path, "permits without isolating the pods, and a program isolates the pods whose connections it states", "leave out enableDefaultDeny, or the rule")
				continue
			case !r.Proxied.IsEmpty():
				t.refuse(path, "leaves to a proxy "+r.Doubt, "a program permits connections, and does not read what is sent")
				continue
			}
			t.rule(p, r, path, direction)
		}
	}
	for d, kind := range map[relation.Direction]networkingv1.PolicyType{relation.Ingress: networkingv1.PolicyTypeIngress, relation.Egress: networkingv1.PolicyTypeEgress} {
		if s.Isolates[d] {
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, kind)
		}
	}
	if slices.Sort(p.Spec.PolicyTypes); len(p.Spec.PolicyTypes) == 0 {
		return
	}
	t.draft.policies = append(t.draft.policies, inventory.Policy{Object: t.policy.Object, NetworkPolicy: p})
}

// rule adds what a rule permits.
func (t *translation) rule(p *networkingv1.NetworkPolicy, r ciliumpolicy.Rule, path string, direction relation.Direction) {
	var peers []networkingv1.NetworkPolicyPeer
	var every [2]bool // all pods, and all addresses
	facts := t.facts()
	for _, peer := range r.Peers {
		if doubts := evaluate.Doubts(peer, facts); len(doubts) > 0 {
			t.refuse(peer.At, "has a peer that no program can name: nothing says "+doubts[0], "write an external with the addresses that are meant")
			return
		}
		switch of := peer.Of.(type) {
		case relation.Pods:
			every[0] = every[0] || of.Namespaces.IsAny() && of.Labels.IsAny()
			q := networkingv1.NetworkPolicyPeer{PodSelector: new(labelSelector(of.Labels))}
			if of.Namespaces.String() != relation.Labelled(relation.NameLabel, p.Namespace).String() {
				q.NamespaceSelector = new(labelSelector(of.Namespaces))
			}
			peers = append(peers, q)
		case relation.Addresses:
			if !of.Hosts.IsAny() {
				t.refuse(peer.At, "permits host names, which no NetworkPolicy does", "write them in the program: external NAME { host "+of.Hosts.String()+" }")
				return
			}
			every[1] = every[1] || peer.Part == ciliumpolicy.Everywhere
		}
	}
	if every == [2]bool{true, true} {
		peers = nil
	} else {
		for _, m := range evaluate.CiliumMatches(r, facts) {
			if of, ok := m.Peer.(relation.Addresses); ok {
				peers = append(peers, blocksOf(of.Addrs)...)
			}
		}
	}
	if direction == relation.Ingress {
		p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: peers, Ports: networkPorts(r.Ports)})
	} else {
		p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: peers, Ports: networkPorts(r.Ports)})
	}
}

// want returns what the policies permit themselves.
func (d *draft) want(policies []*networkingv1.NetworkPolicy, facts *relation.Facts) (*relation.Relation, error) {
	if len(d.cilium) == 0 {
		return evaluate.Relation(policyset.FromObjects(policies), facts)
	}
	var plain []*networkingv1.NetworkPolicy
	for _, p := range d.policies {
		if p.Object.Kind == "NetworkPolicy" {
			plain = append(plain, p.NetworkPolicy)
		}
	}
	var cilium []*ciliumpolicy.Policy
	for _, p := range d.cilium {
		cilium = append(cilium, p.Policy)
	}
	facts.APIServer = d.facts().APIServer
	o, err := evaluate.TraceCilium(plain, nil, cilium, facts, relation.Addrs{}, relation.Addrs{})
	if err != nil {
		return nil, err
	}
	return o.Least, nil
}

// apiServer returns the addresses of the API server, as far as the manifests have them.
func apiServer(inv *inventory.Inventory) relation.Addrs {
	var all []netip.Prefix
	for _, s := range inv.APIServers {
		for _, a := range s.Addrs {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return relation.PrefixesAddrs(all)
}

// labelSelector writes a selector as the API has it.
func labelSelector(s relation.Selector) (out metav1.LabelSelector) {
	for _, k := range s.Keys() {
		add := func(operator metav1.LabelSelectorOperator, values ...string) {
			out.MatchExpressions = append(out.MatchExpressions, metav1.LabelSelectorRequirement{Key: k.Key, Operator: operator, Values: values})
		}
		switch v := k.Values; {
		case !v.Others && !v.Absent && len(v.Names) == 1:
			if out.MatchLabels == nil {
				out.MatchLabels = map[string]string{}
			}
			out.MatchLabels[k.Key] = v.Names[0]
		case !v.Others && !v.Absent && len(v.Names) > 0:
			add(metav1.LabelSelectorOpIn, v.Names...)
		case !v.Others && !v.Absent: // two requirements that exclude each other
			add(metav1.LabelSelectorOpExists)
			add(metav1.LabelSelectorOpDoesNotExist)
		case !v.Others:
			add(metav1.LabelSelectorOpDoesNotExist)
		default:
			if len(v.Names) > 0 {
				add(metav1.LabelSelectorOpNotIn, v.Names...)
			}
			if !v.Absent {
				add(metav1.LabelSelectorOpExists)
			}
		}
	}
	return out
}

// blocksOf writes addresses as blocks: the smallest that has all of a family, without some, if that takes
// fewer.
func blocksOf(a relation.Addrs) (out []networkingv1.NetworkPolicyPeer) {
	for _, family := range []string{"0.0.0.0/0", "::/0"} {
		list := a.Intersect(relation.Prefix(netip.MustParsePrefix(family))).Prefixes()
		if len(list) == 0 {
			continue
		}
		whole := list[0]
		for last := relation.Last(list[len(list)-1]); !whole.Contains(last); {
			whole = netip.PrefixFrom(whole.Addr(), whole.Bits()-1).Masked()
		}
		if rest := relation.Prefix(whole).Subtract(a).Prefixes(); len(rest) < len(list) {
			block := &networkingv1.IPBlock{CIDR: whole.String()}
			for _, r := range rest {
				block.Except = append(block.Except, r.String())
			}
			out = append(out, networkingv1.NetworkPolicyPeer{IPBlock: block})
			continue
		}
		for _, p := range list {
			out = append(out, networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: p.String()}})
		}
	}
	return out
}

// networkPorts writes ports as the API has them; all ports are none.
func networkPorts(p relation.Ports) (out []networkingv1.NetworkPolicyPort) {
	if p.IsEvery() {
		return nil
	}
	protocols := map[relation.Protocol]corev1.Protocol{relation.TCP: corev1.ProtocolTCP, relation.UDP: corev1.ProtocolUDP, relation.SCTP: corev1.ProtocolSCTP}
	for _, r := range p.Ranges() {
		port := networkingv1.NetworkPolicyPort{Protocol: new(protocols[r.Protocol])}
		if r.Low > relation.MinPort || r.High < relation.MaxPort {
			port.Port = new(intstr.FromInt32(int32(r.Low)))
			if r.High > r.Low {
				port.EndPort = new(int32(r.High))
			}
		}
		out = append(out, port)
	}
	for _, n := range p.NamedPorts() {
		out = append(out, networkingv1.NetworkPolicyPort{Protocol: new(protocols[n.Protocol]), Port: new(intstr.FromString(n.Name))})
	}
	return out
}
