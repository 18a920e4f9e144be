package policies

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// Policies of Cilium are read from what they permit together, and with the NetworkPolicies beside them: what one
// permits and none denies. A program has no rules that deny, so it has what these leave of the others.

// readCilium reads what policies of Cilium say, and NetworkPolicies beside them.
func (d *draft) readCilium() (diag.List, error) {
	if diags := d.labelsOfSubjects(); len(diags) > 0 {
		return diags, nil
	}
	o, err := evaluate.TraceCilium(d.plain(), nil, d.cilium, d.facts(), relation.Addrs{}, relation.Addrs{})
	if err != nil {
		return d.limited(err)
	}
	if diags := append(d.undecided(o), d.elsewhere(o)...); len(diags) > 0 {
		return diags, nil
	}
	d.relation = o.Least
	d.state()
	for _, direction := range directions {
		for home, set := range d.relation.RuleSets[direction] {
			if _, isClass := d.relation.Classes[home]; isClass {
				continue
			}
			d.sides[direction][home] = &side{}
			denying := d.stances(home, direction)
			d.sides[direction][home].rules = d.reduced(set.Rules(), o.LeastOrigins[direction][home], home, direction, denying)
		}
	}
	d.settleSides()
	return d.mixed(), nil
}

// asCilium adds to facts how Cilium enforces policies: its address blocks match no nodes, and it applies rules of a
// direction that policyTypes omits.
func asCilium(facts *relation.Facts, hosts relation.Hosts) {
	facts.Hosts = hosts
	facts.Enforcement = relation.Enforcement{Unmatched: hosts.Nodes, OmittedTypes: true}
}

// state adds the addresses of nodes and of the API server that decide what the policies match.
func (d *draft) state() {
	matchesNodes := func(a relation.Addrs) bool { return a.Overlaps(d.hosts.Nodes) }
	var needs [2]bool
	d.specs(func(_ int, s *ciliumpolicy.Spec) {
		for _, list := range s.Rules {
			for _, r := range list {
				for _, peer := range r.Peers {
					of, isAddrs := peer.Of.(relation.Addresses)
					needs[0] = needs[0] || isAddrs && of.Hosts.IsAny() && peer.Part != ciliumpolicy.APIServer && matchesNodes(of.Addrs)
					needs[1] = needs[1] || peer.Part == ciliumpolicy.APIServer || peer.Part == ciliumpolicy.NodesAndAPIServer
				}
			}
		}
	})
	for _, p := range d.plain() {
		parts, err := evaluate.Parts(p, relation.NewFacts(nil))
		for _, list := range parts {
			needs[0] = needs[0] || err == nil && slices.ContainsFunc(list, func(part evaluate.Part) bool {
				of, ok := part.Permits.Peer.(relation.Addresses)
				return ok && part.Peer >= 0 && matchesNodes(of.Addrs)
			})
		}
	}
	if needs[0] && !d.hosts.Nodes.IsEmpty() {
		d.used[d.parties.stated(nodes, d.hosts.Nodes)] = true
	}
	if needs[1] && !d.hosts.APIServer.IsEmpty() {
		d.used[d.parties.stated(apiServer, d.hosts.APIServer)] = true
	}
}

// specs lists what policies of Cilium say about pods, with the positions of the policies.
func (d *draft) specs(yield func(int, *ciliumpolicy.Spec)) {
	for i, p := range d.policies {
		if p.cilium == nil {
			continue
		}
		for j := range p.cilium.Specs {
			yield(i, &p.cilium.Specs[j])
		}
	}
}

// subjects lists the namespaces that policies name as those of their pods, where there are policies of Cilium.
func (d *draft) subjects() []string {
	names := map[string]bool{}
	if len(d.cilium) == 0 {
		return nil
	}
	for _, p := range d.policies {
		if p.Object.Namespace != "" {
			names[p.Object.Namespace] = true
		}
	}
	d.specs(func(_ int, s *ciliumpolicy.Spec) {
		if of := s.Subject.Namespaces.Get(relation.NameLabel); !of.Others {
			for _, name := range of.Names {
				if isNamespace(name) {
					names[name] = true
				}
			}
		}
	})
	return sorted(names)
}

