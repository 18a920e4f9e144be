package inprocess

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metavalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/emit/conformance/published"
)

// definition is the published definition of a kind.
type definition struct {
	namespaced bool
	structural *schema.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator
}

// definitions are those of the kinds that zt emits or reads and the API server does not have by itself.
var definitions = map[string]func() (*definition, error){
	"policy.networking.k8s.io/v1beta1 ClusterNetworkPolicy":        version("v1beta1", published.ClusterNetworkPolicy),
	"policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy":       version("v1alpha2", published.ClusterNetworkPolicy),
	"policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy":         version("v1alpha1", published.AdminNetworkPolicy),
	"policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy": version("v1alpha1", published.BaselineAdminNetworkPolicy),
	"cilium.io/v2 CiliumNetworkPolicy":                             version("v2", published.CiliumNetworkPolicy),
	"cilium.io/v2 CiliumClusterwideNetworkPolicy":                  version("v2", published.CiliumClusterwideNetworkPolicy),
	// The channel that also has domain names.
	"experimental policy.networking.k8s.io/v1beta1 ClusterNetworkPolicy": version("v1beta1", published.Experimental),
}

// version reads one version of a published definition.
func version(version string, of published.Definition) func() (*definition, error) {
	return sync.OnceValues(func() (*definition, error) {
		crd, err := of.Parse()
		if err != nil {
			return nil, err
		}
		for _, v := range crd.Spec.Versions {
			if v.Name == version {
				return newDefinition(v.Schema.OpenAPIV3Schema, crd.Spec.Scope == apiextensionsv1.NamespaceScoped)
			}
		}
		return nil, fmt.Errorf("%s has no version %s", crd.Name, version)
	})
}

func newDefinition(published *apiextensionsv1.JSONSchemaProps, namespaced bool) (*definition, error) {
	d := &definition{namespaced: namespaced}
	var internal apiextensions.JSONSchemaProps
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(published, &internal, nil)
	if err != nil {
		return nil, err
	}
	if d.structural, err = schema.NewStructural(&internal); err != nil {
		return nil, err
	}
	if d.validator, _, err = validation.NewSchemaValidator(&internal); err != nil {
		return nil, err
	}
	d.rules = cel.NewValidator(d.structural, true, celconfig.PerCallLimit)
	return d, nil
}

// admitCustom returns why an API server with the published definitions would not store an object, or would
// not store all of it.
func admitCustom(t *testing.T, document string) error {
	t.Helper()
	channel := ""
	if strings.Contains(document, "domainNames:") {
		channel = "experimental "
	}
	return admitAs(t, document, channel)
}

// admitAs is admitCustom with the definitions of a channel; "" is the one that clusters have.
func admitAs(t *testing.T, document, channel string) error {
	t.Helper()
	data, err := yaml.YAMLToJSONStrict([]byte(document))
	if err != nil {
		return err
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil { // which keeps whole numbers, as the server does
		return err
	}
	find := definitions[channel+fmt.Sprint(object["apiVersion"], " ", object["kind"])]
	if find == nil {
		return fmt.Errorf("it is a %v of %v", object["kind"], object["apiVersion"])
	}
	d, err := find()
	if err != nil {
		t.Fatal(err)
	}
	meta, _, unknown, err := objectmeta.GetObjectMetaWithOptions(object, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return err
	}
	unknown = append(unknown, pruning.PruneWithOptions(object, d.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	if len(unknown) > 0 {
		return fmt.Errorf("unknown fields: %v", unknown)
	}
	errs := metavalidation.ValidateObjectMeta(meta, d.namespaced, metavalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	errs = append(errs, validation.ValidateCustomResource(nil, object, d.validator)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, d.structural, object)...)
	more, _ := d.rules.Validate(context.Background(), nil, d.structural, object, nil, celconfig.RuntimeCELCostBudget)
	return append(errs, more...).ToAggregate()
}

// The published definitions refuse these, so they are really asked: those of the channel that clusters have unless
// they ask for experiments, and the experimental one.
func TestPoliciesRefused(t *testing.T) {
	for _, c := range published.Refused() {
		isRefused(t, c, "")
	}
	isRefused(t, published.RefusedExperimental(), "experimental ")
}

func isRefused(t *testing.T, c published.Case, channel string) {
	t.Helper()
	changes := append(c.Changes, [2]string{"name: ", "name: Not."}, [2]string{"name: ", "title: "})
	if strings.Contains(c.Good, "namespace: shop") {
		changes = append(changes, [2]string{"namespace: shop", ""})
	} else {
		changes = append(changes, [2]string{"metadata: {", "metadata: {namespace: shop, "})
	}
	if err := admitAs(t, c.Good, channel); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		if bad := strings.Replace(c.Good, change[0], change[1], 1); bad == c.Good || admitAs(t, bad, channel) == nil {
			t.Errorf("%q is accepted in\n%s", change[1], c.Good)
		}
	}
}
