package query

import (
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// keys lists the label keys of pods and of namespaces on which depends
// what is permitted, and what isolates.
func (v *Model) keys() (pods, namespaces []string) {
	if v.podKeys != nil {
		return v.podKeys, v.namespaceKeys
	}
	ofPods, ofNamespaces := map[string]bool{}, map[string]bool{}
	note := func(s relation.Selector, in map[string]bool) {
		for _, k := range s.Keys() {
			in[k.Key] = true
		}
	}
	readings := []*relation.Relation{v.Relation}
	if v.otherReading != nil {
		readings = append(readings, v.otherReading)
	}
	for _, r := range readings {
		for _, sets := range r.RuleSets {
			for _, set := range sets {
				for _, g := range set.Rules() {
					note(g.Own, ofPods)
					if pods, ok := g.Peer.(relation.Pods); ok {
						note(pods.Labels, ofPods)
						note(pods.Namespaces, ofNamespaces)
					}
				}
			}
		}
		for _, namespaces := range r.Classes {
			note(namespaces, ofNamespaces)
		}
	}
	noteRule := func(subject relation.Pods, peer relation.Peer) {
		note(subject.Labels, ofPods)
		if pods, ok := peer.(relation.Pods); ok {
			note(pods.Labels, ofPods)
			note(pods.Namespaces, ofNamespaces)
		}
	}
	for p := range v.clusterPlaces { // what denies everything leaves no grant to tell its pods by
		for _, rules := range p.Rules {
			for _, r := range rules {
				for _, peer := range r.Peers {
					noteRule(p.Subject, peer.Of)
				}
			}
		}
	}
	for p := range v.ciliumPolicies {
		for _, spec := range p.Specs {
			for _, rules := range spec.Rules {
				for _, r := range rules {
					for _, peer := range r.Peers {
						noteRule(spec.Subject, peer.Of)
					}
				}
			}
		}
	}
	for _, namespaces := range v.isolators {
		for _, list := range namespaces {
			for _, i := range list.list {
				note(i.pods, ofPods)
			}
		}
	}
	v.podKeys = append([]string{}, slices.Sorted(maps.Keys(ofPods))...)
	v.namespaceKeys = slices.Sorted(maps.Keys(ofNamespaces))
	return v.podKeys, v.namespaceKeys
}
