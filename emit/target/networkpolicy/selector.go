package networkpolicy

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
)

// LabelSelector writes a selector as an object of the API, in the form that policies have.
func LabelSelector(s relation.Selector) metav1.LabelSelector { return labelSelector(s).Object() }

// labelSelector writes a selector: one value for a key as matchLabels, everything else as
// matchExpressions, by key.
//
// A selector of the language is made of the API's four operators, so every set of values for a key
// has a form, with one exception: "one of these values, or absent". In excludes absent, NotIn and
// DoesNotExist name no values that remain, so no intersection of the four is such a set. Neither
// that nor a key that no value satisfies, which is refused where it is declared, gets here. If one
// did, the result would select nothing, which permits nothing.
func labelSelector(s relation.Selector) policyset.Selector {
	var labels []policyset.Label
	var expressions []policyset.Expression
	for _, k := range s.Keys() {
		express := func(operator metav1.LabelSelectorOperator, values ...string) {
			expressions = append(expressions, policyset.Expression{Key: k.Key, Operator: string(operator), Values: policyset.ListOf(values...)})
		}
		switch v := k.Values; {
		case !v.Others && !v.Absent && len(v.Names) == 1:
			labels = append(labels, policyset.Label{Key: k.Key, Value: v.Names[0]})
		case !v.Others && !v.Absent && len(v.Names) > 0:
			express(metav1.LabelSelectorOpIn, v.Names...)
		case !v.Others && v.Absent && len(v.Names) == 0:
			express(metav1.LabelSelectorOpDoesNotExist)
		case v.Others && v.Absent:
			express(metav1.LabelSelectorOpNotIn, v.Names...) // there are names: any value or absent is no requirement
		case v.Others:
			express(metav1.LabelSelectorOpExists)
			if len(v.Names) > 0 {
				express(metav1.LabelSelectorOpNotIn, v.Names...) // NotIn alone also matches absent
			}
		default:
			express(metav1.LabelSelectorOpExists)
			express(metav1.LabelSelectorOpDoesNotExist)
		}
	}
	return policyset.Selector{Labels: policyset.ListOf(labels...), Expressions: policyset.ListOf(expressions...)}
}
