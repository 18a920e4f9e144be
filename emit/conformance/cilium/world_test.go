package cilium

import (
	"fmt"
	"net/netip"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/conformance/cilium/engine"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/grammar/source"
)

// world is a drawn set of policies in a cluster: as zt evaluates it, and as the engine does.
type world struct {
	least, most *relation.Relation // what zt says is permitted, at least and at most
	model       *query.Model       // answers questions
	engine      *engine.Engine
	inhabitants []scene.Inhabitant
	ends        []*engine.End // of each inhabitant
}

func newWorld(d judge.Draw, s *judge.Set) (*world, error) {
	w := &world{engine: engine.New()}
	if err := w.engine.Add([]byte(s.Manifests())); err != nil {
		return nil, err
	}
	if err := w.evaluate(s); err != nil {
		return nil, err
	}
	return w, w.populate(scene.Inhabitants(d, s, 12))
}

// evaluate sets what zt says of the policies, as `zt verify` does for a program that states `plugin cilium`.
func (w *world) evaluate(s *judge.Set) error {
	inv, diags := inventory.Read([]*source.File{source.NewFile("set.yaml", s.Manifests())}, "")
	if diags.Errors() > 0 {
		return fmt.Errorf("%v", diags)
	}
	var err error
	if w.model, err = modelOf(inv); err != nil {
		return err
	}
	var plain []*networkingv1.NetworkPolicy
	for _, p := range inv.Policies {
		plain = append(plain, p.NetworkPolicy)
	}
	var ordered []*clusterpolicy.Policy
	for _, p := range inv.ClusterPolicies {
		ordered = append(ordered, p.Policy)
	}
	var own []*ciliumpolicy.Policy
	for _, p := range inv.CiliumPolicies {
		own = append(own, p.Policy)
	}
	if len(own) != len(s.Cilium) || len(ordered) != len(s.Ordered) {
		return fmt.Errorf("zt reads %d policies of Cilium and %d ClusterNetworkPolicies", len(own), len(ordered))
	}
	facts := relation.NewFacts(s.Namespaces)
	facts.Enforcement, facts.Hosts = network.Enforcement(), network.Hosts()
	if len(ordered)+len(own) == 0 {
		permitted, err := evaluate.Relation(policyset.FromObjects(plain), facts)
		w.least, w.most = permitted, permitted
		return err
	}
	zt, err := evaluate.TraceCilium(plain, ordered, own, facts, relation.Addrs{}, relation.Addrs{}) // no block matches pods
	if err != nil {
		return err
	}
	w.least, w.most = zt.Least, zt.Most
	return nil
}

// nodes are the addresses of nodes, in a block that policies name.
var nodes = netip.MustParsePrefix("192.168.77.0/24")

// apiServer is an address of the API server, outside of the cluster.
var apiServer = netip.MustParseAddr("198.51.100.66")

// populate adds inhabitants, a node and the API server.
func (w *world) populate(all []scene.Inhabitant) error {
	for _, a := range []netip.Addr{nodes.Addr().Next(), apiServer} {
		all = append(all, scene.Inhabitant{End: judge.End{Addr: a}, Party: &scene.Party{Name: a.String(), Addrs: []netip.Addr{a}}})
	}
	w.inhabitants = all
	for _, i := range all {
		var end *engine.End
		switch {
		case i.IsPod():
			end = w.engine.Pod(i.End.Namespace, i.NamespaceLabels, i.End.Labels, i.Containers)
		case isNode(i):
			end = w.engine.Node(false)
		case i.End.Addr == apiServer:
			end = w.engine.APIServer(apiServer)
		default:
			var err error
			if end, err = w.engine.Address(i.End.Addr, hostNames[i.End.Addr.String()]...); err != nil {
				return err
			}
		}
		w.ends = append(w.ends, end)
	}
	return nil
}

// hostNames is the names of addresses outside.
var hostNames = map[string][]string{"203.0.113.9": {"api.example.com"}, "2001:db8::9": {"deep.api.example.com"}}

// connection returns a connection between two inhabitants. One to an address that has a name found it by
// that name.
func (w *world) connection(from, to scene.Inhabitant, port relation.Port) relation.Connection {
	c := from.Connection(to, port)
	if names := hostNames[to.End.Addr.String()]; !to.IsPod() && names != nil {
		c.To.Host = names[0]
	}
	return c
}

// possible reports whether a connection between two inhabitants is one that policies decide.
func possible(from, to scene.Inhabitant) bool {
	return from.Party != to.Party && from.End.Addr.Is6() == to.End.Addr.Is6() && (from.IsPod() || to.IsPod())
}

func isNode(i scene.Inhabitant) bool { return !i.IsPod() && nodes.Contains(i.End.Addr) }
