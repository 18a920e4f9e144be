package query

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
)

// In Cilium the addresses of nodes are no others: no address block and not the entity world match them, and
// the entities cluster, host and remote-node match only them. If nothing states these addresses, any private
// address can be a node's, and no other. A question about such an address is answered both ways. In a list of
// connections, addresses are those outside the cluster.
//
// Policies with a nodeSelector are about nodes themselves. They can deny connections of nodes, also those with
// pods, and no others (Documentation/security/host-firewall.rst; bpf/bpf_lxc.c, lxc_deliver_to_host).

// apiServer returns the party of the API server, at the addresses that a program states, or else the manifests.
func (v *Model) apiServer() (*Party, error) {
	const name = "apiserver"
	switch {
	case v.topology != nil && v.topology.Network.APIServer != nil:
		return &Party{Name: name, Parts: semantics.Peers(v.topology.Network.APIServer)}, nil
	case v.topology != nil:
		return nil, fmt.Errorf("nothing says what addresses the API server has; state them: `network { apiserver CIDR :PORT }`")
	}
	addrs := v.Relation.Facts.APIServer
	if addrs.IsEmpty() {
		addrs = apiServerOf(v.inventory)
	}
	if addrs.IsEmpty() {
		return nil, fmt.Errorf("nothing says what addresses the API server has; add the EndpointSlice of the Service default/kubernetes")
	}
	return &Party{Name: name, Parts: []relation.Peer{relation.AddrPeer(addrs)}}, nil
}

// apiServerOf returns the addresses of the API server that manifests state.
func apiServerOf(inv *inventory.Inventory) relation.Addrs {
	var all []relation.Addrs
	for _, s := range inv.APIServers {
		all = append(all, addrsOf(s))
	}
	return relation.UnionAddrs(all...)
}

// knowsNodes reports whether the addresses of nodes are known, and whether a rule matches all or none of them.
func (v *Model) knowsNodes() bool { return v.blocksMissNodes && !v.Relation.Facts.Nodes.IsEmpty() }

// mayBeNode reports whether a member of a party can be a node.
func (v *Model) mayBeNode(p *Party) bool {
	return p.Host != "" || !p.Free && overlaps(p, v.Relation.Facts.MayBeNodes())
}

// overlaps reports whether a party has some of these addresses.
func overlaps(p *Party, addrs relation.Addrs) bool {
	return slices.ContainsFunc(p.Parts, func(part relation.Peer) bool {
		of, ok := part.(relation.Addresses)
		return ok && of.Hosts.IsAny() && of.Addrs.Overlaps(addrs)
	})
}

// asNodes returns the model in which every address that can be a node's is one; nil if the addresses of nodes
// are known, or make no difference.
func (v *Model) asNodes() (*Model, error) {
	if !v.byCilium || v.withNodes == nil || !v.Relation.Facts.Nodes.IsEmpty() {
		return nil, nil
	}
	if v.nodesMet == nil {
		w, err := v.withNodes(v.Relation.Facts.MayBeNodes())
		if err != nil {
			return nil, err
		}
		v.nodesMet = w
	}
	return v.nodesMet, nil
}

// undecidedNodes returns why an answer depends on which addresses nodes have.
func (v *Model) undecidedNodes(a Answer) (out []Undecided) {
	var ends []*Party
	for _, p := range []*Party{a.From, a.To} {
		if v.mayBeNode(p) {
			ends = append(ends, p)
		}
	}
	if len(ends) == 0 {
		return nil
	}
	w, err := v.asNodes()
	if err != nil {
		return []Undecided{{Message: err.Error()}}
	}
	if w == nil {
		return nil
	}
	for _, reading := range []*Model{w, w.wide()} {
		if other := reading.answer(a.Query); other.Permitted != a.Permitted || other.some != a.some {
			for _, p := range ends {
				if p.Host == "" { // else its own reason says so
					out = append(out, Undecided{Message: nodesReason(p)})
				} else {
					out = append(out, hostAddresses(p))
				}
			}
			return out
		}
	}
	return nil
}

func nodesReason(p *Party) string {
	return fmt.Sprintf("nothing says whether a node has an address of %s, and Cilium matches nodes as entities; add the Node objects", p.Name)
}

func hostAddresses(p *Party) Undecided {
	return Undecided{fmt.Sprintf("%s is on the host network: its pods have the addresses of nodes, which zt does not know", p.Name), p.workload.Span}
}

