package inventory

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/source"
)

func objectOf(apiVersion, kind, namespace string) string {
	s := "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata:\n  name: x\n"
	if namespace != "" {
		s += "  namespace: " + namespace + "\n"
	}
	return s + "spec: {podSelector: {}, ingress: []}\n"
}

// A policy whose kind or API version no server serves is an error, never skipped.
func TestMisspeltPolicies(t *testing.T) {
	const (
		right  = "did you mean kind NetworkPolicy of apiVersion networking.k8s.io/v1?"
		cilium = "did you mean kind CiliumNetworkPolicy of apiVersion cilium.io/v2?"
	)
	for _, test := range []struct{ apiVersion, kind, help string }{
		{"networking.k8s.io/v1", "NetworkPolicies", "did you mean kind NetworkPolicy?"},
		{"networking.k8s.io/v1", "networkPolicy", "did you mean kind NetworkPolicy?"},
		{"networking.k8s.io/v1", "Networkpolicy", "did you mean kind NetworkPolicy?"},
		{"networking.k8s.io/v1", "NetworkPolcy", "did you mean kind NetworkPolicy?"},
		{"networking.k8s.io/v1", "Policy", "did you mean one of the kinds "},
		{"networking.k8s.io/v1", "AdminNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1alpha1?"},
		{"policy.networking.k8s.io/v1", "Ingress", "did you mean the group networking.k8s.io?"},
		{"networking/v1", "NetworkPolicy", right},
		{"networking/v1", "networkpolicies", right},
		{"v1", "NetworkPolicy", right},
		{"network.k8s.io/v1", "NetworkPolicy", right},
		{"networking.k8s.oi/v1", "NetworkPolicy", right},
		{"networking.kubernetes.io/v1", "NetworkPolicy", right},
		{"extensions/v1", "NetworkPolicy", right},
		{"extensions/v1beta1", "NetworkPolicy", right},
		{"apps/v1", "NetworkPolicies", right},
		{"policy.networking.k8s.io/v1alpha1", "NetworkPolicy", right},
		{"v1", "Netpol", right},
		{"v1", "netpols", right},
		{"apps/v1", "NetPolicy", right},
		{"network.k8s.io/v1", "NetPol", right},
		{"policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicies", "did you mean kind AdminNetworkPolicy?"},
		{"policy.networking.k8s.io/v1alpha1", "ClusterNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1beta1?"},
		{"policy.networking.k8s.io/V1beta1", "ClusterNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1beta1?"},
		{"policy.networking.k8s.io", "AdminNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1alpha1?"},
		{"policy.networking.k8s.io/v1beta1", "AdminNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1alpha1?"},
		{"policy.networking.k8s.io/v1", "BaselineAdminNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1alpha1?"},
		{"policy.networking.k8s.io/v1alpha3", "ClusterNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1beta1?"},
		{"policy.networking.k8s.io/v1beta0", "ClusterNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1beta1?"},
		{"policy.networking.k8s.io/v1beta1", "CNP", "did you mean kind ClusterNetworkPolicy?"},
		{"policy.networking.k8s.io/v1alpha1", "BaselineNetworkPolicy", "did you mean kind BaselineAdminNetworkPolicy?"},
		{"policy.networking.k8s.io/v1beta1", "anp", "did you mean kind AdminNetworkPolicy of apiVersion policy.networking.k8s.io/v1alpha1?"},
		{"policy.network.k8s.io/v1beta1", "ClusterNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1beta1?"},
		{"policy.network.k8s.io/v1alpha1", "AdminNetworkPolicies", "did you mean kind AdminNetworkPolicy of apiVersion policy.networking.k8s.io/v1alpha1?"},
		{"network.policy.k8s.io/v1beta1", "clusternetworkpolicy", "did you mean kind ClusterNetworkPolicy of apiVersion policy.networking.k8s.io/v1beta1?"},
		{"policy.networking.x-k8s.io/v1alpha1", "AdminNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1alpha1?"},
		{"policy.networking.kubernetes.io/v1alpha1", "BaselineAdminNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1alpha1?"},
		{"Policy.networking.k8s.io/v1beta1", "ClusterNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1beta1?"},
		{"policy.networking.k8s.i/v1beta1", "ClusterNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1beta1?"},
		{"policy.networking/v1beta1", "ClusterNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1beta1?"},
		{"policy/v1", "ClusterNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1beta1?"},
		{"v1", "ClusterNetworkPolicy", "did you mean apiVersion policy.networking.k8s.io/v1beta1?"},
		{"v1alpha1", "AdminNetworkPolciy", "did you mean kind AdminNetworkPolicy of apiVersion policy.networking.k8s.io/v1alpha1?"},
		{"cilium/v2", "CiliumNetworkPolicy", cilium},
		{"v2", "CiliumNetworkPolicy", cilium},
		{"networking.k8s.io/v1", "CiliumNetworkPolicy", cilium},
		{"cillium.io/v2", "CiliumNetworkPolicies", cilium},
		{"cilium.oi/v2", "CiliumNetworkPolciy", cilium},
		{"cilium/v2", "ciliumclusterwidenetworkpolicy", "did you mean kind CiliumClusterwideNetworkPolicy of apiVersion cilium.io/v2?"},
		{"cilium.io/v2", "CiliumNetworkpolicy", "did you mean kind CiliumNetworkPolicy?"},
		{"cilium.io/v2", "CiliumNetworkPolicies", "did you mean kind CiliumNetworkPolicy?"},
		{"cilium.io/v2", "CiliumNetworkPolciy", "did you mean kind CiliumNetworkPolicy?"},
		{"cilium.io/v2", "NetworkPolicy", "did you mean kind CiliumNetworkPolicy?"},
		{"cilium.io/v2", "CNP", "did you mean kind CiliumNetworkPolicy?"},
		{"cilium.io/v2", "ccnp", "did you mean kind CiliumClusterwideNetworkPolicy?"},
		{"cilium.io/v2", "CiliumClusterWideNetworkPolicy", "did you mean kind CiliumClusterwideNetworkPolicy?"},
		{"cilium.io/v2", "CiliumClusterNetworkPolicy", "did you mean kind CiliumClusterwideNetworkPolicy?"},
		{"cilium.io/v2alpha1", "CiliumNetworkPolicy", "did you mean apiVersion cilium.io/v2?"},
		{"cilium.io/v1", "CiliumNetworkPolicy", "did you mean apiVersion cilium.io/v2?"},
		{"cilium.io", "CiliumClusterwideNetworkPolicy", "did you mean apiVersion cilium.io/v2?"},
		{"cilium.io/v2alpha1", "CiliumNetworkPolicys", cilium},
		{"networking.k8s.io", "NetworkPolicy", ""},
		{"networking.k8s.io/v1beta1", "NetworkPolicy", ""},
	} {
		for _, text := range []string{
			objectOf(test.apiVersion, test.kind, "shop"),
			fmt.Sprintf("apiVersion: %s\nkind: %sList\nitems:\n- metadata: {name: x}\n", test.apiVersion, test.kind),
		} {
			inv, diags := Read([]*source.File{newFile("f", text)}, "")
			if diags.Errors() != 1 || !strings.Contains(diags[0].Help, test.help) || len(inv.Policies)+len(inv.Foreign) > 0 {
				t.Errorf("%s %s: %v", test.apiVersion, test.kind, diags)
			}
		}
	}
}

