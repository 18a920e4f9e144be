package networkpolicy

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/relation"
)

// selector is labelSelector of selectors that are asked for again and again.
func (l *lowering) selector(s relation.Selector) *metav1.LabelSelector {
	if s.IsAny() {
		return &metav1.LabelSelector{}
	}
	first := &s.Keys()[0] // no other selector has it where it is
	known := l.selectors[first]
	if known == nil {
		known = labelSelector(s)
		l.selectors[first] = known
	}
	return known
}

// labelSelector writes a selector: one value for a key as matchLabels,
// everything else as matchExpressions, by key.
//
// The API can say of one key what its four operators say together, and a selector of the
// language is made of the same four, so whatever they leave of a key can be written. The one form
// that cannot is "one of these values, or absent": In excludes absent, NotIn and
// DoesNotExist name no values that remain, and so no intersection of the four is such a set. Neither
// that nor a key that nothing satisfies, which is refused where it is declared, comes here; if
// one did, what is written selects nothing, which permits nothing.
func labelSelector(s relation.Selector) *metav1.LabelSelector {
	out := &metav1.LabelSelector{}
	for _, k := range s.Keys() {
		say := func(operator metav1.LabelSelectorOperator, values ...string) {
			out.MatchExpressions = append(out.MatchExpressions,
				metav1.LabelSelectorRequirement{Key: k.Key, Operator: operator, Values: values})
		}
		switch v := k.Values; {
		case !v.Others && !v.Absent && len(v.Names) == 1:
			if out.MatchLabels == nil {
				out.MatchLabels = map[string]string{}
			}
			out.MatchLabels[k.Key] = v.Names[0]
		case !v.Others && !v.Absent && len(v.Names) > 0:
			say(metav1.LabelSelectorOpIn, v.Names...)
		case !v.Others && v.Absent && len(v.Names) == 0:
			say(metav1.LabelSelectorOpDoesNotExist)
		case v.Others && v.Absent:
			say(metav1.LabelSelectorOpNotIn, v.Names...) // never without names: that says nothing, and is left out
		case v.Others:
			say(metav1.LabelSelectorOpExists)
			if len(v.Names) > 0 {
				say(metav1.LabelSelectorOpNotIn, v.Names...) // which alone would let absent in
			}
		default:
			say(metav1.LabelSelectorOpExists)
			say(metav1.LabelSelectorOpDoesNotExist)
		}
	}
	return out
}
