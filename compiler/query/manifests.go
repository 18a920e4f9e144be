package query

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
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
func OfManifests(inv *inventory.Inventory, labels map[string]map[string]string, names *Model) (*Model, error) {
	inv = inOrder(inv)
	if enforcedByCilium(inv, names) {
		inv = withSettingsLeft(withoutIgnored(inv))
	}
	return ofManifests(inv, labels, names, relation.Addrs{})
}

// ofManifests returns the view of manifests where nodes have some addresses, if nothing states theirs.
func ofManifests(inv *inventory.Inventory, labels map[string]map[string]string, names *Model, nodes relation.Addrs) (*Model, error) {
	v, err := ofPolicies(inv, labels, names, reading{nodes: nodes})
	if err != nil {
		return v, err
	}
	v.withNodes = func(nodes relation.Addrs) (*Model, error) { return ofManifests(inv, labels, names, nodes) }
	if !slices.ContainsFunc(inv.Policies, func(p inventory.Policy) bool { return p.Most != nil }) {
		if v.ordered != nil && v.ordered.IsOpen() {
			v.mostOpen, err = ofPolicies(v.inventory, labels, names, reading{most: true, ordered: v.ordered}) // of the same objects
		}
		return v, err
	}
	most := *inv
	most.Policies = slices.Clone(inv.Policies)
	for i, p := range most.Policies {
		if p.Most != nil {
			most.Policies[i].NetworkPolicy = p.Most
			for _, b := range p.OldBlocks {
				v.oldBlocks = append(v.oldBlocks, oldBlock{Undecided{fmt.Sprintf("%s has the block %s, which programs read in different ways", p.Object, b.Text), b.Span}, p.Object.Namespace})
			}
		}
	}
	v.mostOpen, err = ofPolicies(&most, labels, names, reading{most: true, nodes: nodes})
	return v, err
}

// reading is how to read policies, where there are several ways.
type reading struct {
	most    bool              // what they permit at most, and not at least
	ordered *evaluate.Ordered // what they permit, if they are evaluated already
	nodes   relation.Addrs    // the addresses of nodes, if nothing states these
}

// ofPolicies returns the view of one reading of policies. If some are of the whole cluster, it is what
// they permit at least, or at most.
func ofPolicies(inv *inventory.Inventory, labels map[string]map[string]string, names *Model, as reading) (*Model, error) {
	facts := relation.NewFacts(labels)
	if as.ordered != nil {
		facts = as.ordered.Least.Facts
	}
	v := &Model{byName: map[string]*Party{}, several: map[string]bool{}, defaultNS: "default", owned: map[string]*inventory.Workload{}, podAddrs: relation.Private, blockAddrs: relation.Private}
	if names != nil {
		v.defaultNS, v.podAddrs, v.blockAddrs = names.defaultNS, names.podAddrs, names.blockAddrs
		facts.Enforcement, facts.Hosts = names.Relation.Facts.Enforcement, names.Relation.Facts.Hosts
	}
	v.enforce(inv, facts, names, as.nodes)
	if facts.OmittedTypes {
		inv = asEnforced(inv)
	}
	policies := make([]*networkingv1.NetworkPolicy, len(inv.Policies))
	objects := map[*networkingv1.NetworkPolicy]Origin{} // without what differs between rules
	for i, p := range inv.Policies {
		policies[i] = p.NetworkPolicy
		place := policyPlace(p)
		place.Text = "" // at says it, and there are many rules
		objects[p.NetworkPolicy] = Origin{Place: place, span: p.Span}
	}
	origins, err := v.evaluate(inv, policies, facts, as)
	if err != nil {
		return nil, err
	}
	v.policyPlaces = objects
	if v.isolators, err = v.isolatorsOfManifests(inv); err != nil {
		return nil, err
	}
	v.addWorkloads(inv)
	for d := range origins {
		v.origins[d] = map[string][]Origin{}
		direction := relation.Direction(d)
		for ns, list := range origins[d] {
			grants := v.Relation.RuleSets[d][ns].Rules()
			converted := make([]Origin, len(list))
			for i, o := range list {
				switch {
				case o.Policy != nil:
					converted[i] = v.ofPolicy(ns, direction, grants[i], o, objects[o.Policy], names)
				case o.Cluster != nil:
					converted[i] = v.ofPolicy(ns, direction, grants[i], o, v.clusterPlaces[o.Cluster], names)
				case o.Cilium != nil:
					converted[i] = v.ofPolicy(ns, direction, grants[i], o, v.ciliumOrigin(o, direction), names)
				}
			}
			v.origins[d][ns] = converted
		}
	}
	if !as.most { // nobody lists the parties of the other reading
		v.addClasses(inv)
	}
	v.foreign = inv.Foreign
	v.inventory = inv
	slices.SortFunc(v.Parties, (*Party).compare)
	return v, nil
}

