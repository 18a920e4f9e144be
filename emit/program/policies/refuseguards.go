package policies

import (
	"fmt"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

const keepBeside = "import the other policies, and keep this object beside the program"

// refuseOrdered reports rules of policies of the whole cluster that no program has.
func (d *draft) refuseOrdered() (diags diag.List) {
	withBaseline := holdsBack(d.cluster)
	for i := range d.cluster {
		p := &d.cluster[i]
		if !isAdmin(p.Policy) && !withBaseline && len(d.cilium) == 0 {
			continue // it permits what nothing denies
		}
		for _, direction := range directions {
			for n := range p.Rules[direction] {
				does, why, help := d.unwritten(p, direction, n)
				if does == "" || len(diags) >= mostReported {
					continue
				}
				at := fmt.Sprintf("spec.%s[%d]", direction, n)
				diags.Add(diag.New(diag.NotImportable, p.Fields.At(at), "%s %s[%d] %s, %s", p.Object, direction, n, does, why).WithHelp("%s", help))
			}
		}
	}
	return diags
}

// unwritten returns what a rule does that no program says, why none does, and what to do instead. It returns nothing
// for a rule that a program has.
func (d *draft) unwritten(p *inventory.ClusterPolicy, direction relation.Direction, n int) (does, why, help string) {
	r := p.Rules[direction][n]
	switch {
	case len(d.cilium) > 0:
		return "is beside policies of Cilium", "and no program is built for both", "import the policies of Cilium alone, and keep this object beside the program"
	case !isAdmin(p.Policy):
		return "decides only about pods that no NetworkPolicy isolates", "which no program can say", keepBeside
	case r.Action == clusterpolicy.Pass:
		return "passes what later rules of the cluster decide otherwise", "which no program can say", keepBeside
	case r.Action == clusterpolicy.Deny:
		return unguarded(r)
	}
	for _, peer := range r.Peers {
		of, isAddrs := peer.Of.(relation.Addresses)
		if !isAddrs || of.Hosts.IsAny() || peer.Unknown != "" {
			return "accepts whatever NetworkPolicies deny", "which no program can say", keepBeside
		}
		if clusterpolicy.MayNamePods(peer.Of) {
			return "accepts a name that can be of pods", "and nothing says which", "write a rule for these pods"
		}
		if name, why := hostOf(of); why != nil {
			return "accepts the name " + name, why.why, why.help
		}
	}
	if other, ok := d.deniedLater(p, r, n); ok {
		return "accepts names at addresses that " + other + " denies after it", "and a program denies first", "give the policy that denies a lower priority"
	}
	return "", "", ""
}

// unguarded returns why no guardrail denies what a rule denies.
func unguarded(r clusterpolicy.Rule) (does, why, help string) {
	if named := r.Ports.NamedPorts(); len(named) > 0 {
		return "denies the port " + named[0].Name + " by its name", "which no guardrail of a program does", "write the port's number"
	}
	var outside relation.Addrs
	for _, peer := range r.Peers {
		if peer.Unknown != "" {
			return "denies " + peer.Unknown, "and nothing says which addresses these have", keepBeside
		}
		if of, ok := peer.Of.(relation.Addresses); ok {
			outside = outside.Union(of.Addrs)
		}
	}
	if !relation.EveryAddr.Subset(outside) && outside.Overlaps(relation.Private) {
		return "denies addresses that pods can have", "and networks match pods, too", "leave private addresses out, or write a peer for the pods"
	}
	return "", "", ""
}

// deniedLater returns a policy that denies addresses to pods for which an earlier rule accepts names.
func (d *draft) deniedLater(p *inventory.ClusterPolicy, r clusterpolicy.Rule, n int) (string, bool) {
	for i := range d.cluster {
		q := &d.cluster[i]
		if !isAdmin(q.Policy) || q.Priority < p.Priority || !p.Subject.Labels.Overlaps(q.Subject.Labels) || p.Subject.Namespaces.Intersect(q.Subject.Namespaces).IsEmpty() {
			continue
		}
		for m, s := range q.Rules[relation.Egress] {
			if s.Action != clusterpolicy.Deny || !s.Ports.MayOverlap(r.Ports) || q.Policy == p.Policy && m < n {
				continue
			}
			for _, peer := range s.Peers {
				if _, ok := peer.Of.(relation.Addresses); ok || peer.Unknown != "" {
					return q.Object.String(), true
				}
			}
		}
	}
	return "", false
}

// unfit reports the first policy of the whole cluster with an action, which does something that no program says.
func (d *draft) unfit(action clusterpolicy.Action, does string) diag.Diagnostic {
	for i := range d.cluster {
		p := &d.cluster[i]
		for _, direction := range directions {
			for n, r := range p.Rules[direction] {
				if isAdmin(p.Policy) && r.Action == action {
					return diag.New(diag.NotImportable, p.Fields.At(fmt.Sprintf("spec.%s[%d]", direction, n)), "%s %s[%d] %s", p.Object, direction, n, does).WithHelp("%s", keepBeside)
				}
			}
		}
	}
	panic("policies: no rule has the action " + action.String())
}
