package manifest

import (
	"bytes"
	"fmt"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"
)

// ReadPolicies reads back NetworkPolicies from what Marshal wrote: all of
// them, strictly. A field that the API does not know is an error, and so is any other kind.
func ReadPolicies(data []byte, format Format) ([]*networkingv1.NetworkPolicy, error) {
	var policies []*networkingv1.NetworkPolicy
	if format == FormatJSON {
		var l list[*networkingv1.NetworkPolicy]
		if err := yaml.UnmarshalStrict(data, &l); err != nil {
			return nil, err
		}
		policies = l.Items
	} else {
		documents := bytes.Split(data, []byte("\n---\n"))
		documents = slices.DeleteFunc(documents, func(d []byte) bool { return len(bytes.TrimSpace(d)) == 0 })
		policies = make([]*networkingv1.NetworkPolicy, len(documents))
		err := parallel(len(documents), func(i int) error { return yaml.UnmarshalStrict(documents[i], &policies[i]) })
		if err != nil {
			return nil, err
		}
	}
	for i, p := range policies {
		if p == nil || p.APIVersion != "networking.k8s.io/v1" || p.Kind != "NetworkPolicy" {
			return nil, fmt.Errorf("object %d is no NetworkPolicy of networking.k8s.io/v1", i+1)
		}
	}
	return policies, nil
}
