package inventory

// known is a kind of objects that somebody has a use for.
type known struct {
	group, version, kind string
	cluster              bool     // it belongs to no namespace
	formerly             []string // API versions under which it was once served
	take                 func(r *reader, n *node, o Object)
}

func (k known) apiVersion() string {
	if k.group == "" {
		return k.version
	}
	return k.group + "/" + k.version
}

// kinds are what is read; a new one is a line here. An object of another group's
// kind of the same name (a Service of Knative) is something else.
var kinds = []known{
	{group: "networking.k8s.io", version: "v1", kind: "NetworkPolicy", formerly: []string{"extensions/v1beta1"}, take: (*reader).policy},
	{version: "v1", kind: "Pod", take: (*reader).pod},
	{version: "v1", kind: "ReplicationController", take: (*reader).template},
	{group: "apps", version: "v1", kind: "Deployment", formerly: []string{"extensions/v1beta1"}, take: (*reader).template},
	{group: "apps", version: "v1", kind: "ReplicaSet", formerly: []string{"extensions/v1beta1"}, take: (*reader).template},
	{group: "apps", version: "v1", kind: "DaemonSet", formerly: []string{"extensions/v1beta1"}, take: (*reader).template},
	{group: "apps", version: "v1", kind: "StatefulSet", take: (*reader).template},
	{group: "batch", version: "v1", kind: "Job", take: (*reader).template},
	{group: "batch", version: "v1", kind: "CronJob", take: (*reader).cronJob},
	{version: "v1", kind: "Service", take: (*reader).service},
	{version: "v1", kind: "Namespace", cluster: true, take: (*reader).namespaceObject},
	{group: "admissionregistration.k8s.io", version: "v1", kind: "ValidatingWebhookConfiguration", cluster: true, take: (*reader).webhooks},
	{group: "admissionregistration.k8s.io", version: "v1", kind: "MutatingWebhookConfiguration", cluster: true, take: (*reader).webhooks},
	{group: "apiregistration.k8s.io", version: "v1", kind: "APIService", cluster: true, take: (*reader).apiService},
	{group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition", cluster: true, take: (*reader).conversion},
}

// foreign are the kinds of policies that other APIs have. Calico's are called
// NetworkPolicy too.
var foreign = []string{
	"NetworkPolicy", "GlobalNetworkPolicy", "StagedNetworkPolicy",
	"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy",
	"AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy",
}