// Another kind of Kubernetes' own groups that zt reads is a warning if it is misspelt: it would not count.
func TestMisspeltKinds(t *testing.T) {
	for object, want := range map[string]string{
		"apps/v1 Deplyoment": "did you mean kind Deployment?", "apps/v1 deployments": "did you mean kind Deployment?", "v1 Namepsace": "did you mean kind Namespace?",
		"v1 Pods": "did you mean kind Pod?", "v1 node": "did you mean kind Node?", "discovery.k8s.io/v1 EndpointSlices": "did you mean kind EndpointSlice?",
		"v1 PodTemplate": "", "v1 Endpoints": "", "v1 ServiceAccount": "", "v1 Secret": "", "v1 Event": "", "apps/v1 ControllerRevision": "", "example.com/v1 Deployments": "",
		"rbac.authorization.k8s.io/v1 Role": "", "v1 ConfigMap": "", "v1 LimitRange": "", "v1 PersistentVolumeClaim": "", "batch/v1 Jobs": "did you mean kind Job?",
	} {
		apiVersion, kind, _ := strings.Cut(object, " ")
		_, diags := Read([]*source.File{newFile("f", objectOf(apiVersion, kind, "shop"))}, "")
		got := ""
		if len(diags) > 0 {
			got = diags[0].Help
		}
		if got != want || len(diags) > 1 || diags.Errors() > 0 {
			t.Errorf("%s: %v", object, diags)
		}
	}
}

