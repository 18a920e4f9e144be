package program

import "github.com/zt-lang/zt/compiler/cluster/inventory"

// index finds objects of an inventory.
type index struct {
	services map[object]*inventory.Service
	byLabel  map[label][]*inventory.Workload
	tierOf   map[*inventory.Workload]*tier
}

type (
	object struct{ namespace, name string }
	label  struct{ namespace, key, value string }
)

func newIndex(inv *inventory.Inventory) index {
	x := index{map[object]*inventory.Service{}, map[label][]*inventory.Workload{}, map[*inventory.Workload]*tier{}}
	for i := range inv.Services {
		s := &inv.Services[i]
		x.services[object{s.Namespace, s.Name}] = s
	}
	for i := range inv.Workloads {
		w := &inv.Workloads[i]
		for k, v := range w.Labels {
			l := label{w.Namespace, k, v}
			x.byLabel[l] = append(x.byLabel[l], w)
		}
	}
	return x
}

// carriers returns the workloads of a namespace whose pods have all these labels; none for no labels.
func (x index) carriers(namespace string, labels map[string]string) (found []*inventory.Workload) {
	var fewest []*inventory.Workload
	first := true
	for k, v := range labels {
		if some := x.byLabel[label{namespace, k, v}]; first || len(some) < len(fewest) {
			fewest, first = some, false
		}
	}
	for _, w := range fewest {
		if inventory.Carries(w.Labels, labels) {
			found = append(found, w)
		}
	}
	return found
}