// evaluate sets what policies permit, and returns where each rule is from.
func (v *Model) evaluate(inv *inventory.Inventory, policies []*networkingv1.NetworkPolicy, facts *relation.Facts, as reading) (origins evaluate.Origins, err error) {
	if len(inv.ClusterPolicies)+len(inv.CiliumPolicies) == 0 {
		v.Relation, origins, err = evaluate.Trace(policies, facts)
		return origins, err
	}
	v.clusterPlaces = map[*clusterpolicy.Policy]Origin{}
	var cluster []*clusterpolicy.Policy
	for _, p := range inv.ClusterPolicies {
		cluster = append(cluster, p.Policy)
		place := placeAt(p.Span, "")
		place.Kind, place.Policy = p.Object.Kind, p.Object.Name
		v.clusterPlaces[p.Policy] = Origin{Place: place, span: p.Span}
	}
	v.ordered = as.ordered
	if v.byCilium {
		v.ciliumPolicies = map[*ciliumpolicy.Policy]inventory.CiliumPolicy{}
		var cilium []*ciliumpolicy.Policy
		for _, p := range inv.CiliumPolicies {
			cilium = append(cilium, p.Policy)
			v.ciliumPolicies[p.Policy] = p
		}
		if v.ordered == nil {
			v.ordered, err = evaluate.TraceCilium(policies, cluster, cilium, facts, v.podAddrs, v.blockAddrs)
		}
	} else if v.ordered == nil {
		v.ordered, err = evaluate.TraceOrdered(policies, cluster, facts, v.podAddrs, v.blockAddrs)
	}
	if err != nil {
		return origins, err
	}
	v.openRules = append(openRules(inv.ClusterPolicies, v.podAddrs, v.byCilium), openCilium(inv.CiliumPolicies, v.ordered.Names)...)
	v.Relation, v.otherReading = v.ordered.Least, v.ordered.Most
	if as.most {
		v.Relation, v.otherReading = v.otherReading, v.Relation
		return v.ordered.MostOrigins, nil
	}
	return v.ordered.LeastOrigins, nil
}

// inOrder returns the objects by name, so that the order in which files hold them makes no difference.
func inOrder(inv *inventory.Inventory) *inventory.Inventory {
	sorted := *inv
	sorted.Policies, sorted.ClusterPolicies, sorted.Workloads = slices.Clone(inv.Policies), slices.Clone(inv.ClusterPolicies), slices.Clone(inv.Workloads)
	sorted.CiliumPolicies = slices.Clone(inv.CiliumPolicies)
	byName := func(a, b inventory.Object) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	}
	slices.SortStableFunc(sorted.Policies, func(a, b inventory.Policy) int { return byName(a.Object, b.Object) })
	slices.SortStableFunc(sorted.ClusterPolicies, func(a, b inventory.ClusterPolicy) int { return byName(a.Object, b.Object) })
	slices.SortStableFunc(sorted.CiliumPolicies, func(a, b inventory.CiliumPolicy) int { return byName(a.Object, b.Object) })
	slices.SortStableFunc(sorted.Workloads, func(a, b inventory.Workload) int { return byName(a.Object, b.Object) })
	return &sorted
}

// addWorkloads makes parties of the workloads, except of those that another one made. Where that
// one is not given, as with pods alone, all that it made are one party by its name: replicas are
// not told apart. A static pod is owned by its node, and is a workload of its own.
func (v *Model) addWorkloads(inv *inventory.Inventory) {
	given := map[string]bool{}
	for _, w := range inv.Workloads {
		given[w.Namespace+"/"+w.Kind+"/"+w.Name] = true
	}
	made := map[string]*Party{}
	for i := range inv.Workloads {
		w := &inv.Workloads[i]
		name := w.Namespace + "/" + w.Kind + "/" + w.Name
		owner := w.Namespace + "/" + w.Owner.Kind + "/" + w.Owner.Name
		pods, host := v.podsOf(w)
		if w.Owner.Kind == "" || w.Owner.Kind == "Node" {
			v.add(&Party{Name: name, Parts: []relation.Peer{pods}, Host: host, workload: w})
			continue
		}
		v.owned[name] = w
		switch p := made[owner]; {
		case given[owner]:
		case p == nil:
			made[owner] = v.add(&Party{Name: owner, Parts: []relation.Peer{pods}, Host: host, workload: w})
		case !slices.ContainsFunc(p.Parts, func(part relation.Peer) bool { return part.Key() == pods.Key() }):
			p.Parts = append(p.Parts, pods)
		}
	}
}