// labelsOfSubjects collects the labels of namespaces that selectors use, and reports namespaces whose labels are
// not known.
func (d *draft) labelsOfSubjects() diag.List {
	known := map[string]bool{}
	for _, n := range d.labelled {
		known[n.Name] = true
	}
	unknown := slices.DeleteFunc(d.subjects(), func(name string) bool { return known[name] })
	at := d.policies[0].Span
	use := func(s relation.Selector, where func() string, p policy) {
		for _, k := range s.Keys() {
			if k.Key != relation.NameLabel {
				if len(d.labelKeys) == 0 {
					at = p.cilium.At(where())
				}
				d.labelKeys[k.Key] = true
			}
		}
	}
	bySubject := false
	d.specs(func(i int, s *ciliumpolicy.Spec) {
		use(s.Subject.Namespaces, func() string { return s.Path + ".endpointSelector" }, d.policies[i])
		bySubject = bySubject || slices.ContainsFunc(s.Subject.Namespaces.Keys(), func(k relation.Requirement) bool { return k.Key != relation.NameLabel })
		for _, list := range s.Rules {
			for _, r := range list {
				for _, peer := range r.Peers {
					if of, ok := peer.Of.(relation.Pods); ok {
						use(of.Namespaces, func() string { return peer.At }, d.policies[i])
					}
				}
			}
		}
	})
	if bySubject { // then the labels decide what policies isolate, also that they isolate nothing
		for _, name := range d.subjects() {
			d.namespaces[name] = true
		}
	}
	for _, p := range d.plain() {
		for _, s := range namespaceSelectors(p) {
			for _, key := range labelKeys(s) {
				d.labelKeys[key] = true
			}
		}
	}
	if len(unknown) == 0 || len(d.labelKeys) == 0 {
		return nil
	}
	return diag.List{labelsNeeded(unknown, sorted(d.labelKeys), at)}
}

// namespaceSelectors lists those of the peers of a NetworkPolicy.
func namespaceSelectors(p *networkingv1.NetworkPolicy) (out []*metav1.LabelSelector) {
	var peers []networkingv1.NetworkPolicyPeer
	for _, r := range p.Spec.Ingress {
		peers = append(peers, r.From...)
	}
	for _, r := range p.Spec.Egress {
		peers = append(peers, r.To...)
	}
	for _, peer := range peers {
		if peer.NamespaceSelector != nil {
			out = append(out, peer.NamespaceSelector)
		}
	}
	return out
}

// labelKeys lists the keys of a selector of namespaces, without that of their names.
func labelKeys(s *metav1.LabelSelector) (out []string) {
	out = slices.Collect(maps.Keys(s.MatchLabels))
	for _, e := range s.MatchExpressions {
		out = append(out, e.Key)
	}
	return slices.DeleteFunc(out, func(key string) bool { return key == relation.NameLabel })
}

// refusal is a rule of a policy of Cilium that no program has.
func refusal(p policy, path, why, help string) diag.Diagnostic {
	return diag.New(diag.NotImportable, p.cilium.At(path), "%s: %s %s", p.Object, path, why).WithHelp("%s", help)
}

// undecided reports rules of which nothing says what they match or let through, if what is permitted depends on that.
func (d *draft) undecided(o *evaluate.Ordered) (diags diag.List) {
	d.specs(func(i int, s *ciliumpolicy.Spec) {
		p := d.policies[i]
		for _, direction := range directions {
			for _, r := range s.Rules[direction] {
				if len(diags) >= mostReported || len(r.Peers) == 0 {
					continue
				}
				if !r.Proxied.IsEmpty() {
					diags.Add(refusal(p, fmt.Sprintf("%s.%s[%d]", s.Path, r.Field(direction), r.Index), "leaves to a proxy "+r.Doubt,
						"a program permits connections, and does not read what is sent; keep this policy beside the program"))
				}
				if r.Ports.IsEmpty() && r.Proxied.IsEmpty() {
					continue
				}
				var last string
				for _, peer := range r.Peers {
					if doubts := o.Names.Doubts(p.cilium.Policy, s, peer); len(doubts) > 0 && peer.At != last {
						last = peer.At
						why, help := "has a peer that no program can name: nothing says "+doubts[0], helpFor(peer, doubts[0])
						entity := strings.Trim(p.cilium.Fields().At(peer.At).Text(), `"'`)
						if direction == relation.Ingress && !r.Deny && peer.Part == ciliumpolicy.SomeNodes && entity == "host" {
							why, help = "has the entity host alone: no program names the node of a pod", ownNodeHelp
						}
						diags.Add(refusal(p, peer.At, why, help))
					}
				}
			}
		}
	})
	if len(diags) > 0 {
		same := true
		complete := relation.Diff(o.Most, o.Least, func(relation.Connection) bool { same = false; return false })
		if same && complete {
			return nil
		}
	}
	return diags
}

