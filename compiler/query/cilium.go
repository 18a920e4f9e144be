package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// enforce sets how policies are enforced. A cluster with policies of Cilium is one that Cilium enforces: by
// the settings that a program states, or else by its defaults. Then an address block matches no pod and no
// node, and neither do the networks of a ClusterNetworkPolicy.
func (v *Model) enforce(inv *inventory.Inventory, facts *relation.Facts, names *Model, nodes relation.Addrs) {
	if v.byCilium = enforcedByCilium(inv, names); !v.byCilium {
		return
	}
	if facts.APIServer.IsEmpty() {
		facts.APIServer = apiServerOf(inv)
	}
	network := topology.Network{Plugin: topology.Default("cilium")}
	if names != nil && names.network().Plugin != nil {
		network = names.network()
	} else if names != nil {
		network.Nodes = names.network().Nodes
	}
	if len(network.Plugin.Settings) == 0 && inv.Evidence != nil {
		network.Plugin = withSettings(network.Plugin, inv.Evidence.CiliumSettings())
	}
	if facts.Nodes.IsEmpty() {
		all := slices.Concat(inv.Nodes, nodes.Prefixes())
		facts.Nodes = relation.PrefixesAddrs(all)
		for _, p := range all {
			if names == nil { // else the program is compared, which does not state them
				network.Nodes = append(network.Nodes, topology.Block{Prefix: p})
			}
		}
	}
	v.enforced = network
	v.blocksMissNodes = network.Plugin.Never(topology.BlocksMatchNodes)
	facts.Enforcement = network.Enforcement()
	if network.Plugin.Never(topology.BlocksMatchNodes) {
		facts.Unmatched = facts.Nodes
	}
	if network.Plugin.Never(topology.BlocksMatchPods) {
		v.blockAddrs = relation.Addrs{}
	}
	if network.Plugin.Never(topology.NetworksMatchPods) {
		v.podAddrs = relation.Addrs{}
	}
}

// enforcedByCilium reports whether Cilium enforces the policies, as far as they or a program say.
func enforcedByCilium(inv *inventory.Inventory, names *Model) bool {
	decides := false
	if names != nil {
		decides, _ = names.network().Plugin.Answer(topology.BaselineDecides)
	}
	return decides || inv.ByCilium || len(inv.CiliumPolicies) > 0
}

// withSettings returns a plugin with those settings of its agent that change a fact.
func withSettings(p *topology.Plugin, agent map[string]string) *topology.Plugin {
	out := &topology.Plugin{PluginFacts: p.PluginFacts}
	for _, f := range p.Facts {
		values := strings.FieldsFunc(agent[f.Setting], func(r rune) bool { return r == ',' || r == ' ' })
		if s := (topology.Setting{Key: f.Setting, Value: f.Value}); f.Setting != "" && slices.Contains(values, f.Value) && !slices.Contains(out.Settings, s) {
			out.Settings = append(out.Settings, s)
		}
	}
	return out
}

// addrsOf returns the addresses behind a Service.
func addrsOf(s inventory.EndpointSlice) relation.Addrs {
	var all []relation.Addrs
	for _, a := range s.Addrs {
		if p, err := a.Prefix(a.BitLen()); err == nil {
			all = append(all, relation.Prefix(p))
		}
	}
	return relation.UnionAddrs(all...)
}

// ruleText names a rule of a policy: by its field and position.
func ruleText(o evaluate.Origin, d relation.Direction) string {
	if o.Cilium == nil {
		return fmt.Sprintf("%s[%d]", d, o.Rule)
	}
	spec := o.Cilium.Specs[o.Spec]
	r := spec.Rules[d][o.Rule]
	text := fmt.Sprintf("%s[%d]", r.Field(d), r.Index)
	if len(o.Cilium.Specs) > 1 {
		return spec.Path + "." + text
	}
	return text
}

// ciliumOrigin says where a rule of a policy of Cilium stands.
func (v *Model) ciliumOrigin(o evaluate.Origin, d relation.Direction) Origin {
	p := v.ciliumPolicies[o.Cilium]
	spec := o.Cilium.Specs[o.Spec]
	r := spec.Rules[d][o.Rule]
	at := p.At(fmt.Sprintf("%s.%s[%d]", spec.Path, r.Field(d), r.Index))
	place := placeAt(at, "")
	place.Kind, place.Policy = p.Object.Kind, ciliumName(p)
	return Origin{Place: place, span: at}
}

func ciliumName(p inventory.CiliumPolicy) string {
	if p.Object.Namespace == "" {
		return p.Object.Name
	}
	return p.Object.Namespace + "/" + p.Object.Name
}

// ciliumPlace says where what a policy of Cilium says about some pods stands.
func ciliumPlace(p inventory.CiliumPolicy, s ciliumpolicy.Spec) Place {
	at := p.Object.Span
	if len(p.Specs) > 1 {
		at = p.At(s.Path)
	}
	place := placeAt(at, p.Object.String())
	place.Kind, place.Policy = p.Object.Kind, ciliumName(p)
	return place
}

// openCilium lists the rules of policies of Cilium of which nothing says what they match or decide.
func openCilium(list []inventory.CiliumPolicy, names *evaluate.Names) (out []openRule) {
	for _, p := range list {
		for i := range p.Specs {
			s := &p.Specs[i]
			for _, d := range directions {
				for _, r := range s.Rules[d] {
					add := func(doubt string, at string, ports relation.Ports) {
						path := fmt.Sprintf("%s.%s[%d]", s.Path, r.Field(d), r.Index)
						message := fmt.Sprintf("nothing says %s in %s of %s", doubt, path, p.Object)
						out = append(out, openRule{Undecided{message, p.At(at)}, d, s.Subject, ports, nil, true})
					}
					if !r.Proxied.IsEmpty() {
						add(r.Doubt, fmt.Sprintf("%s.%s[%d]", s.Path, r.Field(d), r.Index), r.Proxied)
					}
					for _, peer := range r.Peers {
						for _, doubt := range names.Doubts(p.Policy, s, peer) {
							add(doubt, peer.At, relation.UnionPorts(r.Ports, r.Proxied))
						}
					}
				}
			}
		}
	}
	return out
}
