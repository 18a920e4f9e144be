package inprocess

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/json"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// definition is the published definition of ClusterNetworkPolicies, in the channel that clusters have unless
// they ask for experiments.
type definition struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator
	err        error
}

// published reads the definition from the module that publishes it.
var published = sync.OnceValue(func() (d definition) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/network-policy-api").Output()
	if err != nil {
		return definition{err: fmt.Errorf("finding the published definition: %w", err)}
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "config/crd/standard/policy.networking.k8s.io_clusternetworkpolicies.yaml"))
	if err != nil {
		return definition{err: err}
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(data, &crd); err != nil {
		return definition{err: err}
	}
	for _, v := range crd.Spec.Versions {
		if v.Name != "v1beta1" {
			continue
		}
		var internal apiextensions.JSONSchemaProps
		if d.err = apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v.Schema.OpenAPIV3Schema, &internal, nil); d.err != nil {
			return d
		}
		if d.structural, d.err = schema.NewStructural(&internal); d.err != nil {
			return d
		}
		d.validator, _, d.err = validation.NewSchemaValidator(&internal)
		d.rules = cel.NewValidator(d.structural, true, celconfig.PerCallLimit)
		return d
	}
	return definition{err: fmt.Errorf("no version v1beta1 in the published definition")}
})

// admitGuard returns why an API server with the published definition would not store a ClusterNetworkPolicy.
func admitGuard(t *testing.T, document string) error {
	t.Helper()
	d := published()
	if d.err != nil {
		t.Fatal(d.err)
	}
	data, err := yaml.YAMLToJSONStrict([]byte(document))
	if err != nil {
		return err
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil { // which keeps whole numbers, as the server does
		return err
	}
	if object["apiVersion"] != "policy.networking.k8s.io/v1beta1" || object["kind"] != "ClusterNetworkPolicy" {
		return fmt.Errorf("it is a %v of %v", object["kind"], object["apiVersion"])
	}
	if unknown := pruning.PruneWithOptions(object, d.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}); len(unknown) > 0 {
		return fmt.Errorf("unknown fields: %v", unknown)
	}
	errs := validation.ValidateCustomResource(nil, object, d.validator)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, d.structural, object)...)
	more, _ := d.rules.Validate(context.Background(), nil, d.structural, object, nil, celconfig.RuntimeCELCostBudget)
	return append(errs, more...).ToAggregate()
}

// The published definition refuses these, so it is really asked.
func TestGuardrailsRefused(t *testing.T) {
	const good = `apiVersion: policy.networking.k8s.io/v1beta1
kind: ClusterNetworkPolicy
metadata: {name: good}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  egress:
  - action: Deny
    to: [{networks: [203.0.113.0/24]}]
    protocols: [{tcp: {destinationPort: {number: 80}}}]
`
	if err := admitGuard(t, good); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"priority: 10", "priority: 1001"},
		{"tier: Admin", "tier: First"},
		{"action: Deny", "action: Refuse"},
		{"number: 80", "number: 0"},
		{"destinationPort: {number: 80}", ""},
		{"203.0.113.0/24", "203.0.113.1/24"},
		{"networks: [203.0.113.0/24]", "networks: []"},
		{"to: [{networks: [203.0.113.0/24]}]", "to: [{}]"},
		{"subject: {namespaces: {}}", "subject: {}"},
		{"subject: {namespaces: {}}", "subjects: {namespaces: {}}"},
	} {
		if bad := strings.Replace(good, change[0], change[1], 1); bad == good || admitGuard(t, bad) == nil {
			t.Errorf("%s is accepted", change[1])
		}
	}
}
