package query

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
)

// agentSetting is a setting of Cilium's agent that changes what policies do, and that zt does not evaluate: it
// answers as if the setting had a certain value.
type agentSetting struct {
	key, assumed string
	effect       string // of another value
	// concerns returns pods that include those for which the value makes a difference; nil if there are none.
	concerns func(*inventory.Inventory) []relation.Pods
}

// agentSettings is the settings of Cilium 1.20.2 that pkg/policy, pkg/policy/api and pkg/policy/k8s read, without
// those that a network plugin's facts have.
var agentSettings = []agentSetting{
	{"enable-policy", "default", "changes which pods are isolated", everyPod},
	{"labels", "", "changes by which labels Cilium selects pods", everyPod},
	{"enable-k8s-networkpolicy", "true", "makes Cilium ignore NetworkPolicies", func(inv *inventory.Inventory) (pods []relation.Pods) {
		for _, p := range inv.Policies {
			pods = append(pods, relation.Pods{Namespaces: namespaceOf(p.Object.Namespace)})
		}
		return pods
	}},
	{"enable-k8s-cluster-network-policy", "true", "makes Cilium ignore ClusterNetworkPolicies", func(inv *inventory.Inventory) (pods []relation.Pods) {
		for _, p := range inv.ClusterPolicies {
			pods = append(pods, p.Subject)
		}
		return pods
	}},
	{"enable-cilium-network-policy", "true", "makes Cilium ignore CiliumNetworkPolicies", podsOfCilium(func(p inventory.CiliumPolicy) bool {
		return p.Object.Namespace != ""
	})},
	{"enable-cilium-clusterwide-network-policy", "true", "makes Cilium ignore CiliumClusterwideNetworkPolicies", podsOfCilium(func(p inventory.CiliumPolicy) bool {
		return p.Object.Namespace == ""
	})},
	{"enable-non-default-deny-policies", "true", "makes Cilium ignore enableDefaultDeny", podsOfCilium(setsDefaultDeny)},
	{"enable-l7-proxy", "true", "makes Cilium refuse policies with rules of layer 7", podsOfCilium(usesProxy)},
	{"enable-icmp-rules", "true", "makes Cilium refuse policies with rules for ICMP", podsOfCilium(func(p inventory.CiliumPolicy) bool {
		return len(p.Beyond) > 0
	})},
}

func everyPod(*inventory.Inventory) []relation.Pods { return []relation.Pods{{}} }

// podsOfCilium returns what finds the pods of certain policies of Cilium.
func podsOfCilium(of func(inventory.CiliumPolicy) bool) func(*inventory.Inventory) []relation.Pods {
	return func(inv *inventory.Inventory) (pods []relation.Pods) {
		for _, p := range inv.CiliumPolicies {
			if !of(p) {
				continue
			}
			for _, s := range p.Specs {
				pods = append(pods, s.Subject)
			}
		}
		return pods
	}
}

// setsDefaultDeny reports whether a policy isolates others than its rules alone would.
func setsDefaultDeny(p inventory.CiliumPolicy) bool {
	for _, s := range p.Specs {
		for d := range s.Rules {
			if s.Isolates[d] != (len(s.Rules[d]) > 0) {
				return true
			}
		}
	}
	return false
}

// usesProxy reports whether a policy has rules that a proxy enforces.
func usesProxy(p inventory.CiliumPolicy) bool {
	for _, s := range p.Specs {
		for _, rules := range s.Rules {
			for _, r := range rules {
				if len(r.Resolves) > 0 || !r.Proxied.IsEmpty() {
					return true
				}
			}
		}
	}
	return false
}

// withSettingsLeft returns manifests that Cilium enforces in which each setting that zt does not evaluate counts as
// an object that it does not evaluate.
func withSettingsLeft(inv *inventory.Inventory) *inventory.Inventory {
	if inv.Evidence == nil {
		return inv
	}
	out := *inv
	for _, s := range agentSettings {
		for _, value := range inv.Evidence.CiliumSetting(s.key) {
			if sameSetting(value.Value, s.assumed) {
				continue
			}
			about := s.concerns(inv)
			if len(about) == 0 {
				continue
			}
			text := s.key + "=" + strings.TrimSpace(value.Value)
			out.Foreign = append(append([]inventory.Foreign{}, out.Foreign...), inventory.Foreign{
				Object:     inventory.Object{Kind: "ConfigMap", Name: inventory.CiliumConfig, Span: value.Span},
				APIVersion: "v1", Content: text, Reason: fmt.Sprintf("%s %s", text, s.effect), About: about,
			})
		}
	}
	return &out
}

// sameSetting reports whether two values of a setting mean the same.
func sameSetting(a, b string) bool {
	x, notX := strconv.ParseBool(strings.TrimSpace(a))
	y, notY := strconv.ParseBool(b)
	return strings.EqualFold(strings.TrimSpace(a), b) || notX == nil && notY == nil && x == y
}
