package e2e

import (
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/emit/conformance/published"
)

// tryApply applies an object as `kubectl apply --server-side --dry-run=server` does.
func tryApply(t *testing.T, text string) error {
	t.Helper()
	var o unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	resource := map[string]string{
		"ClusterNetworkPolicy": clusterPolicies.Resource, "AdminNetworkPolicy": adminPolicies.Resource, "BaselineAdminNetworkPolicy": baselinePolicies.Resource,
		"CiliumNetworkPolicy": ciliumPolicies.Resource, "CiliumClusterwideNetworkPolicy": ciliumClusterPolicies.Resource,
	}[o.GetKind()]
	_, err := server.objects.Resource(o.GroupVersionKind().GroupVersion().WithResource(resource)).Namespace(o.GetNamespace()).
		Patch(t.Context(), o.GetName(), types.ApplyPatchType, []byte(text), metav1.PatchOptions{
			FieldManager: "test", FieldValidation: metav1.FieldValidationStrict, DryRun: []string{metav1.DryRunAll},
		})
	return err
}

// The server refuses wrong objects of each kind, so its definitions are really asked.
func TestRefused(t *testing.T) {
	declareNamespaces(t, map[string]map[string]string{"shop": nil})
	for _, c := range published.Refused() {
		areRefused(t, c)
	}
	defer experimental(t)()
	areRefused(t, published.RefusedExperimental())
}

func areRefused(t *testing.T, c published.Case) {
	t.Helper()
	if err := tryApply(t, c.Good); err != nil {
		t.Fatalf("%v\n%s", err, c.Good)
	}
	for _, change := range c.Changes {
		err := tryApply(t, strings.Replace(c.Good, change[0], change[1], 1))
		if status := apierrors.APIStatus(nil); !errors.As(err, &status) || apierrors.IsNotFound(err) || apierrors.IsTooManyRequests(err) {
			t.Errorf("%q in place of %q: %v in\n%s", change[1], change[0], err, c.Good)
		}
	}
}
