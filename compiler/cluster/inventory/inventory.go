// Package inventory reads manifests that zt did not write: policies, the workloads and Services that
// they are about, and Namespaces.
//
// It reads strictly. A document that cannot be read, a field that a policy does not have, or a policy
// that the API server would refuse is an error: a wrong policy must not read as "no policy". Kinds
// that no command uses are skipped.
package inventory

import (
	"cmp"
	"net/netip"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Inventory is the objects of manifests, in their order.
type Inventory struct {
	Policies []Policy
	// ClusterPolicies are ClusterNetworkPolicies, or the AdminNetworkPolicies that were before them.
	ClusterPolicies []ClusterPolicy
	CiliumPolicies  []CiliumPolicy
	CiliumIgnores   []IgnoredLabel // of policies of Cilium
	// ByCilium is set if Cilium enforces the policies, whether or not there are policies of its own.
	ByCilium   bool
	Workloads  []Workload
	Services   []Service
	Namespaces []Namespace
	Callbacks  []Callback
	APIServers []EndpointSlice // of the Service default/kubernetes
	Nodes      []netip.Prefix  // the addresses of nodes, each by itself
	// Foreign are the objects of other APIs that can permit or deny connections. zt does not
	// evaluate them.
	Foreign []Foreign
	// AddressGroups are CiliumCIDRGroups as text, with their names: equal for two objects if they are equal, apart
	// from what a cluster adds.
	AddressGroups []string
	// Backends are the addresses behind Services.
	Backends []Backend
	// Unread are the workloads that could not be read, which is reported. Their pods may exist.
	Unread []Unread
	// Custom are the custom resources. An operator can create pods from them.
	Custom []Object
	// Evidence is what else the objects show of connections; nil unless ReadEvidence read them.
	Evidence *Evidence
}

// Foreign is an object of another API that can permit or deny connections: of the pods of its
// namespace, or of every pod if it has no namespace here.
type Foreign struct {
	Object
	APIVersion string
	// Content is equal for two objects if they are equal, apart from what a cluster adds.
	Content string
	// Reason says why zt does not evaluate it, if it evaluates others of its kind.
	Reason string
	// About is pods that include those of which it can permit or deny connections; if empty, it can be any of its
	// namespace, or any. Spares is set for directions in which it changes nothing.
	About  []relation.Pods
	Spares [2]bool // by relation.Direction
}

// Unread is a workload that could not be read, and the labels of its pods if these could.
type Unread struct {
	Object
	Labels map[string]string // nil if they are not known
}

// Object is what every object has: its name and place.
type Object struct {
	Kind      string
	Namespace string // "" if it belongs to none
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

// Policy is a NetworkPolicy as the API server would store it: valid, with its defaults.
type Policy struct {
	Object
	*networkingv1.NetworkPolicy
	// Most is another reading of the policy, of an old object with blocks that programs read in
	// different ways: it permits all that some program reads, and NetworkPolicy what all read.
	Most      *networkingv1.NetworkPolicy
	OldBlocks []OldBlock
	Fields    Fields
}

// OldBlock is a block of addresses that recent API servers refuse.
type OldBlock struct {
	Text string
	Span source.Span
}

// Workload is a Pod, or an object that makes pods from a template.
type Workload struct {
	Object
	Labels      map[string]string // of its pods
	HostNetwork bool
	Unplaced    bool   // its manifest names no namespace
	Ports       []Port // that its containers declare
	Owner       Owner  // the workload that made this one, as a Deployment makes a ReplicaSet
	// Open is set if an operator makes the pods: they can have more labels and ports than these.
	Open  bool
	Group string // of its API; "" for the kinds of Kubernetes
	// Perhaps is set if there may be no such pods.
	Perhaps bool
	// Remark is what should be known of the pods: that they are a Helm test, or a Job that is over.
	Remark string
	// Details is what it shows of its connections; nil unless ReadEvidence read it.
	Details *Details

	part string // of the object that it is from, if that has several
}

// Carries reports whether a pod has all the labels that a Service or workload has, if it has any.
func Carries(pod, labels map[string]string) bool {
	for k, v := range labels {
		if value, ok := pod[k]; !ok || value != v {
			return false
		}
	}
	return len(labels) > 0
}

// IdentifyingLabel returns the key of the label that most likely names a workload, or "".
func IdentifyingLabel(labels map[string]string) string {
	for _, key := range []string{"app.kubernetes.io/name", "app", "k8s-app", "name", "app.kubernetes.io/component", "component", "role"} {
		if labels[key] != "" {
			return key
		}
	}
	return ""
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

// Service is a Service and the ports that it translates.
type Service struct {
	Object
	Selector map[string]string // empty for one that selects no pods
	Ports    []ServicePort
	Headless bool         // it has no address, and translates nothing
	Addrs    []netip.Addr // of its own, as far as its manifest has them
}

// ServicePort is a port of a Service.
type ServicePort struct {
	Name     string // "" where it has none
	Number   int
	Protocol relation.Protocol
	Target   intstr.IntOrString // the pods' port: a number, or a container port's name
	Span     source.Span
}

// Namespace is a Namespace with all its labels, including that of its name.
type Namespace struct {
	Object
	Labels      map[string]string
	Annotations map[string]string
}

// Backend is addresses behind a Service, as an EndpointSlice or Endpoints has them.
type Backend struct {
	Namespace, Service string
	Addrs              []string
}

// EndpointSlice is addresses behind the Service kubernetes.
type EndpointSlice struct {
	Object
	Addrs []netip.Addr
	Ports []relation.PortRange
}

// Callback is an object that makes the API server call a Service: a webhook, or an API that pods
// serve.
type Callback struct {
	Object
	Service Object
	Port    int
	Span    source.Span // where it names the Service
}

// Group is files of which the objects without a namespace go to the same one, or to "default" if that
// is empty.
type Group struct {
	Files     []*source.File
	Namespace string
}

// Read reads manifests, as one group. It reports all problems; if there are any, the inventory is not
// complete.
func Read(files []*source.File, namespace string) (*Inventory, diag.List) {
	return ReadGroups([]Group{{files, namespace}})
}

// ReadPlaced is ReadGroups, and also reads the pods that operators create, and keeps where the fields
// of policies are.
func ReadPlaced(groups []Group) (*Inventory, diag.List) {
	r := reader{need: remembered(evidenceOf), evidence: newEvidence(), placed: true}
	inv, diags := r.readAll(groups)
	inv.Evidence = r.evidence
	return inv, diags
}

// ReadGroups is Read for several groups.
func ReadGroups(groups []Group) (*Inventory, diag.List) {
	r := reader{need: remembered(neededOf)}
	return r.readAll(groups)
}

func (r *reader) readAll(groups []Group) (*Inventory, diag.List) {
	r.policies = map[string]source.Span{}
	var all []*source.File
	for _, g := range groups {
		r.namespace = cmp.Or(g.Namespace, DefaultNamespace)
		for _, f := range g.Files {
			if !r.full() {
				r.read(f)
			}
		}
		all = append(all, g.Files...)
	}
	if r.objects == 0 && r.diags.Errors() == 0 {
		r.nothing(all)
	}
	r.elders()
	r.workloadsTwice()
	r.servicesTwice()
	r.unrendered(all)
	r.policiesElsewhere()
	if r.dropped {
		r.diags.Add(diag.New(diag.UnreadableManifest, r.span(0), "there are more than %d problems; the others are not shown", maxReported))
	}
	r.diags.Sort()
	return &r.inventory, r.diags
}
