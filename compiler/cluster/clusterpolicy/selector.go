package clusterpolicy

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/relation"
)

// Selector returns what a valid label selector matches.
func Selector(s *metav1.LabelSelector) relation.Selector {
	var all []relation.Requirement
	for k, v := range s.MatchLabels {
		all = append(all, relation.Requirement{Key: k, Values: relation.In(v)})
	}
	for _, e := range s.MatchExpressions {
		values := relation.NotExists()
		switch e.Operator {
		case metav1.LabelSelectorOpIn:
			values = relation.In(e.Values...)
		case metav1.LabelSelectorOpNotIn:
			values = relation.NotIn(e.Values...)
		case metav1.LabelSelectorOpExists:
			values = relation.Exists()
		}
		all = append(all, relation.Requirement{Key: e.Key, Values: values})
	}
	return relation.Select(all...)
}