// ownNodeHelp is what to do about a rule that permits what a pod's own node sends: Kubernetes permits that always
// (Documentation/security/policy/layer3.rst).
const ownNodeHelp = "leave it out: Kubernetes always lets a pod's own node in, unless Cilium is set to allow-localhost=policy; for all nodes, write host and remote-node"

// helpFor returns what to do about a peer in doubt.
func helpFor(p ciliumpolicy.Peer, doubt string) string {
	of, isAddrs := p.Of.(relation.Addresses)
	switch {
	case isAddrs && !of.Hosts.IsAny():
		return "let its pods resolve the name: a rule to the resolvers with rules.dns, - matchPattern: \"*\""
	case doubt == evaluate.NoNodes:
		return "add the Nodes to the manifests: kubectl get nodes -o yaml"
	case doubt == evaluate.NoAPIServer:
		return "add the EndpointSlice to the manifests: kubectl get endpointslices -n default kubernetes -o yaml"
	case p.Part == ciliumpolicy.SomeNodes:
		return "write both entities, host and remote-node, for all nodes"
	}
	return "write the addresses or labels that are meant"
}

// elsewhere reports policies of the whole cluster that restrict pods of namespaces that no policy names. A program
// restricts those of namespaces that it declares.
func (d *draft) elsewhere(o *evaluate.Ordered) (diags diag.List) {
	reported := map[string]bool{}
	for _, direction := range directions {
		for _, class := range sorted(o.Least.Classes) {
			set, at := o.Least.RuleSets[direction][class], o.Least.Classes[class]
			if set == nil || isOpen(set) {
				continue
			}
			d.specs(func(i int, s *ciliumpolicy.Spec) {
				key := fmt.Sprint(i, s.Path)
				if !s.Subject.Namespaces.Overlaps(at) || !s.Isolates[direction] && len(denied(s, direction)) == 0 || reported[key] {
					return
				}
				reported[key] = true
				help := "name the namespaces: - {key: k8s:io.kubernetes.pod.namespace, operator: In, values: [NAMESPACE]} in matchExpressions"
				if !s.Isolates[relation.Ingress] && !s.Isolates[relation.Egress] { // it is what guardrails are
					help = "import the other policies, and write what this one denies as `deny`: zt build --target cilium,ciliumclusterwide emits it"
				}
				diags.Add(refusal(d.policies[i], s.Path+".endpointSelector", "selects pods of namespaces that it does not name, and a program restricts only pods of namespaces that it names", help))
			})
		}
	}
	return diags
}

// isOpen reports whether rules permit all pods everything.
func isOpen(set *relation.RuleSet) bool {
	return !slices.ContainsFunc(relation.Everything(), func(r relation.Rule) bool {
		covered, _ := set.Covers(r)
		return !covered
	})
}

// denied lists the rules of a spec that deny something.
func denied(s *ciliumpolicy.Spec, direction relation.Direction) (out []ciliumpolicy.Rule) {
	for _, r := range s.Rules[direction] {
		if r.Deny && len(r.Peers) > 0 && !r.Ports.IsEmpty() {
			out = append(out, r)
		}
	}
	return out
}

