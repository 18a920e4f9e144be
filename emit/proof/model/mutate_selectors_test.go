package model

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// selectorMutations change which labels are asked for.
var selectorMutations = []mutation{
	{"widen what an object applies to", ownSelectors(widen)},
	{"widen a peer's podSelector", podSelectors(widen)},
	{"widen a peer's namespaceSelector", namespaceSelectors(widen)},
	{"narrow what an object applies to", ownSelectors(narrow)},
	{"narrow a peer's podSelector", podSelectors(narrow)},
	{"narrow a peer's namespaceSelector", namespaceSelectors(narrow)},
	{"drop a requirement of what an object applies to", ownSelectors(dropRequirement)},
	{"drop a requirement of a peer's podSelector", podSelectors(dropRequirement)},
	{"turn an operator of what an object applies to", ownSelectors(turnOperator)},
	{"turn an operator of a peer", podSelectors(turnOperator)},
	{"rename a label's key of what an object applies to", ownSelectors(renameKey)},
	{"rename a label's key of a peer's podSelector", podSelectors(renameKey)},
	{"rename a label's key of a peer's namespaceSelector", namespaceSelectors(renameKey)},
	{"another label value of what an object applies to", ownSelectors(changeValue)},
	{"another label value of a peer's podSelector", podSelectors(changeValue)},
	{"another namespace of a peer", namespaceSelectors(changeValue)},
	{"drop a value of several", allSelectors(func(s *metav1.LabelSelector) []func() {
		var out []func()
		for i := range s.MatchExpressions {
			if e := &s.MatchExpressions[i]; len(e.Values) > 1 {
				out = append(out, remove(&e.Values, 0))
			}
		}
		return out
	})},
	{"add a value to others", allSelectors(func(s *metav1.LabelSelector) []func() {
		var out []func()
		for i := range s.MatchExpressions {
			if e := &s.MatchExpressions[i]; len(e.Values) > 0 {
				out = append(out, func() { e.Values = append(e.Values, "another") })
			}
		}
		return out
	})},
}

// widen empties a selector.
func widen(s *metav1.LabelSelector) []func() {
	if len(s.MatchLabels)+len(s.MatchExpressions) == 0 {
		return nil
	}
	return only(func() { *s = metav1.LabelSelector{} })
}

// narrow asks for one label more.
func narrow(s *metav1.LabelSelector) []func() {
	return only(func() {
		if s.MatchLabels == nil {
			s.MatchLabels = map[string]string{}
		}
		s.MatchLabels["narrow"] = "yes"
	})
}

func dropRequirement(s *metav1.LabelSelector) []func() {
	var out []func()
	for _, key := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		out = append(out, func() { delete(s.MatchLabels, key) })
	}
	for i := range s.MatchExpressions {
		out = append(out, remove(&s.MatchExpressions, i))
	}
	return out
}

func turnOperator(s *metav1.LabelSelector) []func() {
	var out []func()
	for i := range s.MatchExpressions {
		e := &s.MatchExpressions[i]
		out = append(out, func() {
			e.Operator = map[metav1.LabelSelectorOperator]metav1.LabelSelectorOperator{
				metav1.LabelSelectorOpIn: metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpNotIn: metav1.LabelSelectorOpIn,
				metav1.LabelSelectorOpExists: metav1.LabelSelectorOpDoesNotExist, metav1.LabelSelectorOpDoesNotExist: metav1.LabelSelectorOpExists,
			}[e.Operator]
		})
	}
	return out
}

func renameKey(s *metav1.LabelSelector) []func() {
	var out []func()
	for _, key := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		out = append(out, func() {
			s.MatchLabels[key+"s"] = s.MatchLabels[key]
			delete(s.MatchLabels, key)
		})
	}
	for i := range s.MatchExpressions {
		out = append(out, func() { s.MatchExpressions[i].Key += "s" })
	}
	return out
}

func changeValue(s *metav1.LabelSelector) []func() {
	var out []func()
	for _, key := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		out = append(out, func() { s.MatchLabels[key] += "2" })
	}
	for i := range s.MatchExpressions {
		if e := &s.MatchExpressions[i]; len(e.Values) > 0 {
			out = append(out, func() { e.Values[0] += "2" })
		}
	}
	return out
}
