// Package engine makes the policy engine of kube-network-policies, which judges packets by the
// objects in the stores of informers, and makes the objects of a scene.
package engine

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
	"sigs.k8s.io/kube-network-policies/pkg/podinfo"
	cnp "sigs.k8s.io/kube-network-policies/plugins/npa-v1alpha2"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"
	cnpinformers "sigs.k8s.io/network-policy-api/pkg/client/informers/externalversions"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/conformance/scene"
)

// Node is the name of the one node on which all pods are.
const Node = "node"

// New returns an engine that reads the informers of a factory. A caller starts them, or fills
// their stores.
func New(factory informers.SharedInformerFactory) (*networkpolicy.PolicyEngine, error) {
	return newEngine(factory, func(e api.PolicyEvaluator) []api.PolicyEvaluator { return []api.PolicyEvaluator{e} })
}

// NewTiered returns an engine that also reads ClusterNetworkPolicies, before and after NetworkPolicies.
func NewTiered(factory informers.SharedInformerFactory, clusterwide cnpinformers.SharedInformerFactory) (*networkpolicy.PolicyEngine, error) {
	tier := func(t v1alpha2.Tier) api.PolicyEvaluator {
		return cnp.NewClusterNetworkPolicy(t, clusterwide.Policy().V1alpha2().ClusterNetworkPolicies(), nil, factory.Core().V1().Nodes().Lister())
	}
	return newEngine(factory, func(e api.PolicyEvaluator) []api.PolicyEvaluator {
		return []api.PolicyEvaluator{tier(v1alpha2.AdminTier), e, tier(v1alpha2.BaselineTier)}
	})
}

func newEngine(factory informers.SharedInformerFactory, order func(api.PolicyEvaluator) []api.PolicyEvaluator) (*networkpolicy.PolicyEngine, error) {
	namespaces, pods := factory.Core().V1().Namespaces(), factory.Core().V1().Pods()
	byIP, err := podinfo.NewInformerResolver(pods.Informer())
	if err != nil {
		return nil, fmt.Errorf("indexing pods by address: %w", err)
	}
	return networkpolicy.NewPolicyEngine(
		podinfo.NewInformerProvider(pods, namespaces, nil, []podinfo.IPResolver{byIP}),
		order(networkpolicy.NewStandardNetworkPolicy(Node, namespaces, pods, factory.Networking().V1().NetworkPolicies())),
	), nil
}

// Protocol returns the API's name of a protocol.
func Protocol(p relation.Protocol) corev1.Protocol {
	return corev1.Protocol(strings.ToUpper(p.String()))
}

// Namespace returns the object of a namespace.
func Namespace(name string, labels map[string]string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
}

// Pod returns the object of a party that is a pod.
func Pod(p *scene.Party) *corev1.Pod {
	container := corev1.Container{Name: "main", Image: "none"}
	for _, c := range p.Containers {
		container.Ports = append(container.Ports, corev1.ContainerPort{
			Name: c.Name, ContainerPort: int32(c.Number), Protocol: Protocol(c.Protocol),
		})
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Pod, Labels: p.Labels},
		Spec:       corev1.PodSpec{NodeName: Node, Containers: []corev1.Container{container}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning},
	}
	for _, a := range p.Addrs {
		pod.Status.PodIPs = append(pod.Status.PodIPs, corev1.PodIP{IP: a.String()})
	}
	pod.Status.PodIP = pod.Status.PodIPs[0].IP
	return pod
}
