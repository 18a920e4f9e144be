// Package inventory reads manifests that zt did not write: policies, the
// workloads and Services that they are about, and Namespaces.
//
// It reads strictly and whole. A document that cannot be read, a field that a policy does not have, or
// a policy that the API server would refuse is an error and never left out: what is wrong
// with a policy must not read as "no policy". Kinds that nobody asks for are skipped.
package inventory

import (
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Inventory is what manifests hold, in the order of the files and of the
// objects in them.
type Inventory struct {
	Policies   []Policy
	Workloads  []Workload
	Services   []Service
	Namespaces []Namespace
	Callbacks  []Callback
	// Foreign are the policies of other APIs (Cilium's, Calico's, the
	// cluster-wide ones of policy.networking.k8s.io): they have a say in what may pass, and zt does not evaluate them.
	Foreign []Object
}

// Object is what every object has: what it is called, and where it stands.
type Object struct {
	Kind      string
	Namespace string // "" for what belongs to none
	Name      string
	Span      source.Span // where it begins
}

// String returns the object as people name it: Kind namespace/name.
func (o Object) String() string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// Policy is a NetworkPolicy as the API server would store it: with its
// defaults filled in, and valid.
type Policy struct {
	Object
	*networkingv1.NetworkPolicy
}

// Workload is a Pod, or what makes pods from a template.
type Workload struct {
	Object
	Labels      map[string]string // those of its pods
	HostNetwork bool
	Ports       []Port // what its containers declare
	// Owner is the workload that made this one, such as the Deployment of a ReplicaSet;
	// zero for one that somebody wrote.
	Owner Owner
}

// Owner names the object that controls another, in the same namespace.
type Owner struct{ Kind, Name string }

// Port is a port that a container declares.
type Port struct {
	Name     string // "" where it has none
	Number   int
	Protocol relation.Protocol
	Span     source.Span
}

// Service is a Service and what it translates.
type Service struct {
	Object
	Selector map[string]string // empty for one that selects no pods
	Ports    []ServicePort
	Headless bool // without an address of its own: nothing is translated
}

// ServicePort is a port of a Service.
type ServicePort struct {
	Name     string // "" where it has none
	Number   int
	Protocol relation.Protocol
	Target   intstr.IntOrString // of the pods: a number, or a container port's name
	Span     source.Span
}

// Namespace is a Namespace with all of its labels, its name's included.
type Namespace struct {
	Object
	Labels map[string]string
}

// Callback is an object by which the API server itself calls a Service: a
// webhook, or an API that pods serve.
type Callback struct {
	Object
	Service Object
	Port    int
	Span    source.Span // where it names the Service
}

// Read reads manifests. What they do not put into a namespace goes to the one
// given, or to "default" if that is empty. All problems are reported; where there are any, the
// inventory lacks what they are about and must not be used as if it were whole.
func Read(files []*source.File, namespace string) (*Inventory, diag.List) {
	if namespace == "" {
		namespace = "default"
	}
	r := reader{namespace: namespace, policies: map[string]source.Span{}}
	for _, f := range files {
		r.read(f)
	}
	if r.objects == 0 && len(r.diags) == 0 {
		r.nothing(files)
	}
	r.diags.Sort()
	return &r.inventory, r.diags
}
