package cilium

import (
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	shared "github.com/zt-lang/zt/emit/target/guards"
	"github.com/zt-lang/zt/emit/target/layout"
	"github.com/zt-lang/zt/grammar/diag"
)

// Guardrails compiles what a program denies to CiliumClusterwideNetworkPolicies that deny it: no
// NetworkPolicy and no other policy of Cilium can permit that. They isolate no pods. It implements target.Guard.
type Guardrails struct{}

// Name implements target.Target.
func (Guardrails) Name() string { return "ciliumclusterwide" }

// Plugin implements target.Native.
func (Guardrails) Plugin() string { return Target{}.Plugin() }

// Beside implements target.Guard.
func (Guardrails) Beside() string { return Target{}.Name() }

// NamesHosts implements target.Guard. The policies beside the guardrails name hosts themselves.
func (Guardrails) NamesHosts() bool { return false }

// deniesAnnotation holds the statements that an object enforces, one per line.
const deniesAnnotation = "zt-lang.github.io/denies"

// guard is what is denied to the pods of one endpoint.
type guard struct {
	endpoint *topology.Endpoint
	denied   [2]map[string]denied // by relation.Direction, and by peer and ports
	lines    map[string]bool      // the statements
}

// denied is an endpoint from or to which connections on some ports are denied.
type denied struct {
	endpoint *topology.Endpoint
	ports    relation.Ports
}

