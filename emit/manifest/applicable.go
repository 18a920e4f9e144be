package manifest

import (
	"fmt"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
)

// Applicable reports why `kubectl apply` would not create all policies as they are: if two have
// the same name, only the last remains; one without a namespace goes to the current one.
func Applicable(policies *policyset.Set) error {
	seen := make(map[[2]string]bool, policies.Len())
	for i := range policies.Len() {
		p := policies.Policy(i)
		name := [2]string{p.Namespace, p.Name}
		switch {
		case p.Namespace == "":
			return fmt.Errorf("NetworkPolicy %s has no namespace", p.Name)
		case seen[name]:
			return fmt.Errorf("NetworkPolicy %s/%s is there twice", p.Namespace, p.Name)
		}
		seen[name] = true
	}
	return nil
}