// stances adds which pods of a namespace policies isolate. Those of which some connections are denied are isolated in
// a program in any case. It returns the positions of the policies that deny.
func (d *draft) stances(home string, direction relation.Direction) (denying []int) {
	type stance struct {
		position              int
		own                   relation.Selector
		isolates, opens, deny bool
	}
	var all []stance
	for i, p := range d.policies {
		if p.network == nil || p.Object.Namespace != home {
			continue
		}
		own, isolates, err := evaluate.Isolates(p.network)
		rules := map[relation.Direction]int{relation.Ingress: len(p.network.Spec.Ingress), relation.Egress: len(p.network.Spec.Egress)}[direction]
		if err == nil && (slices.Contains(isolates, direction) || rules > 0 && len(d.cilium) > 0) {
			all = append(all, stance{i, own, true, permitsAll(p.network, direction), false})
		}
	}
	labels := d.labelsOf(home)
	for i, p := range d.policies {
		if p.cluster == nil || !isAdmin(p.cluster.Policy) {
			continue
		}
		for _, g := range append([]*clusterpolicy.Policy{p.cluster.Policy}, mirrored(p.cluster.Policy)...) {
			denies := slices.ContainsFunc(g.Rules[direction], func(r clusterpolicy.Rule) bool { return r.Action == clusterpolicy.Deny })
			if denies && g.Subject.Namespaces.Matches(labels) {
				all = append(all, stance{i, g.Subject.Labels, false, false, true})
			}
		}
	}
	d.specs(func(i int, s *ciliumpolicy.Spec) {
		if s.Subject.Namespaces.Matches(labels) {
			all = append(all, stance{i, s.Subject.Labels, s.Isolates[direction], slices.ContainsFunc(s.Rules[direction], opensAll), len(denied(s, direction)) > 0})
		}
	})
	all = slices.DeleteFunc(all, func(s stance) bool { return s.own.IsEmpty() })
	var isolated []relation.Selector
	for _, s := range all {
		if s.deny {
			add(&denying, s.position)
		}
		if !s.isolates {
			continue
		}
		open := s.opens && !slices.ContainsFunc(all, func(o stance) bool { return o.deny && o.own.Overlaps(s.own) })
		if d.isolate(direction, home, s.own, s.position, open); !open {
			isolated = append(isolated, s.own)
		}
	}
	for _, s := range all {
		if s.deny && !s.isolates && !slices.ContainsFunc(isolated, s.own.Implies) {
			d.isolate(direction, home, s.own, s.position, false)
		}
	}
	return denying
}

// opensAll reports whether a rule permits everything.
func opensAll(r ciliumpolicy.Rule) bool {
	pods := slices.ContainsFunc(r.Peers, func(p ciliumpolicy.Peer) bool {
		of, ok := p.Of.(relation.Pods)
		return ok && of.Namespaces.IsAny() && of.Labels.IsAny() && p.Doubt == ""
	})
	return !r.Deny && r.Ports.IsEvery() && pods && slices.ContainsFunc(r.Peers, func(p ciliumpolicy.Peer) bool { return p.Part == ciliumpolicy.Everywhere && p.Doubt == "" })
}

// mixed reports rules whose ports no list of ports says.
func (d *draft) mixed() (diags diag.List) {
	for _, direction := range directions {
		for _, home := range sorted(d.sides[direction]) {
			for _, r := range d.sides[direction][home].rules {
				if !r.ports.Mixed().IsEmpty() && len(diags) < mostReported {
					diags.Add(diag.New(diag.NotImportable, d.at(r.peer), "%sdenying ports leaves %s, which numbers and names of ports decide together; a program has no form for that", d.rule(r.peer), r.ports).
						WithHelp("deny and permit these ports both by number, or both by name"))
				}
			}
		}
	}
	return diags
}

// hosts returns the addresses of nodes and of the API server, as far as the manifests have them.
func hosts(inv *inventory.Inventory) relation.Hosts {
	var all []netip.Prefix
	for _, s := range inv.APIServers {
		for _, a := range s.Addrs {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return relation.Hosts{Nodes: relation.PrefixesAddrs(inv.Nodes), APIServer: relation.PrefixesAddrs(all)}
}
