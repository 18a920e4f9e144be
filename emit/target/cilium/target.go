package cilium

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// Target compiles to CiliumNetworkPolicies.
type Target struct{}

// Name implements target.Target.
func (Target) Name() string { return "cilium" }

// Plugin implements target.Native.
func (Target) Plugin() string { return "cilium" }

// Lower implements target.Target.
func (Target) Lower(t *topology.Topology, options target.Options) (target.Objects, diag.List) {
	policies, diags := Lower(t, options.Layout)
	return objects(policies), diags
}

// Read implements target.Target.
func (Target) Read(files []manifest.File, format manifest.Format) (target.Policies, error) {
	list, err := manifest.ReadObjects(files, format, accept)
	if err != nil {
		return nil, err
	}
	read, err := readAll(list)
	return read, err
}

// readAll reads policies as Cilium does.
func readAll(list []Policy) (policies, error) {
	out := policies{}
	for _, p := range list {
		read, problems := ciliumpolicy.Read(p.Kind, p.Metadata.Namespace, p.Metadata.Name, &p.Object)
		if len(problems) > 0 {
			return nil, fmt.Errorf("%s %s/%s: %s: %s", p.Kind, p.Metadata.Namespace, p.Metadata.Name, problems[0].Path, problems[0].Message)
		}
		out = append(out, read)
	}
	return out, nil
}

// apiVersion is that of Cilium's policies.
const apiVersion = "cilium.io/v2"

// Policy is a CiliumNetworkPolicy, with what zt writes of its metadata.
type Policy struct {
	metav1.TypeMeta     `json:",inline"`
	Metadata            Metadata `json:"metadata"`
	ciliumpolicy.Object `json:",inline"`
}

// Metadata is what zt writes of an object's metadata.
type Metadata struct {
	Annotations map[string]string `json:"annotations,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace,omitempty"`
}

// accept refuses what is no CiliumNetworkPolicy of a namespace.
func accept(p *Policy) error {
	switch {
	case p.APIVersion != apiVersion || p.Kind != ciliumpolicy.Namespaced:
		return fmt.Errorf("it is not a %s of %s", ciliumpolicy.Namespaced, apiVersion)
	case p.Metadata.Name == "" || p.Metadata.Namespace == "":
		return fmt.Errorf("it has no name or no namespace")
	}
	return nil
}

// objects are CiliumNetworkPolicies to write.
type objects []Policy

func (o objects) Len() int { return len(o) }

func (o objects) Stream(format manifest.Format) []byte {
	if len(o) == 0 {
		return nil
	}
	return marshal(o, format, false)
}

func (o objects) Files(format manifest.Format) []manifest.File {
	var files []manifest.File
	for first := 0; first < len(o); { // in order of namespaces
		namespace, next := o[first].Metadata.Namespace, first
		for next < len(o) && o[next].Metadata.Namespace == namespace {
			next++
		}
		files = append(files, manifest.File{Name: manifest.NamespaceFile(namespace, format), Data: marshal(o[first:next], format, true)})
		first = next
	}
	return files
}

func marshal(list []Policy, format manifest.Format, file bool) []byte {
	data, err := manifest.MarshalObjects(list, format, file)
	if err != nil {
		panic(err) // strings, numbers and lists of them can be written
	}
	return data
}

// policies are CiliumNetworkPolicies that were read back.
type policies []*ciliumpolicy.Policy

// Relation implements target.Policies. It is what Cilium enforces, whatever the program says of the
// plugin for other targets.
func (p policies) Relation(facts *relation.Facts) (*relation.Relation, error) {
	return evaluate.CiliumRelation(p, enforced(facts))
}

// enforced returns facts with what Cilium makes of address blocks.
func enforced(facts *relation.Facts) *relation.Facts {
	out := *facts
	out.Enforcement = relation.Enforcement{Unmatched: facts.Nodes}
	return &out
}