// hostPolicies lists the policies with rules for nodes in a direction.
func (v *Model) hostPolicies(d relation.Direction) (out []inventory.CiliumPolicy) {
	if v.inventory == nil {
		return nil
	}
	for _, p := range v.inventory.CiliumPolicies {
		if p.Nodes[d] {
			out = append(out, p)
		}
	}
	return out
}

func hostPolicyReasons(list []inventory.CiliumPolicy) (out []Undecided) {
	for _, p := range list {
		out = append(out, Undecided{fmt.Sprintf("zt does not evaluate the nodeSelector of %s, which can deny connections of nodes", p.Object), p.Object.Span})
	}
	return out
}

// undecidedHosts returns the policies for nodes that could deny what the other policies permit.
func (v *Model) undecidedHosts(a Answer) (out []Undecided) {
	if !a.Permitted && !a.Some {
		return nil
	}
	if v.mayBeNode(a.From) {
		out = hostPolicyReasons(v.hostPolicies(relation.Egress))
	}
	if v.mayBeNode(a.To) {
		out = append(out, hostPolicyReasons(v.hostPolicies(relation.Ingress))...)
	}
	return out
}

// undecidedNodeLists returns what about nodes could change a list of connections.
func (v *Model) undecidedNodeLists(connections []Connection, from, to []*Party) (out []Undecided) {
	for _, d := range directions {
		policies := v.hostPolicies(d)
		if len(policies) == 0 {
			continue
		}
		isNode := func(p *Party) bool { return p.Host != "" || !p.Free && overlaps(p, v.Relation.Facts.Nodes) }
		asked, _ := sides(d, from, to)
		if slices.ContainsFunc(asked, v.mayBeNode) || slices.ContainsFunc(connections, func(c Connection) bool {
			own, _ := sides(d, c.From, c.To)
			return isNode(own)
		}) {
			out = append(out, hostPolicyReasons(policies)...)
		}
	}
	var ends []*Party
	for _, p := range slices.Concat(from, to) {
		if p.Host == "" && v.mayBeNode(p) {
			ends = append(ends, p)
		}
	}
	if len(ends) == 0 {
		return out
	}
	w, err := v.asNodes()
	if err != nil {
		return append(out, Undecided{Message: err.Error()})
	}
	if w == nil {
		return out
	}
	list := func(connections []Connection) (lines []string) {
		for _, c := range connections {
			lines = append(lines, c.edge())
		}
		return lines
	}
	if others, ok := w.Connections(from, to); !ok || !slices.Equal(list(connections), list(others)) {
		for _, p := range ends {
			out = append(out, Undecided{Message: nodesReason(p)})
		}
	}
	return out
}

// differentHosts returns the policies for nodes of two models, if these are not the same. What the rules for pods
// permit is not all that decides then: whatever these isolate, the pods on the host network are on the nodes.
func differentHosts(old, new *Model) (out []Undecided) {
	var content [2][]string
	for i, v := range []*Model{old, new} {
		var list []inventory.CiliumPolicy
		for _, d := range directions {
			for _, p := range v.hostPolicies(d) {
				content[i] = append(content[i], p.Object.String()+" "+p.Content)
				list = append(list, p)
			}
		}
		slices.Sort(content[i])
		out = append(out, hostPolicyReasons(list)...)
	}
	if slices.Equal(content[0], content[1]) {
		return nil
	}
	return out
}

// differentBeyond returns the policies of Cilium that have rules beyond what a relation has, if these are not the
// same in two models: that the relations are equal does not say then that the same is permitted.
func differentBeyond(old, new *Model) (out []Undecided) {
	var content [2][]string
	for i, v := range []*Model{old, new} {
		if v.inventory == nil {
			continue
		}
		for _, p := range v.inventory.CiliumPolicies {
			if len(p.Beyond) == 0 {
				continue
			}
			content[i] = append(content[i], p.Object.String()+" "+p.Content)
			b := p.Beyond[0]
			out = append(out, Undecided{fmt.Sprintf("%s in %s is about %s, which zt does not compare", b.Path, p.Object, b.What), p.At(b.Path)})
		}
		slices.Sort(content[i])
	}
	if slices.Equal(content[0], content[1]) {
		return nil
	}
	return out
}
