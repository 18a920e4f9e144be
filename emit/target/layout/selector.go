package layout

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/relation"
)

// Expression is a requirement of a label, as the API writes it.
type Expression struct {
	Operator metav1.LabelSelectorOperator
	Values   []string
}

// Required writes what a label must be: one value, or else expressions.
//
// A selector of the language is made of the API's four operators, so every set of values for a key
// has a form, with one exception: "one of these values, or absent". In excludes absent, NotIn and
// DoesNotExist name no values that remain, so no intersection of the four is such a set. Neither
// that nor a key that no value satisfies, which is refused where it is declared, gets here. If one
// did, the result would select nothing, which permits nothing.
func Required(v relation.Values) (value string, one bool, others []Expression) {
	switch {
	case !v.Others && !v.Absent && len(v.Names) == 1:
		return v.Names[0], true, nil
	case !v.Others && !v.Absent && len(v.Names) > 0:
		return "", false, []Expression{{metav1.LabelSelectorOpIn, v.Names}}
	case !v.Others && v.Absent && len(v.Names) == 0:
		return "", false, []Expression{{metav1.LabelSelectorOpDoesNotExist, nil}}
	case v.Others && v.Absent:
		return "", false, []Expression{{metav1.LabelSelectorOpNotIn, v.Names}} // there are names: any value or absent is no requirement
	case v.Others && len(v.Names) > 0:
		return "", false, []Expression{{metav1.LabelSelectorOpExists, nil}, {metav1.LabelSelectorOpNotIn, v.Names}} // NotIn alone also matches absent
	case v.Others:
		return "", false, []Expression{{metav1.LabelSelectorOpExists, nil}}
	}
	return "", false, []Expression{{metav1.LabelSelectorOpExists, nil}, {metav1.LabelSelectorOpDoesNotExist, nil}}
}
