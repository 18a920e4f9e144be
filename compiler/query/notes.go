package query

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
)

// namespaceNotes says which labels that policies select by are others on some namespace. Models are
// compared as if both had the same.
func namespaceNotes(old, new *Model) []string {
	_, keys := old.keys()
	_, others := new.keys()
	keys = slices.Compact(slices.Sorted(slices.Values(slices.Concat(keys, others))))
	before, after := old.stated(), new.stated()
	var out []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		labels, ok := before[name]
		for _, k := range keys {
			if was, is := labelText(labels, k), labelText(after[name], k); ok && was != is && k != relation.NameLabel {
				out = append(out, fmt.Sprintf("namespace %s is relabelled: %s -> %s", name, was, is))
			}
		}
	}
	return out
}

func labelText(labels map[string]string, key string) string {
	if value, ok := labels[key]; ok {
		return key + "=" + value
	}
	return "no " + key
}

// stated returns the labels of namespaces that a model itself declares.
func (v *Model) stated() map[string]map[string]string {
	if v.topology != nil {
		return FactsOf(v.topology)
	}
	return LabelsOf(v.inventory)
}

// hostNotes says which tiers of a topology have no pods in manifests but on the host network.
func hostNotes(topology, manifests *Model) []string {
	if topology.topology == nil || manifests.inventory == nil {
		return nil
	}
	var out []string
	for _, n := range topology.topology.Namespaces {
		for _, t := range n.Tiers {
			var names []string
			for _, p := range manifests.onlyHosts(tierParty(t)) {
				names = append(names, p.Name)
			}
			if len(names) > 0 {
				out = append(out, fmt.Sprintf("tier %s has its pods on the host network, where policies do not apply: %s", t, few(names)))
			}
		}
	}
	return out
}

// fits reports whether a workload has the labels and the namespace of a peer.
func (v *Model) fits(w *inventory.Workload, peer relation.Peer) bool {
	pods, ok := peer.(relation.Pods)
	return ok && pods.Labels.Matches(w.Labels) &&
		pods.Overlaps(relation.Pods{Namespaces: v.exactNamespace(w.Namespace)}, v.Relation.Facts)
}

// onlyHosts lists the workloads with the labels of a party's pods if all of them are on the host network,
// where selectors do not match them.
func (v *Model) onlyHosts(p *Party) []*Party {
	fits := func(q *Party) bool {
		return slices.ContainsFunc(p.Parts, func(part relation.Peer) bool { return v.fits(q.workload, part) })
	}
	var hosts []*Party
	for _, q := range v.Parties {
		if q.Host != "" && fits(q) {
			hosts = append(hosts, q)
		}
	}
	if len(hosts) > 0 && slices.ContainsFunc(v.Parties, func(q *Party) bool { return q.workload != nil && q.Host == "" && fits(q) }) {
		return nil
	}
	return hosts
}