// Lower implements target.Target. Connections to pods are denied where they arrive, and those that can also be
// to addresses where they start: one side is enough. From addresses to addresses no pod has a part in it. A stage
// of a rollout that isolates one direction denies in that direction only.
func (Guardrails) Lower(t *topology.Topology, _ target.Options) (target.Objects, diag.List) {
	l := newLowering(t)
	guards := map[string]*guard{}
	var diags diag.List
	for _, d := range t.Denies {
		if d.Kind == topology.DenyPath {
			diags.Add(diag.New(diag.PathNotGuarded, d.Span, "guardrails cannot hold a `deny path`, which no single connection violates").
				WithHelp("zt checks it in every build; to guard one step of a path, write `deny`"))
			continue
		}
		for i, from := range d.From {
			for j, to := range d.To {
				if d.Kind == topology.DenyIsolate && i == j || shared.IsEmpty(from.Endpoint) || shared.IsEmpty(to.Endpoint) {
					continue
				}
				diags = append(diags, shared.HostsLeft(d, from, to)...)
				for _, e := range []*topology.Endpoint{from.Endpoint, to.Endpoint} {
					if l.hasSomeNodes(e) {
						diags.Add(diag.New(diag.NotGuarded, d.Span, "guardrails cannot deny the addresses of some nodes, which %s covers", e).
							WithHelp("deny all nodes with `nodes`"))
					}
				}
				add := func(own, other *topology.Endpoint, side relation.Direction) {
					name := shared.NameOf(own)
					if guards[name] == nil {
						guards[name] = &guard{own, [2]map[string]denied{{}, {}}, map[string]bool{}}
					}
					guards[name].denied[side][other.Name+" "+to.Ports.String()] = denied{other, to.Ports}
					guards[name].lines[fmt.Sprintf("deny %s -> %s :%s", from.Endpoint, to.Endpoint, to.Ports)] = true
				}
				arrive, start := to.Kind != topology.Addresses, from.Kind != topology.Addresses // where it can be denied
				if t.Stage == topology.StageAll {
					outside := to.Kind == topology.Addresses || to.Kind == topology.Everything // some of it
					arrive = arrive && (!outside || from.Kind == topology.Addresses || from.Kind == topology.Everything)
					start = start && outside
				}
				if arrive && t.Stage.Has(relation.Ingress) {
					add(to.Endpoint, from.Endpoint, relation.Ingress)
				}
				if start && t.Stage.Has(relation.Egress) {
					add(from.Endpoint, to.Endpoint, relation.Egress)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(guards)) {
		l.deny("deny-"+name, guards[name])
	}
	return clusterwide(l.policies), diags
}

// deny adds a policy that denies.
func (l *lowering) deny(name string, g *guard) {
	no := false
	spec := &ciliumpolicy.SpecObject{
		EndpointSelector:  l.peers[l.podsOf(g.endpoint)].pods,
		EnableDefaultDeny: &ciliumpolicy.DefaultDeny{Ingress: &no, Egress: &no},
	}
	for _, key := range slices.Sorted(maps.Keys(g.denied[relation.Ingress])) {
		for _, s := range l.deniedRules(g.denied[relation.Ingress][key]) {
			spec.IngressDeny = append(spec.IngressDeny, ciliumpolicy.IngressDenyRule{
				From: ciliumpolicy.From{FromEndpoints: s.pods, FromCIDRSet: s.blocks, FromEntities: s.entities}, ToPorts: denyPorts(s.ports),
			})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(g.denied[relation.Egress])) {
		for _, s := range l.deniedRules(g.denied[relation.Egress][key]) {
			spec.EgressDeny = append(spec.EgressDeny, ciliumpolicy.EgressDenyRule{
				To: ciliumpolicy.To{ToEndpoints: s.pods, ToCIDRSet: s.blocks, ToEntities: s.entities}, ToPorts: denyPorts(s.ports),
			})
		}
	}
	if len(spec.IngressDeny)+len(spec.EgressDeny) == 0 {
		return
	}
	l.policies = append(l.policies, Policy{
		TypeMeta: metav1.TypeMeta{APIVersion: apiVersion, Kind: ciliumpolicy.Clusterwide},
		Metadata: Metadata{Name: name, Labels: mapOf(layout.Labels), Annotations: map[string]string{deniesAnnotation: layout.Annotation(slices.Sorted(maps.Keys(g.lines)))}},
		Object:   ciliumpolicy.Object{Spec: spec},
	})
}

// deniedRules returns the rules that deny an endpoint. Host names cannot be denied, and neither can some nodes
// without the others.
func (l *lowering) deniedRules(d denied) []sorted {
	r := layout.Rule{Ports: l.Ports(layout.Normal(d.ports)), Resolving: layout.ResolvesNone}
	switch d.endpoint.Kind {
	case topology.Everything:
		return l.sorted(r) // without peers: all
	case topology.Addresses:
		if l.hasSomeNodes(d.endpoint) && d.endpoint.Addrs.Subset(l.nodes) {
			return nil
		}
		for _, o := range l.Outside(d.endpoint) {
			if id := o.Write(); l.peers[id].host == nil {
				r.Peers = append(r.Peers, id)
			}
		}
		if r.Peers == nil {
			return nil
		}
	default:
		r.Peers = []layout.PeerID{l.podsOf(d.endpoint)}
	}
	return l.sorted(r)
}

// podsOf returns the peer of an endpoint's pods. Policies of the whole cluster always name namespaces.
func (l *lowering) podsOf(e *topology.Endpoint) layout.PeerID {
	namespaces, labels := shared.SelectorsOf(e)
	return l.Pods(false, namespaces, labels)
}

func denyPorts(list []ciliumpolicy.PortRule) []ciliumpolicy.PortDenyRule {
	var out []ciliumpolicy.PortDenyRule
	for _, p := range list {
		out = append(out, ciliumpolicy.PortDenyRule{Ports: p.Ports})
	}
	return out
}

// clusterwide are CiliumClusterwideNetworkPolicies to write.
type clusterwide []Policy

func (c clusterwide) Len() int { return len(c) }

func (c clusterwide) Stream(format manifest.Format) []byte { return objects(c).Stream(format) }

func (c clusterwide) Files(format manifest.Format) []manifest.File {
	if len(c) == 0 {
		return nil
	}
	return []manifest.File{{Name: manifest.ClusterFile(ciliumpolicy.Clusterwide, format), Data: marshal(c, format, true)}}
}

// Read implements target.Target.
func (g Guardrails) Read(files []manifest.File, format manifest.Format) (target.Policies, error) {
	return g.read(files, format)
}

// ReadGuards implements target.Guard.
func (g Guardrails) ReadGuards(files []manifest.File, format manifest.Format) (target.Guards, error) {
	return g.read(files, format)
}

func (Guardrails) read(files []manifest.File, format manifest.Format) (guardrails, error) {
	list, err := manifest.ReadObjects(files, format, func(p *Policy) error {
		if p.APIVersion != apiVersion || p.Kind != ciliumpolicy.Clusterwide || p.Metadata.Name == "" || p.Metadata.Namespace != "" {
			return fmt.Errorf("it is not a %s of %s with a name and no namespace", ciliumpolicy.Clusterwide, apiVersion)
		}
		if p.Spec == nil || len(p.Specs) > 0 || len(p.Spec.Ingress)+len(p.Spec.Egress) > 0 {
			return fmt.Errorf("it is not one spec that only denies")
		}
		return nil
	})
	if err != nil {
		return guardrails{}, err
	}
	read, err := readAll(list)
	return guardrails{read}, err
}

// guardrails are policies that were read back.
type guardrails struct{ policies }

// Together implements target.Guards.
func (g guardrails) Together(others target.Policies, denied []target.Connections, facts *relation.Facts, _ relation.Addrs) (least, most *relation.Relation, err error) {
	beside, ok := others.(policies)
	if !ok {
		return nil, nil, fmt.Errorf("the policies beside the guardrails are not those of Cilium but %T", others)
	}
	all := slices.Concat(beside, g.policies)
	if most, err = all.Relation(facts); err != nil {
		return nil, nil, err
	}
	o, err := traced(shared.Accepting(denied), all, facts)
	if err != nil {
		return nil, nil, err
	}
	return o.Least, most, nil
}

// Left implements target.Guards. Of addresses that cover some nodes, Lower reports that these are left.
func (g guardrails) Left(of []target.Connections, facts *relation.Facts) (*relation.Relation, error) {
	of = slices.Clone(of)
	for i, c := range of {
		if to, ok := c.To.(relation.Addresses); ok && !facts.Nodes.Subset(to.Addrs) {
			of[i].To = relation.AddrPeer(to.Addrs.Subtract(facts.Nodes))
		}
	}
	o, err := traced(shared.Held(of), g.policies, facts)
	if err != nil {
		return nil, err
	}
	return o.Most, nil
}

// traced returns what policies of Cilium permit beside others of the whole cluster.
func traced(others []*clusterpolicy.Policy, list policies, facts *relation.Facts) (*evaluate.Ordered, error) {
	return evaluate.TraceCilium(nil, others, list, enforced(facts), relation.Addrs{}, relation.Addrs{})
}
