package inventory

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/grammar/spell"
)

// known is a kind of objects that some command uses.
type known struct {
	group, kind string // its version is v1
	shape       *shape
	add         func(*form) // adds an object to the inventory
	cluster     bool        // it belongs to no namespace
	formerly    []string    // API versions that once served it
	versions    []string    // API versions that serve it now, if that is not v1
}

// apiVersion returns the API version that serves the kind, which is the given one if several do.
func (k *known) apiVersion(given string) string {
	if slices.Contains(k.versions, given) {
		return given
	}
	return strings.TrimPrefix(k.group+"/v1", "/")
}

// isPolicy reports whether objects of the kind are read as policies are: whole, or not at all.
func (k *known) isPolicy() bool { return isPolicy(k.group, k.kind) }

func isPolicy(group, kind string) bool {
	switch group {
	case policyGroupName:
		return true
	case ciliumGroupName:
		return kind == ciliumpolicy.Namespaced || kind == ciliumpolicy.Clusterwide
	}
	return group == "networking.k8s.io" && kind == "NetworkPolicy"
}

// lookup returns the kind of objects of an API version, or nil. Objects of another group's kind of
// the same name, such as a Service of Knative, are something else.
func lookup(apiVersion, kind string) *known {
	group := groupOf(apiVersion)
	for i := range kinds {
		k := &kinds[i]
		if k.versions != nil && !slices.Contains(k.versions, apiVersion) {
			continue // a version that zt does not know is an object of another API
		}
		if k.kind == kind && (k.group == group || slices.Contains(k.formerly, apiVersion)) {
			return k
		}
	}
	return nil
}

// kinds are what is read; a new one is a line here.
var kinds = []known{
	{"networking.k8s.io", "NetworkPolicy", shapeOf(reflect.TypeFor[networkingv1.NetworkPolicy]()), (*form).policy, false, []string{"extensions/v1beta1"}, nil},
	{"", "Pod", workloadShape(""), (*form).workload, false, nil, nil},
	{"", "ReplicationController", makerShape, (*form).workload, false, nil, nil},
	{"apps", "Deployment", makerShape, (*form).workload, false, []string{"extensions/v1beta1"}, nil},
	{"apps", "ReplicaSet", makerShape, (*form).workload, false, []string{"extensions/v1beta1"}, nil},
	{"apps", "DaemonSet", makerShape, (*form).workload, false, []string{"extensions/v1beta1"}, nil},
	{"apps", "StatefulSet", makerShape, (*form).workload, false, nil, nil},
	{"batch", "Job", makerShape, (*form).workload, false, nil, nil},
	{"batch", "CronJob", workloadShape("spec.jobTemplate.spec.template."), (*form).workload, false, nil, nil},
	{"", "Service", shapeOf(reflect.TypeFor[corev1.Service](), "spec.selector", "spec.clusterIP", "spec.type", "spec.ports"), (*form).service, false, nil, nil},
	{"discovery.k8s.io", "EndpointSlice", shapeOf(reflect.TypeFor[any](), "metadata.labels", "endpoints.addresses", "ports"), (*form).endpointSlice, false, nil, nil},
	{"", "Namespace", shapeOf(reflect.TypeFor[corev1.Namespace](), "metadata.labels"), (*form).namespaceObject, true, nil, nil},
	{"", "Node", shapeOf(reflect.TypeFor[corev1.Node](), "status.addresses"), (*form).node, true, nil, nil},
	{"admissionregistration.k8s.io", "ValidatingWebhookConfiguration", callbackShape, (*form).callbacks, true, nil, nil},
	{"admissionregistration.k8s.io", "MutatingWebhookConfiguration", callbackShape, (*form).callbacks, true, nil, nil},
	{"apiregistration.k8s.io", "APIService", callbackShape, (*form).callbacks, true, nil, nil},
	{"apiextensions.k8s.io", "CustomResourceDefinition", callbackShape, (*form).callbacks, true, nil, nil},
	{policyGroupName, "ClusterNetworkPolicy", shapeOf(reflect.TypeFor[clusterNetworkPolicy]()), (*form).clusterNetworkPolicy, true, nil, []string{v1alpha2, v1beta1}},
	{policyGroupName, "AdminNetworkPolicy", shapeOf(reflect.TypeFor[adminNetworkPolicy]()), (*form).adminNetworkPolicy, true, nil, []string{v1alpha1}},
	{policyGroupName, "BaselineAdminNetworkPolicy", shapeOf(reflect.TypeFor[baselineAdminNetworkPolicy]()), (*form).baselineAdminNetworkPolicy, true, nil, []string{v1alpha1}},
	{ciliumGroupName, ciliumpolicy.Namespaced, shapeOf(reflect.TypeFor[ciliumpolicy.Object]()), (*form).cilium, false, nil, []string{ciliumV2}},
	{ciliumGroupName, ciliumpolicy.Clusterwide, shapeOf(reflect.TypeFor[ciliumpolicy.Object]()), (*form).cilium, true, nil, []string{ciliumV2}},
}