// Objects of other APIs that can permit or deny connections are kept, with the pods that they
// concern: of a namespace, or all.
func TestForeign(t *testing.T) {
	for _, test := range []struct{ apiVersion, kind, namespace, want string }{
		{"policy.networking.k8s.io/v1", "ClusterNetworkPolicy", "", ""},
		{"policy.networking.k8s.io/v1beta2", "ClusterNetworkPolicy", "shop", ""},
		{"policy.networking.k8s.io/v2alpha1", "ClusterNetworkPolicy", "", ""},
		{"policy.networking.example.com/v1", "ClusterNetworkPolicy", "", ""},
		{"example.com/v1", "AdminNetworkPolicy", "", ""},
		{"networking.k8s.aws/v1alpha1", "ClusterNetworkPolicy", "", ""},
		{"crd.antrea.io/v1beta1", "NetworkPolicy", "shop", "shop"},
		{"crd.antrea.io/v1beta1", "ClusterNetworkPolicy", "", ""},
		{"security.istio.io/v1", "AuthorizationPolicy", "shop", "shop"},
		{"security.istio.io/v1", "AuthorizationPolicy", "istio-system", ""},
		{"policy.linkerd.io/v1beta3", "Server", "shop", "shop"},
		{"policy.linkerd.io/v1alpha1", "AuthorizationPolicy", "", "default"},
		{"k8s.ovn.org/v1", "EgressFirewall", "shop", "shop"},
		{"k8s.ovn.org/v1", "UserDefinedNetwork", "shop", "shop"},
		{"k8s.ovn.org/v1", "ClusterUserDefinedNetwork", "", ""},
		{"network.openshift.io/v1", "EgressNetworkPolicy", "shop", "shop"},
		{"k8s.cni.cncf.io/v1beta1", "MultiNetworkPolicy", "shop", "shop"},
		{"k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "shop", "shop"},
		{"networking.k8s.aws/v1alpha1", "ApplicationNetworkPolicy", "shop", "shop"},
		{"projectcalico.org/v3", "NetworkPolicy", "shop", "shop"},
		{"crd.projectcalico.org/v1", "GlobalNetworkPolicy", "", ""},
		{"cilium.io/v3", "CiliumNetworkPolicy", "", "default"},
		{"cilium.io/v3", "CiliumClusterwideNetworkPolicy", "", ""},
		{"example.com/v1", "NetworkPolicy", "shop", "shop"},
		{"example.com/v1", "NetworkPolicy", "", ""},
		{"example.com/v1", "TeamNetworkPolicy", "", ""},
		{"mesh.example.com/v1", "TrafficPolicy", "shop", "shop"},
		{"networking.gke.io/v1", "FQDNNetworkPolicy", "shop", "shop"},
		{"access.smi-spec.io/v1alpha3", "TrafficTarget", "shop", "shop"},
		{"neuvector.com/v1", "NvSecurityRule", "shop", "shop"},
		{"neuvector.com/v1", "NvClusterSecurityRule", "", ""},
		{"neuvector.com/v1", "NvDlpSecurityRule", "", ""},
		{"security.kubearmor.com/v1", "KubeArmorPolicy", "shop", "shop"},
		{"security.kubearmor.com/v1", "KubeArmorClusterPolicy", "", ""},
		{"security.kubearmor.com/v1", "KubeArmorHostPolicy", "", ""},
		{"policies.kuma.io/v1", "MeshAccess", "shop", ""},
		{"networking.istio.io/v1alpha3", "EnvoyFilter", "shop", "shop"},
		{"networking.istio.io/v1alpha3", "EnvoyFilter", "istio-system", ""},
		{"projectcalico.org/v3", "HostEndpoint", "", ""},
		{"cilium.io/v3", "CiliumNetworkPolciy", "shop", "shop"},
		{"cilium.io/v3", "CiliumNetworkPolciy", "", ""},
		{"security.istio.io/v1", "AuthorisationPolicys", "shop", "shop"},
		{"policy.linkerd.io/v1beta3", "Servers", "shop", "shop"},
		{"neuvector.com/v1", "nvsecurityrule", "shop", "shop"},
		{"example.com/v1", "NetPol", "shop", "shop"},
		{"security.everoute.io/v1alpha1", "SecurityPolicy", "shop", "shop"},
		{"security.everoute.io/v1alpha1", "GlobalPolicy", "", ""},
		{"example.com/v1", "SecurityPolicy", "shop", "shop"},
		{"example.com/v1", "FirewallRule", "", ""},
		{"networkpolicy.example.com/v1", "Rule", "shop", "shop"},
		{"hns.example.com/v1", "ACLPolicy", "shop", "shop"},
		{"gateway.envoyproxy.io/v1alpha1", "SecurityPolicy", "shop", "-"},
		{"policy/v1beta1", "PodSecurityPolicy", "", "-"},
		{"example.com/v2", "CiliumNetworkPolicy", "shop", "shop"},
		{"example.com/v1", "BackupPolicy", "shop", "-"},
		{"kyverno.io/v1", "ClusterPolicy", "", "-"},
		{"policy/v1", "PodDisruptionBudget", "shop", "-"},
		{"gateway.networking.k8s.io/v1", "BackendTLSPolicy", "shop", "-"},
		{"networking.k8s.io/v1", "Ingress", "shop", "-"},
		{"serving.knative.dev/v1", "Service", "shop", "-"},
	} {
		inv, diags := Read([]*source.File{newFile("f", objectOf(test.apiVersion, test.kind, test.namespace))}, "")
		got := "-"
		if len(inv.Foreign) > 0 {
			got = inv.Foreign[0].Namespace
		}
		if got != test.want || len(diags) > 0 {
			t.Errorf("%s %s: concerns %q, want %q; %v", test.apiVersion, test.kind, got, test.want, diags)
		}
	}
}

// Other kinds of the groups of policies, however near their names are, decide nothing about connections.
func TestForeignKindsWithoutPolicy(t *testing.T) {
	for group, kinds := range map[string]string{
		"cilium.io":                        "CiliumNode CiliumEndpoint CiliumIdentity CiliumNodeConfig CiliumLoadBalancerIPPool CiliumPodIPPool CiliumEndpointSlice CiliumCIDRGroup CiliumBGPPeerConfig",
		"projectcalico.org":                "NetworkSet GlobalNetworkSet IPPool BGPPeer BGPConfiguration FelixConfiguration Node Tier IPReservation WorkloadEndpoint",
		"crd.antrea.io":                    "Group ClusterGroup Tier Traceflow ExternalIPPool IPPool ExternalEntity AntreaAgentInfo",
		"k8s.ovn.org":                      "EgressIP EgressService EgressQoS RouteAdvertisements NetworkQoS",
		"network.openshift.io":             "HostSubnet ClusterNetwork",
		"k8s.cni.cncf.io":                  "IPAMClaim",
		"networking.istio.io":              "Gateway VirtualService DestinationRule ServiceEntry WorkloadEntry WorkloadGroup ProxyConfig",
		"policy.linkerd.io":                "HTTPRoute",
		"consul.hashicorp.com":             "ServiceDefaults ServiceResolver ServiceRouter ServiceSplitter ProxyDefaults IngressGateway TerminatingGateway Mesh",
		"kuma.io":                          "MeshAccessLog MeshTrace MeshTimeout TrafficRoute TrafficLog TrafficTrace MeshService MeshGateway Dataplane Zone MeshRetry MeshMetric",
		"kubeovn.io":                       "Vip Vlan IP IPPool VpcDns VpcNatGateway SwitchLBRule OvnEip IptablesEIP ProviderNetwork",
		"crd.nsx.vmware.com":               "StaticRoute IPPool VPC SubnetPort NetworkInfo",
		"neuvector.com":                    "NvAdmissionControlSecurityRule NvGroupDefinition NvVulnerabilityProfile",
		"security.kubearmor.com":           "KubeArmorConfig",
		"security.antrea.tanzu.vmware.com": "Tier",
		"vpcresources.k8s.aws":             "CNINode",
		"networking.gke.io":                "ManagedCertificate Network GKENetworkParamSet",
	} {
		for kind := range strings.FieldsSeq(kinds) {
			if s := scopeOf(group, kind, "shop"); s != noPods {
				t.Errorf("%s %s concerns pods: %d", group, kind, s)
			}
		}
	}
}

// What an API server would refuse as a name never gets as far as an answer.
func TestNames(t *testing.T) {
	for _, name := range []string{`"x\n## Approved"`, `"a\u001b[31m"`, `"a\u0007"`, "a b", "A", "-a", "a/b", "'10.'", `"{{ .Values.name }}"`} {
		for _, kind := range []string{"networking.k8s.io/v1 NetworkPolicy", "apps/v1 Deployment", "v1 Service", "cilium.io/v3 CiliumNetworkPolicy"} {
			apiVersion, kind, _ := strings.Cut(kind, " ")
			_, diags := Read([]*source.File{newFile("f", strings.Replace(objectOf(apiVersion, kind, "shop"), "name: x", "name: "+name, 1))}, "")
			if diags.Errors() == 0 || strings.Contains(name, "{{") != strings.Contains(diags[0].Help, "helm template") || strings.ContainsAny(diags[0].Message, "\n\x1b\a") {
				t.Errorf("%s %s: %v", kind, name, diags)
			}
		}
	}
	for object, errors := range map[string]int{
		strings.Replace(objectOf("v1", "Service", "shop"), "name: x", "name: n", 1):                     0,
		strings.Replace(objectOf("networking.k8s.io/v1", "NetworkPolicy", ""), "name: x", "name: n", 1): 1,
		objectOf("apps/v1", "Deployment", "n"):                                                          0,
		objectOf("cilium.io/v3", "CiliumNetworkPolicy", "n"):                                            1,
		strings.Replace(objectOf("cilium.io/v3", "CiliumNetworkPolicy", ""), "name: x", "name: n", 1):   1,
	} {
		_, diags := Read([]*source.File{newFile("f", object)}, "")
		if len(diags) != 1 || diags.Errors() != errors || !strings.Contains(diags[0].Message, "is read as the YAML value false") || !strings.Contains(diags[0].Help, `: "n"`) {
			t.Errorf("a boolean of YAML 1.1: %v in %s", diags, object)
		}
	}
}

// What is no policy and cannot be read is a warning, and does not block the policies beside it.
func TestStrayFiles(t *testing.T) {
	for _, text := range []string{
		`[{"a": 1}]`, "- a\n", "hello\n", "replicas: 3\n", "replicas: 3\nspec: {a: b}\n", "apiVersion: v2\nname: chart\n", "kind: test\n", `{"items": [1, {"a": {}}]}`,
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {}\n",
		"apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: c}\n",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: c}\nspec: {}\n",
	} {
		inv, diags := Read([]*source.File{newFile("p", policyOf("podSelector: {}")), newFile("stray", text)}, "")
		if len(diags) != 1 || diags.Errors() > 0 || diags[0].Span.File.Name != "stray" || len(inv.Policies) != 1 {
			t.Errorf("%s: %v", text, diags)
		}
	}
	for _, text := range []string{
		"metadata: {name: a}\nspec: {}\n", "spec: {podSelector: {}}\n", "kind: networkpolicies\n", "kind: CiliumNetworkPolicy\n",
		"apiVersion: networking.k8s.io/v1\n", "items: [{kind: NetworkPolicy}]\n", `{"items": [{"metadata": {}}]}`,
	} {
		if _, diags := Read([]*source.File{newFile("p", policyOf("podSelector: {}")), newFile("stray", text)}, ""); diags.Errors() != 1 {
			t.Errorf("what may be a policy: %s: %v", text, diags)
		}
	}
	if _, diags := Read([]*source.File{newFile("stray", "[]")}, ""); diags.Errors() != 1 {
		t.Errorf("a stray file alone: %v", diags)
	}
}

