package clusternetworkpolicy

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
	shared "github.com/zt-lang/zt/emit/target/guards"
	"github.com/zt-lang/zt/grammar/diag"
)

// lower returns policies of the tier Admin: those that deny, and then those that accept.
//
// Those that deny have the first priorities of the range, each one of its own. Those that accept share the last:
// which of them comes first makes no difference. So a statement more that denies changes none that accepts, and
// what other programs deny with priorities of the same range comes before what this one accepts.
func lower(t *topology.Topology, options target.Options) (objects, diag.List) {
	priorities := options.Priorities.OrDefault()
	out, diags := denying(t)
	accepted, more := accepting(t, options.Layout)
	if diags = append(diags, more...); more.Errors() > 0 {
		return nil, diags
	}
	needed := len(out)
	if len(accepted) > 0 {
		needed++
	}
	if needed > priorities.Count {
		diags.Add(tooFew(t, priorities, needed))
		return nil, diags
	}
	for i := range out {
		out[i].Spec.Priority = priorities.First + i
	}
	for i := range accepted {
		accepted[i].Spec.Priority = priorities.First + priorities.Count - 1
	}
	return append(out, accepted...), diags
}

// denying returns policies that deny what the statements of a program forbid.
//
// One side of a connection is enough to deny it. That is the destination's: so a policy protects what a
// statement protects, where the ports are. But rules for ingress have no peers outside the cluster, and
// addresses are no subjects. So connections to addresses are denied at their source, and connections from
// addresses cannot be denied.
//
// In a stage of a rollout that isolates one direction only, connections are denied in that direction only.
func denying(t *topology.Topology) (objects, diag.List) {
	l := &lowering{pods: t.Network.PossiblePods(), stage: t.Stage, guards: map[string]*guard{}}
	for _, d := range t.Denies {
		if d.Kind == topology.DenyPath {
			l.diags.Add(diag.New(diag.PathNotGuarded, d.Span, "guardrails cannot hold a `deny path`, which no single connection violates").
				WithHelp("zt checks it in every build; to guard one step of a path, write `deny`"))
			continue
		}
		for i, from := range d.From {
			for j, to := range d.To {
				if d.Kind != topology.DenyIsolate || i != j {
					l.deny(d, from, to)
				}
			}
		}
	}
	var out objects
	for _, name := range slices.Sorted(maps.Keys(l.guards)) {
		out = append(out, l.guards[name].objects()...)
	}
	return out, l.diags
}

func tooFew(t *topology.Topology, priorities target.Priorities, needed int) diag.Diagnostic {
	// One priority is always there, so more than one means that something is denied.
	first := t.Denies[slices.IndexFunc(t.Denies, func(d *topology.Denial) bool { return d.Kind != topology.DenyPath })]
	d := diag.New(diag.TooFewPriorities, first.Span, "guardrails need %d priorities, and there are %d: %s", needed, priorities.Count, priorities)
	if needed > target.MaxPriority+1 {
		return d.WithHelp("priorities are 0 to %d; deny between larger sets, such as environments", target.MaxPriority)
	}
	low := min(priorities.First, target.MaxPriority+1-needed)
	return d.WithHelp("write --priority %s", target.Priorities{First: low, Count: needed})
}

type lowering struct {
	pods   relation.Addrs // addresses that pods can have
	stage  topology.Stage
	guards map[string]*guard
	diags  diag.List
}

// deny adds what one pair of a statement forbids.
func (l *lowering) deny(d *topology.Denial, from, to topology.Party) {
	for _, port := range to.Ports.NamedPorts() {
		l.leave(d, "a port by its name: %s", "write the port's number", port)
	}
	if from.Kind == topology.Addresses || from.Kind == topology.Everything {
		l.leave(d, "connections from outside the cluster: %s", "in a ClusterNetworkPolicy, only pods can be sources; deny what lets them in, such as an ingress controller", from.Endpoint)
	}
	ports := to.Ports.Numbers()
	if ports.IsEmpty() || shared.IsEmpty(from.Endpoint) || shared.IsEmpty(to.Endpoint) || from.Kind == topology.Addresses {
		return
	}
	line := fmt.Sprintf("deny %s -> %s :%s", from.Endpoint, to.Endpoint, to.Ports)
	arrive, start := l.stage.Has(relation.Ingress), l.stage.Has(relation.Egress)
	switch {
	case to.Kind == topology.Everything && start: // its networks may match pods: these are denied, too
		g := l.guard(from.Endpoint, line)
		g.deny(relation.Egress, podsPeer(anyPod), ports)
		g.deny(relation.Egress, peer{Networks: []string{"0.0.0.0/0", "::/0"}}, ports)
	case to.Kind == topology.Addresses:
		l.diags = append(l.diags, shared.HostsLeft(d, from, to)...)
		if to.Addrs.Overlaps(l.pods) {
			l.leave(d, "the addresses of %s that pods can have", "in a ClusterNetworkPolicy, addresses match pods as well; state with `network { pods CIDR }` which ones pods have", to.Endpoint)
		}
		if !start {
			return
		}
		for _, networks := range chunks(to.Addrs.Subtract(l.pods).Prefixes(), maxParts) {
			p := peer{}
			for _, n := range networks {
				p.Networks = append(p.Networks, n.String())
			}
			l.guard(from.Endpoint, line).deny(relation.Egress, p, ports)
		}
	case !arrive:
		l.guard(from.Endpoint, line).deny(relation.Egress, podsPeer(to.Endpoint), ports)
	default:
		l.guard(to.Endpoint, line).deny(relation.Ingress, podsPeer(from.Endpoint), ports)
	}
}

// leave reports what of a statement no policy can deny.
func (l *lowering) leave(d *topology.Denial, what, help string, of any) {
	l.diags.Add(diag.New(diag.NotGuarded, d.Span, "guardrails cannot deny "+what, of).WithHelp("%s", help))
}

// guard returns the guard of pods, which holds a statement.
func (l *lowering) guard(e *topology.Endpoint, line string) *guard {
	name := shared.NameOf(e)
	g := l.guards[name]
	if g == nil {
		g = &guard{name: name, subject: podsPeer(e), denied: [2]map[string]*denied{{}, {}}, lines: map[string]bool{}}
		l.guards[name] = g
	}
	g.lines[line] = true
	return g
}

var anyPod = &topology.Endpoint{Kind: topology.ClusterPods}