// Shapes that several kinds have.
var (
	makerShape    = workloadShape("spec.template.")
	callbackShape = shapeOf(reflect.TypeFor[any](), "webhooks.clientConfig.service", "spec.service", "spec.conversion.webhook.clientConfig.service")
)

// scope says which pods an object of another API can concern.
type scope int

const (
	noPods        scope = iota // it decides nothing about connections
	namespacePods              // the pods of its namespace
	everyPod                   // all pods of the cluster
	unknownScope               // the pods of its namespace if it names one, otherwise every pod
)

// foreign lists the kinds of other APIs that can permit or deny a connection, and that zt does not
// evaluate. Other kinds of these groups follow the rule for unknown kinds.
var foreign = []struct {
	groups     []string
	namespaced []string // kinds that concern the pods of their namespace
	cluster    []string // kinds that concern every pod
	without    []string // kinds that only look like policies
}{
	{groups: []string{"policy.networking.k8s.io"}, cluster: []string{"AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"}},
	{groups: []string{"cilium.io"}, namespaced: []string{"CiliumNetworkPolicy", "CiliumLocalRedirectPolicy"},
		cluster: []string{"CiliumClusterwideNetworkPolicy", "CiliumEgressGatewayPolicy"}},
	{groups: []string{"projectcalico.org", "crd.projectcalico.org"}, namespaced: []string{"NetworkPolicy", "StagedNetworkPolicy", "StagedKubernetesNetworkPolicy"},
		cluster: []string{"GlobalNetworkPolicy", "StagedGlobalNetworkPolicy", "Profile", "HostEndpoint"}},
	{groups: []string{"crd.antrea.io", "security.antrea.tanzu.vmware.com"}, namespaced: []string{"NetworkPolicy"},
		cluster: []string{"ClusterNetworkPolicy", "Egress", "TrafficControl"}},
	{groups: []string{"k8s.ovn.org"}, namespaced: []string{"EgressFirewall", "UserDefinedNetwork"},
		cluster: []string{"ClusterUserDefinedNetwork", "AdminPolicyBasedExternalRoute"}},
	{groups: []string{"network.openshift.io"}, namespaced: []string{"EgressNetworkPolicy"}, cluster: []string{"NetNamespace"}},
	{groups: []string{"k8s.cni.cncf.io"}, namespaced: []string{"NetworkAttachmentDefinition", "MultiNetworkPolicy"}},
	{groups: []string{"networking.k8s.aws"}, namespaced: []string{"ApplicationNetworkPolicy", "PolicyEndpoint"},
		cluster: []string{"ClusterNetworkPolicy", "ClusterPolicyEndpoint"}},
	{groups: []string{"vpcresources.k8s.aws"}, namespaced: []string{"SecurityGroupPolicy"}},
	{groups: []string{"networking.gke.io"}, namespaced: []string{"FQDNNetworkPolicy"}, without: []string{"GCPBackendPolicy", "GCPGatewayPolicy", "HealthCheckPolicy"}},
	{groups: []string{"security.istio.io"}, namespaced: []string{"AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"}},
	{groups: []string{"networking.istio.io"}, namespaced: []string{"Sidecar", "EnvoyFilter"}},
	{groups: []string{"policy.linkerd.io"}, namespaced: []string{"Server", "ServerAuthorization", "AuthorizationPolicy", "MeshTLSAuthentication", "NetworkAuthentication", "EgressNetwork"}},
	{groups: []string{"consul.hashicorp.com"}, namespaced: []string{"ServiceIntentions"}},
	{groups: []string{"kuma.io", "policies.kuma.io"}, cluster: []string{"Mesh", "TrafficPermission", "MeshTrafficPermission", "MeshAccess"},
		without: []string{"MeshAccessLog"}},
	{groups: []string{"access.smi-spec.io"}, namespaced: []string{"TrafficTarget"}},
	{groups: []string{"neuvector.com"}, namespaced: []string{"NvSecurityRule"},
		cluster: []string{"NvClusterSecurityRule", "NvDlpSecurityRule", "NvWafSecurityRule"}, without: []string{"NvAdmissionControlSecurityRule"}},
	{groups: []string{"security.kubearmor.com"}, namespaced: []string{"KubeArmorPolicy"},
		cluster: []string{"KubeArmorClusterPolicy", "KubeArmorHostPolicy"}, without: []string{"KubeArmorConfig"}},
	{groups: []string{"kubeovn.io"}, cluster: []string{"Subnet", "SecurityGroup", "Vpc"}},
	{groups: []string{"crd.nsx.vmware.com", "nsx.vmware.com"}, namespaced: []string{"SecurityPolicy"}},
	{groups: []string{"security.everoute.io"}, namespaced: []string{"SecurityPolicy"}, cluster: []string{"GlobalPolicy"}},
	{groups: []string{"gateway.envoyproxy.io"}, without: []string{"SecurityPolicy"}},
	{groups: []string{"gateway.networking.k8s.io", "gateway.networking.x-k8s.io"}, without: []string{"BackendTLSPolicy", "BackendLBPolicy", "BackendTrafficPolicy", "XBackendTrafficPolicy"}},
}

