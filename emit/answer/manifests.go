package answer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/enforce"
	"github.com/zt-lang/zt/emit/inventory"
)

// LabelsOf returns what manifests state of namespaces.
func LabelsOf(inv *inventory.Inventory) map[string]map[string]string {
	labels := map[string]map[string]string{}
	for _, n := range inv.Namespaces {
		labels[n.Name] = n.Labels
	}
	return labels
}

// OfManifests returns the view of manifests where these are the labels of namespaces. Parties
// are named by the workloads, and in namespaces without any by the labels by which
// policies tell pods apart; or as another view names them, which may be nil.
func OfManifests(inv *inventory.Inventory, labels map[string]map[string]string, names *View) (*View, error) {
	inv = inOrder(inv)
	policies := make([]*networkingv1.NetworkPolicy, len(inv.Policies))
	objects := map[*networkingv1.NetworkPolicy]inventory.Policy{}
	for i, p := range inv.Policies {
		policies[i] = p.NetworkPolicy
		objects[p.NetworkPolicy] = p
	}
	r, origins, err := enforce.Trace(policies, newFacts(labels))
	if err != nil {
		return nil, err
	}
	v := &View{Relation: r, byName: map[string]*Party{}, defaultNS: "default", workloads: map[*Party]inventory.Workload{}}
	if v.isolators, err = isolatorsOfManifests(inv.Policies); err != nil {
		return nil, err
	}
	if names != nil {
		v.defaultNS = names.defaultNS
	}
	v.addWorkloads(inv)
	for d := range origins {
		v.origins[d] = map[string][]Origin{}
		direction := relation.Direction(d)
		for ns, list := range origins[d] {
			grants := r.Contracts[d][ns].Grants()
			converted := make([]Origin, len(list))
			for i, o := range list {
				if o.Policy != nil {
					converted[i] = v.ofPolicy(ns, direction, grants[i], o, objects[o.Policy], names)
				}
			}
			v.origins[d][ns] = converted
		}
	}
	v.addClasses(inv)
	v.notes(inv)
	v.sortParties()
	return v, nil
}

// inOrder returns the objects by name, so that the order in which files hold them makes no difference.
func inOrder(inv *inventory.Inventory) *inventory.Inventory {
	sorted := *inv
	sorted.Policies, sorted.Workloads = slices.Clone(inv.Policies), slices.Clone(inv.Workloads)
	byName := func(a, b inventory.Object) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	}
	slices.SortStableFunc(sorted.Policies, func(a, b inventory.Policy) int { return byName(a.Object, b.Object) })
	slices.SortStableFunc(sorted.Workloads, func(a, b inventory.Workload) int { return byName(a.Object, b.Object) })
	return &sorted
}

// addWorkloads makes parties of the workloads, but for those that another one made. Where that is not
// given, as with pods alone, all that it made are one party by its name: replicas are not told apart.
func (v *View) addWorkloads(inv *inventory.Inventory) {
	given := map[string]bool{}
	for _, w := range inv.Workloads {
		given[w.Namespace+"/"+w.Kind+"/"+w.Name] = true
	}
	made := map[string]*Party{}
	for _, w := range inv.Workloads {
		name := w.Namespace + "/" + w.Kind + "/" + w.Name
		owner := w.Namespace + "/" + w.Owner.Kind + "/" + w.Owner.Name
		pods := relation.PodPeer(v.exactNamespace(w.Namespace), v.exactPod(v.telling(w.Labels)))
		switch p := made[owner]; {
		case w.Owner.Kind == "":
			v.workloads[v.add(&Party{Name: name, Parts: []relation.Peer{pods}})] = w
		case given[owner]:
		case p == nil:
			made[owner] = v.add(&Party{Name: owner, Parts: []relation.Peer{pods}})
			v.workloads[made[owner]] = w
		case !slices.ContainsFunc(p.Parts, func(part relation.Peer) bool { return part.Key() == pods.Key() }):
			p.Parts = append(p.Parts, pods)
		}
	}
}

// telling returns those of a pod's labels that tell it from others: that some policy selects by.
func (v *View) telling(labels map[string]string) map[string]string {
	keys, _ := v.keys()
	out := map[string]string{}
	for _, k := range keys {
		if value, ok := labels[k]; ok {
			out[k] = value
		}
	}
	return out
}

// ofPolicy names the ends of a grant of a policy, and says where it stands.
func (v *View) ofPolicy(ns string, d relation.Direction, g relation.Grant, from enforce.Origin, p inventory.Policy, names *View) Origin {
	own := v.podsNamed(namespaceOf(ns), g.Own, names)
	var peer *Party
	switch {
	case g.Peer.IsAddrs:
		peer = v.addresses(g.Peer, from, d, names)
	default:
		peer = v.podsNamed(g.Peer.Namespaces, g.Peer.Pods, names)
	}
	o := Origin{
		Policy: p.Object.Namespace + "/" + p.Object.Name,
		File:   p.Span.File.Name,
		Line:   p.Span.Begin().Line,
		Rule:   fmt.Sprintf("%s[%d]", d, from.Rule),
		from:   own,
		to:     peer,
	}
	if d == relation.Ingress {
		o.from, o.to = peer, own
	}
	return o
}

