// Package published finds the definitions of kinds that the API server does not have by itself. Their projects
// publish them in Go modules, so there is no copy of them here.
package published

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// Definition is a published CustomResourceDefinition.
type Definition struct {
	folder string // of the module that requires the one below, from the folder of a test
	module string // with a version if no module here requires it
	sum    string // of that version
	file   string
}

const (
	policyAPI = "sigs.k8s.io/network-policy-api"
	cilium    = "github.com/cilium/cilium"
)

// The definitions. Each has all versions of its kind that the project still serves.
var (
	// ClusterNetworkPolicy is the definition of the channel that clusters have unless they ask for experiments.
	ClusterNetworkPolicy = Definition{folder: ".", module: policyAPI, file: "config/crd/standard/policy.networking.k8s.io_clusternetworkpolicies.yaml"}
	// Experimental is the definition of the same kind in the other channel, with all fields.
	Experimental = Definition{folder: ".", module: policyAPI, file: "config/crd/experimental/policy.networking.k8s.io_clusternetworkpolicies.yaml"}

	AdminNetworkPolicy         = elder("adminnetworkpolicies")
	BaselineAdminNetworkPolicy = elder("baselineadminnetworkpolicies")

	CiliumNetworkPolicy            = ofCilium("ciliumnetworkpolicies")
	CiliumClusterwideNetworkPolicy = ofCilium("ciliumclusterwidenetworkpolicies")
)

// elder returns a definition of the last version that has it, in the channel with all fields.
func elder(kind string) Definition {
	return Definition{
		folder: ".", module: policyAPI + "@v0.1.7", sum: "h1:obY2FTEidLXVdRYu7gJ4q1RYE57pBnrpMqoE2LZgp4g=",
		file: "config/crd/experimental/policy.networking.k8s.io_" + kind + ".yaml",
	}
}

func ofCilium(kind string) Definition {
	return Definition{folder: "../cilium", module: cilium, file: "pkg/k8s/apis/cilium.io/client/crds/v2/" + kind + ".yaml"}
}

// Read returns the text of the definition. If the module is not in the cache, Go downloads it.
func (d Definition) Read() ([]byte, error) {
	out, err := exec.Command("go", "-C", d.folder, "mod", "download", "-json", d.module).Output()
	var found struct{ Dir, Sum, Error string }
	if err := errors.Join(err, json.Unmarshal(out, &found)); err != nil {
		return nil, fmt.Errorf("finding %s: %w: %s", d.module, err, found.Error)
	}
	if d.sum != "" && found.Sum != d.sum {
		return nil, fmt.Errorf("%s has the checksum %s, not %s", d.module, found.Sum, d.sum)
	}
	return os.ReadFile(filepath.Join(found.Dir, filepath.FromSlash(d.file)))
}

// Parse reads the definition.
func (d Definition) Parse() (*apiextensionsv1.CustomResourceDefinition, error) {
	data, err := d.Read()
	if err != nil {
		return nil, err
	}
	var crd apiextensionsv1.CustomResourceDefinition
	return &crd, yaml.UnmarshalStrict(data, &crd)
}

// Stream returns definitions as a stream of documents.
func Stream(all ...Definition) ([]byte, error) {
	var texts []string
	for _, d := range all {
		data, err := d.Read()
		if err != nil {
			return nil, err
		}
		texts = append(texts, strings.TrimPrefix(string(data), "---\n"))
	}
	return []byte(strings.Join(texts, "---\n")), nil
}