// meshRoot is the namespace whose policies Istio applies to every namespace.
const meshRoot = "istio-system"

// scopeOf returns which pods an object of another API can concern. A kind that zt does not know
// counts as a policy if its name or group says so, if it is a policy of a network or mesh group, or
// if it is a known kind misspelt.
func scopeOf(group, kind, namespace string) scope {
	isNear := false
	for _, f := range foreign {
		switch {
		case !slices.Contains(f.groups, group):
			continue
		case slices.Contains(f.without, kind):
			return noPods
		case slices.Contains(f.cluster, kind):
			return everyPod
		case slices.Contains(f.namespaced, kind) && namespace == meshRoot && strings.HasSuffix(group, ".istio.io"):
			return everyPod
		case slices.Contains(f.namespaced, kind):
			return namespacePods
		}
		isNear = nearest(kind, slices.Concat(f.namespaced, f.cluster)) != ""
	}
	if isNear || policyName.MatchString(kind) || policyGroup.MatchString(group) || policySuffix.MatchString(kind) && networkGroup.MatchString(group) {
		return unknownScope
	}
	return noPods
}

// NamesPolicy reports whether the name of a kind says that its objects can permit or deny connections.
func NamesPolicy(kind string) bool { return policyName.MatchString(kind) }

var (
	policyName   = regexp.MustCompile(`(?i)networkpol|netpol|firewall|trafficpermission|authorizationpolic|userdefinednetwork|^(cluster|global)?securitypolic|^aclpolic`)
	policyGroup  = regexp.MustCompile(`(?i)networkpol|netpol|firewall|microsegment`)
	policySuffix = regexp.MustCompile(`(?i)(policy|policies|firewall)$`)
	networkGroup = regexp.MustCompile(`net|mesh|cilium|calico|antrea|istio|linkerd|ovn|kuma|consul|cni|firewall`)
)

// nearest returns the candidate that a word with other letter case, a plural or a typing error
// means, or "".
func nearest(word string, candidates []string) string {
	normal := func(s string) string {
		s = strings.ToLower(s)
		if stem, ok := strings.CutSuffix(s, "ies"); ok {
			return stem + "y"
		}
		return strings.TrimSuffix(s, "s")
	}
	word = normal(word)
	var words []string
	for _, k := range candidates {
		words = append(words, normal(k))
	}
	i := slices.Index(words, word)
	if i < 0 {
		i = slices.Index(words, spell.Nearest(word, words))
	}
	if i < 0 {
		return ""
	}
	return candidates[i]
}

// isCustom reports whether a group is one of custom resources: those of Kubernetes itself have no dot,
// or end in k8s.io.
func isCustom(group string) bool {
	return strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io")
}

// groupOf returns the group of an API version; the core group is "". A text with a dot is a group
// without a version.
func groupOf(apiVersion string) string {
	group, _, grouped := strings.Cut(apiVersion, "/")
	if !grouped && !strings.Contains(apiVersion, ".") {
		return ""
	}
	return group
}
