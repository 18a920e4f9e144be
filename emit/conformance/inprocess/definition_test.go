package inprocess

import (
	"context"
	stdjson "encoding/json"
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
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metavalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// definition is the published definition of a kind.
type definition struct {
	namespaced bool
	structural *schema.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator
}

// definitions are those of the kinds that zt emits and the API server does not have by itself.
var definitions = map[string]func() (*definition, error){
	// In the channel that clusters have unless they ask for experiments.
	"policy.networking.k8s.io/v1beta1 ClusterNetworkPolicy": published(".", "sigs.k8s.io/network-policy-api", "v1beta1",
		"config/crd/standard/policy.networking.k8s.io_clusternetworkpolicies.yaml"),
	"cilium.io/v2 CiliumNetworkPolicy":            published("../cilium", "github.com/cilium/cilium", "v2", ciliumDefinitions+"ciliumnetworkpolicies.yaml"),
	"cilium.io/v2 CiliumClusterwideNetworkPolicy": published("../cilium", "github.com/cilium/cilium", "v2", ciliumDefinitions+"ciliumclusterwidenetworkpolicies.yaml"),
}

const ciliumDefinitions = "pkg/k8s/apis/cilium.io/client/crds/v2/"

// published reads a definition from the module that publishes it, at the version that the module in a folder
// requires.
func published(folder, module, version, file string) func() (*definition, error) {
	return sync.OnceValues(func() (*definition, error) {
		found, err := exec.Command("go", "-C", folder, "mod", "download", "-json", module).Output()
		if err != nil {
			return nil, fmt.Errorf("finding %s: %w: %s", module, err, found)
		}
		var at struct{ Dir string }
		if err := stdjson.Unmarshal(found, &at); err != nil {
			return nil, err
		}
		data, err := os.ReadFile(filepath.Join(at.Dir, file))
		if err != nil {
			return nil, err
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(data, &crd); err != nil {
			return nil, err
		}
		for _, v := range crd.Spec.Versions {
			if v.Name == version {
				return newDefinition(v.Schema.OpenAPIV3Schema, crd.Spec.Scope == apiextensionsv1.NamespaceScoped)
			}
		}
		return nil, fmt.Errorf("no version %s in %s", version, file)
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
	data, err := yaml.YAMLToJSONStrict([]byte(document))
	if err != nil {
		return err
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil { // which keeps whole numbers, as the server does
		return err
	}
	find := definitions[fmt.Sprint(object["apiVersion"], " ", object["kind"])]
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

// isAsked requires that each of these changes makes an object that is accepted one that is not: so the
// published definition is really asked.
func isAsked(t *testing.T, good string, changes [][2]string) {
	t.Helper()
	if err := admitCustom(t, good); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		if bad := strings.Replace(good, change[0], change[1], 1); bad == good || admitCustom(t, bad) == nil {
			t.Errorf("%q is accepted", change[1])
		}
	}
}