// ownedParty returns the party of one workload that another one made, asked for by its own name;
// nil where none is called so.
func (v *Model) ownedParty(name string) *Party {
	w, ok := v.owned[name]
	if !ok {
		return nil
	}
	pods, host := v.podsOf(w)
	p := v.intern(name, []relation.Peer{pods}, false)
	p.Host, p.workload = host, w
	return p
}

// podsOf returns what the pods of a workload are to policies, and of those on the host network, which
// have the addresses of nodes, their namespace.
func (v *Model) podsOf(w *inventory.Workload) (pods relation.Peer, host string) {
	switch {
	case w.HostNetwork && v.knowsNodes():
		return relation.AddrPeer(v.Relation.Facts.Nodes), w.Namespace
	case w.HostNetwork:
		return relation.AddrPeer(relation.EveryAddr), w.Namespace
	}
	return relation.PodPeer(v.exactNamespace(w.Namespace), v.exactPod(v.telling(w.Labels))), ""
}

// telling returns those of a pod's labels that tell it from others: that some policy selects by.
func (v *Model) telling(labels map[string]string) map[string]string {
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
func (v *Model) ofPolicy(ns string, d relation.Direction, g relation.Rule, rule evaluate.Origin, o Origin, names *Model) Origin {
	own := v.podsNamed(v.Relation.Namespaces(ns), g.Own, names)
	var peer *Party
	switch to := g.Peer.(type) {
	case relation.Addresses:
		peer = v.addresses(to, rule, d, names)
	case relation.Pods:
		peer = v.podsNamed(to.Namespaces, to.Labels, names)
	default:
		panic(fmt.Sprintf("unknown kind of peer %T", to))
	}
	o.from, o.to = sides(d, own, peer)
	o.everybody = rule.Peer < 0
	o.Rule = ruleText(rule, d)
	return o
}

// addresses names a peer that is addresses, as its policy writes it.
func (v *Model) addresses(peer relation.Peer, from evaluate.Origin, d relation.Direction, names *Model) *Party {
	if names != nil {
		if p := names.partyOf(peer); p != nil {
			return v.intern(p.Name, p.Parts, p.Free)
		}
	}
	if from.Policy == nil || v.ordered != nil { // other rules can leave only some of it
		return v.whatIsLeft(peer)
	}
	if from.Peer < 0 {
		return v.everybody(peer)
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

// addressesName writes addresses as blocks, or by the DNS names that connections find them by.
func (v *Model) addressesName(a relation.Addresses) string {
	if relation.EveryAddr.Subset(a.Addrs) && !a.Hosts.IsAny() {
		return hostName(a.Hosts)
	}
	name := v.blocks(a.Addrs)
	if !a.Hosts.IsAny() {
		name = hostName(a.Hosts) + " at " + name
	}
	return name
}

// blocks writes addresses as blocks, each set once: many rules can leave the same of it.
func (v *Model) blocks(a relation.Addrs) string {
	if v.blockText == nil {
		v.blockText = map[string]string{}
	}
	key := relation.AddrPeer(a).Key()
	text, known := v.blockText[key]
	if !known {
		text = blocksText(a)
		v.blockText[key] = text
	}
	return text
}

// addClasses makes parties of what the policies speak of: in namespaces without workloads of the pods
// that they tell apart, and in others of the selectors that fit no workload. Those on the host network
// do not count, since selectors do not match them.
func (v *Model) addClasses(inv *inventory.Inventory) {
	peopled := newIndex(v.Parties, v.Relation.Facts).pods // all of them are workloads, as yet
	selectors := map[string][]relation.Selector{}
	note := func(ns string, s relation.Selector) {
		if peopled[ns] == nil {
			selectors[ns] = append(selectors[ns], s)
		}
	}
	for _, n := range inv.Namespaces {
		note(n.Name, relation.Selector{})
	}
	found := map[*Party]bool{} // which are sorted in the end
	fits := map[*Party]bool{}
	unfit := map[string][]relation.Selector{}
	noteNamed := func(p *Party, ns string, s relation.Selector) {
		note(ns, s)
		if in := peopled[ns]; in != nil {
			if _, known := fits[p]; !known {
				if fits[p] = len(in.index.Overlapping(s)) > 0; !fits[p] {
					found[p] = true
					unfit[ns] = append(unfit[ns], s)
				}
			}
		}
	}
	left, guarded := map[*Party]bool{}, map[string]bool{} // what cluster-wide policies leave to pods that nothing isolates, and where
	wide := wideSelectors{}
	for d := range v.origins {
		for ns := range v.origins[d] {
			note(ns, relation.Selector{})
		}
	}
	for g := range v.grants {
		if g.isFree() {
			note(g.namespace, g.Own)
			// What cluster-wide policies leave of it tells its peers apart.
			pods, name, one := podsOfOne(g.Peer)
			if one {
				note(name, pods.Labels)
			} else if _, ok := g.Peer.(relation.Pods); ok && !pods.Labels.IsAny() {
				wide.note(pods)
			}
			if !one && v.ordered.Guards(g.namespace, g.direction) {
				left[v.whatIsLeft(g.Peer)], guarded[v.Relation.Namespaces(g.namespace).String()] = true, true
			}
			continue
		}
		own, peer := sides(g.direction, g.from, g.to)
		noteNamed(own, g.namespace, g.Own)
		pods, name, ok := podsOfOne(g.Peer)
		if ok {
			noteNamed(peer, name, pods.Labels)
			continue
		}
		switch g.Peer.(type) {
		case relation.Pods:
			wide.note(pods)
		case relation.Addresses: // these are whole as the policy writes them
		default:
			panic(fmt.Sprintf("unknown kind of peer %T", g.Peer))
		}
		found[peer] = true
	}
	if len(left) > manyLeft {
		v.unlisted = append(v.unlisted, slices.Sorted(maps.Keys(guarded))...)
	} else {
		maps.Copy(found, left)
	}
	budget := budget{pairs: manyPairs, nested: manyPairs, parts: manyParts}
	for _, ns := range slices.Sorted(maps.Keys(unfit)) {
		for d := range directions {
			// What policies isolate in part is two parties: nothing is permitted alike to all of it.
			parts, ok := budget.freeParts(unfit[ns], v.freeSelectors(ns, relation.Direction(d)))
			if !ok {
				v.unlisted = append(v.unlisted, ns)
				break
			}
			for _, part := range parts {
				found[v.podsNamed(v.Relation.Namespaces(ns), part, nil)] = true
			}
		}
	}
	for _, ns := range slices.Sorted(maps.Keys(selectors)) {
		list := append(selectors[ns], wide.of(v.Relation.Namespaces(ns), v.Relation.Facts)...)
		sets, ok := budget.classes(list)
		if !ok {
			v.unlisted = append(v.unlisted, ns)
		}
		for _, s := range sets {
			p := v.podsNamed(v.Relation.Namespaces(ns), s, nil)
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

// manyLeft is how many sets of peers are parties only because policies of the whole cluster leave them open.
const manyLeft = 300

// whatIsLeft returns the party of a peer of pods that nothing isolates, of which policies of the whole cluster
// deny others.
func (v *Model) whatIsLeft(peer relation.Peer) *Party {
	switch p := peer.(type) {
	case relation.Pods:
		return v.podsNamed(p.Namespaces, p.Labels, nil)
	case relation.Addresses:
		if relation.EveryAddr.Subset(p.Addrs) && p.Hosts.IsAny() {
			return v.everybody(p)
		}
		return v.intern(v.addressesName(p), []relation.Peer{p}, false)
	}
	panic(fmt.Sprintf("unknown kind of peer %T", peer))
}

// contentOf returns all policies as text, those that zt does not evaluate included.
func contentOf(inv *inventory.Inventory) []string {
	var out []string
	for _, p := range inv.Policies {
		text, err := json.Marshal(p.Spec)
		if err != nil {
			panic(err) // API objects can always be written
		}
		out = append(out, p.Object.String()+" "+string(text))
	}
	for _, p := range inv.ClusterPolicies {
		out = append(out, p.Object.String()+" "+p.Content)
	}
	for _, p := range inv.CiliumPolicies {
		out = append(out, p.Object.String()+" "+p.Content)
	}
	for _, f := range inv.Foreign {
		out = append(out, f.Object.String()+" "+f.Content)
	}
	slices.Sort(out)
	return out
}
