package networkpolicy

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/target/layout"
)

// LabelSelector writes a selector as an object of the API, in the form that policies have.
func LabelSelector(s relation.Selector) metav1.LabelSelector { return labelSelector(s).Object() }

// labelSelector writes a selector: one value for a key as matchLabels, everything else as
// matchExpressions, by key.
func labelSelector(s relation.Selector) policyset.Selector {
	var labels []policyset.Label
	var expressions []policyset.Expression
	for _, k := range s.Keys() {
		value, one, others := layout.Required(k.Values)
		if one {
			labels = append(labels, policyset.Label{Key: k.Key, Value: value})
		}
		for _, e := range others {
			expressions = append(expressions, policyset.Expression{Key: k.Key, Operator: string(e.Operator), Values: policyset.ListOf(e.Values...)})
		}
	}
	return policyset.Selector{Labels: policyset.ListOf(labels...), Expressions: policyset.ListOf(expressions...)}
}
