package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
)

// behindServices returns as text what the manifests show of Services that a policy of Cilium may name: their pods, or
// their addresses if they select none.
func (v *Model) behindServices(o *ciliumpolicy.Object) (out []string) {
	var peers []ciliumpolicy.ServicePeer
	specs := o.Specs
	if o.Spec != nil {
		specs = append([]ciliumpolicy.SpecObject{*o.Spec}, specs...)
	}
	for _, s := range specs {
		for _, r := range s.Egress {
			peers = append(peers, r.ToServices...)
		}
		for _, r := range s.EgressDeny {
			peers = append(peers, r.ToServices...)
		}
	}
	if len(peers) == 0 {
		return nil
	}
	mayMatch := func(namespace, name string) bool {
		return slices.ContainsFunc(peers, func(p ciliumpolicy.ServicePeer) bool { return p.MayMatch(namespace, name) })
	}
	selects := map[inventory.Object]bool{}
	for _, s := range v.inventory.Services {
		if !mayMatch(s.Object.Namespace, s.Object.Name) {
			continue
		}
		selects[inventory.Object{Namespace: s.Object.Namespace, Name: s.Object.Name}] = len(s.Selector) > 0
		text := fmt.Sprint(s.Object, " ", s.Selector)
		if e := v.inventory.Evidence; e != nil { // labels, by which a peer may select it
			text += fmt.Sprint(" ", e.Labels(s.Object))
		}
		out = append(out, text)
	}
	for _, b := range v.inventory.Backends {
		if mayMatch(b.Namespace, b.Service) && !selects[inventory.Object{Namespace: b.Namespace, Name: b.Service}] {
			for _, a := range b.Addrs {
				out = append(out, strings.Join([]string{"behind", b.Namespace, b.Service, a}, " "))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