// A key that is set twice, or merged over, makes a policy an error. Of other objects it is a warning, unless
// both values are the same.
func TestSetTwice(t *testing.T) {
	const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {metadata: {labels: {app: a}}}}\n"
	for _, test := range []struct {
		name, text       string
		errors, warnings int
		workloads        int
	}{
		{"explicit, then merged", policyOf("ingress: []\n<<: {ingress: [{}]}"), 1, 0, 0},
		{"merged, then explicit", policyOf("<<: {ingress: [{}]}\ningress: []"), 1, 0, 0},
		{"two merges", policyOf("<<: [{ingress: [{}]}, {ingress: []}]"), 1, 0, 0},
		{"two merges on lines", policyOf("<<: {ingress: [{}]}\n<<: {ingress: []}"), 1, 0, 0},
		{"a merge of something new", policyOf("podSelector: {}\n<<: {ingress: [{}]}"), 0, 0, 0},
		{"a policy's key", policyOf("ingress: []\ningress: []"), 1, 0, 0},
		{"the kind", strings.Replace(policyOf("ingress: []"), "kind: NetworkPolicy\n", "kind: NetworkPolicy\nkind: ConfigMap\n", 1), 1, 0, 0},
		{"a workload's key, the same", deployment + "spec: {template: {metadata: {labels: {app: a}}}}\n", 0, 1, 1},
		{"a workload's key, another", deployment + "spec: {template: {metadata: {labels: {app: b}}}}\n", 0, 1, 0},
		{"a workload's key, another, after the same", deployment + "spec: {replicas: 1, replicas: 1, replicas: 2}\n", 0, 1, 0},
		{"the kind, after another key", "metadata: {name: a, name: a}\nkind: ConfigMap\nkind: NetworkPolicy\napiVersion: v1\n", 1, 0, 0},
		{"a key of what is skipped", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b, a: c}\n", 0, 0, 0},
		{"in JSON", `{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"a"},"spec":{"ingress":[],"ingress":[{}]}}`, 1, 0, 0},
	} {
		inv, diags := Read([]*source.File{newFile("f", test.text)}, "")
		if errors := diags.Errors(); errors != test.errors || len(diags)-errors != test.warnings || len(inv.Workloads) != test.workloads || test.errors > 0 && len(inv.Policies) > 0 {
			t.Errorf("%s: %v", test.name, diags)
		}
	}
}

