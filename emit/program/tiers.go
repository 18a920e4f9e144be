package program

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
)

// tier is workloads whose pods no selector of the program tells apart.
type tier struct {
	namespace, name string
	labels          map[string]string // that select it
	workloads       []*inventory.Workload
	listens         []listen
	notes           []string // where its ports are from
	// known is set if another program declares it, and blocks for addresses instead of pods.
	known  *topology.Tier
	blocks []netip.Prefix
}

// listen is a port that pods listen on.
type listen struct {
	number   int
	protocol relation.Protocol
	name     string
}

func (t *tier) String() string { return t.namespace + "/" + t.name }

// called returns the tier's name in a namespace.
func (t *tier) called(in string) string {
	if t.namespace == in || t.namespace == "" {
		return t.name
	}
	return t.String()
}

// compare orders tiers by namespace and name.
func (t *tier) compare(other *tier) int {
	return cmp.Or(cmp.Compare(t.namespace, other.namespace), cmp.Compare(t.name, other.name), slices.CompareFunc(t.blocks, other.blocks, netip.Prefix.Compare))
}

// newDraft makes a tier for each workload that policies apply to.
func newDraft(inv *inventory.Inventory) *draft {
	d := &draft{inventory: inv, Index: wiring.NewIndex(inv), tierOf: map[*inventory.Workload]*tier{}, edges: map[[2]*tier]*edge{}}
	byLabels := map[string]*tier{}
	for _, w := range d.Workloads {
		switch {
		case w.Perhaps:
			d.note("An operator may create pods for %s; to permit them, declare a tier with their labels.", w.Object)
			continue
		case w.HostNetwork:
			d.note("%s is on the host network, so policies do not apply to it.", w.Object)
			continue
		case len(w.Labels) == 0:
			d.note("The pods of %s have no labels, so no tier can select them.", w.Object)
			continue
		}
		labels, _ := d.Selector(w)
		key := w.Namespace + "\x00" + joined(labels)
		t := byLabels[key]
		if t == nil {
			t = &tier{namespace: w.Namespace, labels: labels}
			byLabels[key] = t
			d.tiers = append(d.tiers, t)
		}
		t.workloads = append(t.workloads, w)
		d.tierOf[w] = t
		for _, p := range w.Ports {
			t.listen(listen{p.Number, p.Protocol, p.Name})
		}
	}
	d.name()
	d.servicePorts()
	slices.SortFunc(d.tiers, (*tier).compare)
	return d
}

// listen adds a port. A number has one name at most, and a name one number.
func (t *tier) listen(p listen) {
	for _, old := range t.listens {
		if old.number == p.number && old.protocol == p.protocol {
			return
		}
		if old.name == p.name {
			p.name = ""
		}
	}
	t.listens = append(t.listens, p)
}

// name gives each tier the name of its first workload, with its kind or a number if others have it.
func (d *draft) name() {
	taken := map[string]bool{}
	for _, t := range d.tiers {
		w := t.workloads[0]
		base := strings.ReplaceAll(cmp.Or(w.Name, t.labels[inventory.IdentifyingLabel(t.labels)]), ".", "-")
		t.name = free(base, strings.ToLower(w.Kind), func(name string) bool { return !grammar.Reserved(name) && !taken[t.namespace+"/"+name] })
		taken[t.String()] = true
	}
}

// free returns a name, or one with a suffix, that is free.
func free(base, suffix string, isFree func(string) bool) string {
	for name := base; ; name += "-" + suffix {
		if isFree(name) {
			return name
		}
	}
}

// servicePorts adds the ports that Services send to, where no container declares them.
func (d *draft) servicePorts() {
	for _, s := range d.inventory.Services {
		for _, t := range d.behind(&s) {
			for _, p := range s.Ports {
				target, ok := t.target(p)
				if !ok {
					continue
				}
				t.listen(target)
				if target.number != p.Number && !s.Headless {
					t.notes = append(t.notes, s.Kind+" "+s.Name+" :"+shown(listen{number: p.Number})+" -> "+shown(listen{number: target.number}))
				}
			}
		}
	}
}

// behind returns the tiers whose pods a Service selects.
func (d *draft) behind(s *inventory.Service) (tiers []*tier) {
	for _, w := range d.Behind(s) {
		if t := d.tierOf[w]; t != nil && !slices.Contains(tiers, t) {
			tiers = append(tiers, t)
		}
	}
	return tiers
}

// target returns the port of a tier's pods that a port of a Service sends to.
func (t *tier) target(p inventory.ServicePort) (listen, bool) {
	if p.Target.StrVal != "" {
		i := slices.IndexFunc(t.listens, func(l listen) bool { return l.name == p.Target.StrVal && l.protocol == p.Protocol })
		if i < 0 {
			return listen{}, false
		}
		return t.listens[i], true
	}
	return t.port(p.Target.IntValue(), p.Protocol), true
}

// ports returns ports of pods as the tier has them.
func (t *tier) ports(of []inventory.Port) (list []listen) {
	for _, p := range of {
		list = append(list, t.port(p.Number, p.Protocol))
	}
	return list
}

// port returns a port by its number, with its name if it has one.
func (t *tier) port(number int, protocol relation.Protocol) listen {
	for _, l := range t.listens {
		if l.number == number && l.protocol == protocol {
			return l
		}
	}
	return listen{number: number, protocol: protocol}
}

func joined(labels map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		b.WriteString(k + "=" + labels[k] + ",")
	}
	return b.String()
}
