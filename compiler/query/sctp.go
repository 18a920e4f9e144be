package query

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// dropsSCTP decides about a question for SCTP where the policies permit it, and the network plugin drops it unless a
// setting says otherwise. If the settings are not known, the answer is not either.
func (v *Model) dropsSCTP(a *Answer) {
	other := func(r relation.PortRange) bool { return r.Protocol != relation.SCTP }
	named := func(p relation.NamedPort) bool { return p.Protocol != relation.SCTP }
	p := v.network().Plugin
	if !a.Permitted && !a.Some || slices.ContainsFunc(a.Ports.Ranges(), other) || slices.ContainsFunc(a.Ports.Names(), named) || !p.Never(topology.PassesSCTP) {
		return
	}
	fact := fmt.Sprintf("%s drops SCTP, unless %s is set", p.Title, p.SettingOf(topology.PassesSCTP))
	if v.inventory != nil && (v.inventory.Evidence == nil || len(v.inventory.Evidence.CiliumSettings()) == 0) {
		a.Undecided = sortUndecided(append(a.Undecided, Undecided{Message: fact + "; add the ConfigMap cilium-config"}))
	} else {
		a.Fact = fact
	}
	a.Permitted, a.Some = false, false
}