// What looks like a line break to some and not to others is refused, and a template has one clear message.
func TestUnclear(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"a: b\r---\rfoo" + strings.Repeat("- x\n", 10), "a carriage return without a line feed"},
		{"a: b\r", "a carriage return without a line feed"},
		{"a: b\n...\nc: d\n", "not YAML"},
		{"a: b\u0085--- c\n", "a second document that no line"},
		{"%YAML 1.1\n---\na: b\n", "not YAML"},
		{"port: ! 80\n", "manifests have no tag !"},
		{"a: &x ! 80\n", "manifests have no tag !"},
		{"--- {a: b}\n", "a document separator with something after it"},
		{"kind: {{ .Values.kind }}\n---\n{{- if .Values.x }}\na: b\n{{- end }}\n", "a Helm template that is not rendered"},
		{"metadata:\n  {{- include \"labels\" . | nindent 4 }}\n", "a Helm template that is not rendered"},
	} {
		_, problems := read(test.text)
		if len(problems) == 0 || !strings.Contains(problems[0], test.want) || strings.Contains(test.text, "{{") && len(problems) > 1 {
			t.Errorf("%q: %v", test.text, problems)
		}
	}
	for _, text := range []string{
		policyOf("podSelector:\n  matchLabels:\n    a: b\n    app: '{{ .Values.app }}'"),
		policyOf("ingress: [{ports: [{port: '{{ .Values.port }}'}]}]"),
		policyOf("ingress: [{from: [{ipBlock: {cidr: '{{ .Values.cidr }}'}}]}]"),
		"apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {app: '{{ .Values.app }}'}}\n",
		"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{ports: [{containerPort: '{{ .Values.port }}'}]}]}\n",
	} {
		if _, diags := Read([]*source.File{newFile("f", text)}, ""); len(diags) == 0 || diags[0].Help != renderFirst {
			t.Errorf("a template in quotes: %v", diags)
		}
	}
	_, problems := read("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - ports: [{containerport: 80}]\n  - ports: [{containerPort: 80, protocl: UDP}]\n")
	if len(problems) != 2 || !strings.Contains(problems[0], "has no field spec.containers[0].ports[0].containerport") || !strings.Contains(problems[1], "has no field spec.containers[1].ports[0].protocl") {
		t.Errorf("misspelt fields: %v", problems)
	}
}