// addresses names a peer that is addresses, as its policy writes it.
func (v *View) addresses(peer relation.Peer, from enforce.Origin, d relation.Direction, names *View) *Party {
	if names != nil {
		if p := names.partyOf(peer); p != nil {
			return v.intern(p.Name, p.Parts, p.Free)
		}
	}
	if from.Peer < 0 {
		return v.everybody(true)
	}
	var block *networkingv1.IPBlock
	if d == relation.Egress {
		block = from.Policy.Spec.Egress[from.Rule].To[from.Peer].IPBlock
	} else {
		block = from.Policy.Spec.Ingress[from.Rule].From[from.Peer].IPBlock
	}
	name := block.CIDR
	switch len(block.Except) {
	case 0:
	case 1:
		name += " except " + block.Except[0]
	default:
		name += " except (" + strings.Join(block.Except, ", ") + ")"
	}
	return v.intern(name, []relation.Peer{peer}, false)
}

// addClasses makes parties of what the policies speak of, and in namespaces without
// workloads of the pods that they tell apart.
func (v *View) addClasses(inv *inventory.Inventory) {
	peopled := map[string]bool{}
	for p := range v.workloads {
		ns, _ := onlyName(p.Parts[0].Namespaces)
		peopled[ns] = true
	}
	selectors := map[string][]relation.Selector{}
	note := func(ns string, s relation.Selector) {
		if !peopled[ns] {
			selectors[ns] = append(selectors[ns], s)
		}
	}
	for _, n := range inv.Namespaces {
		note(n.Name, relation.Selector{})
	}
	found := map[*Party]bool{} // which are sorted in the end
	var wide []relation.Peer
	for d := range v.origins {
		for ns, list := range v.origins[d] {
			grants := v.Relation.Contracts[d][ns].Grants()
			note(ns, relation.Selector{})
			for i, g := range grants {
				note(ns, g.Own)
				if list[i].isFree() {
					continue
				}
				peer := list[i].to
				if relation.Direction(d) == relation.Ingress {
					peer = list[i].from
				}
				if name, ok := onlyName(g.Peer.Namespaces); ok && !g.Peer.IsAddrs {
					note(name, g.Peer.Pods)
					continue
				}
				if !g.Peer.IsAddrs {
					wide = append(wide, g.Peer)
				}
				found[peer] = true
			}
		}
	}
	for ns, list := range selectors {
		for _, p := range wide {
			if inside(relation.PodPeer(namespaceOf(ns), relation.Selector{}), relation.PodPeer(p.Namespaces, relation.Selector{}), v.Relation.Facts) {
				list = append(list, p.Pods)
			}
		}
		for _, s := range classes(list) {
			p := v.podsNamed(namespaceOf(ns), s, nil)
			found[p] = true
		}
	}
	for _, p := range v.Parties {
		delete(found, p)
	}
	for p := range found {
		v.Parties = append(v.Parties, p)
	}
}

// manyClasses bounds how many sets of pods a namespace is cut into. Where its selectors cut
// it into more, they themselves are the sets.
const manyClasses = 1000

// classes cuts all pods into sets that none of the selectors cuts.
func classes(selectors []relation.Selector) []relation.Selector {
	byText := map[string]relation.Selector{}
	for _, s := range selectors {
		if !s.IsEmpty() {
			byText[s.String()] = s
		}
	}
	var given []relation.Selector // in an order that no file's or object's place decides
	for _, text := range slices.Sorted(maps.Keys(byText)) {
		given = append(given, byText[text])
	}
	if len(given) > manyClasses {
		return given
	}
	sets := []relation.Selector{{}}
	for _, s := range given {
		var next []relation.Selector
		for _, set := range sets {
			if in := set.Intersect(s); !in.IsEmpty() {
				next = append(next, in)
			}
			next = append(next, set.Subtract(s)...)
		}
		if sets = next; len(sets) > manyClasses {
			return given
		}
	}
	return sets
}

// notes says what no reading of the manifests can decide.
func (v *View) notes(inv *inventory.Inventory) {
	for d := range v.origins {
		for ns, list := range v.origins[d] {
			for i, g := range v.Relation.Contracts[d][ns].Grants() {
				o := list[i]
				if o.isFree() || !g.Peer.IsAddrs || !g.Peer.Addrs.Overlaps(relation.Private) || relation.EveryAddr.Subset(g.Peer.Addrs) {
					continue
				}
				peer := o.to
				if relation.Direction(d) == relation.Ingress {
					peer = o.from
				}
				v.Undecided = append(v.Undecided, fmt.Sprintf("NetworkPolicy %s %s: whether %s matches pods whose addresses are in it is left to the network plugin", o.Policy, o.Rule, peer.Name))
			}
		}
	}
	for _, w := range inv.Workloads {
		if w.HostNetwork {
			v.Undecided = append(v.Undecided, fmt.Sprintf("%s is on the host network: policies do not apply to its pods, and selectors do not match them", w.Object))
		}
	}
	for _, o := range inv.Foreign {
		v.Undecided = append(v.Undecided, fmt.Sprintf("%s has a say in what may pass, and is not evaluated", o))
	}
}
