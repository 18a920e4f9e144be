package inventory

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/grammar/spell"
)

// served lists the kinds that API servers serve in the groups of policies.
var served = map[string][]string{
	"networking.k8s.io":        {"NetworkPolicy", "Ingress", "IngressClass", "IPAddress", "ServiceCIDR", "ClusterCIDR"},
	"policy.networking.k8s.io": {"AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"},
}

// policyKind is what most mistakes are meant to be.
const policyKind = "kind NetworkPolicy of apiVersion networking.k8s.io/v1"

// misspelt returns what an object that no API server serves was most likely meant to be, or "". It
// looks only for policies: a policy that is skipped reads as "everything is permitted".
func misspelt(apiVersion, kind string) string {
	group := groupOf(apiVersion)
	if near := misspeltCilium(apiVersion, kind); near != "" {
		return near
	}
	if near := misspeltCluster(apiVersion, kind); near != "" {
		return near
	}
	for of, kinds := range served {
		if of != group && slices.Contains(kinds, kind) && kind != "NetworkPolicy" && served[group] != nil {
			return "the group " + of
		}
	}
	isPolicy := nearest(kind, []string{"NetworkPolicy", "NetPol", "NetPolicy", "NetworkPol"}) != ""
	if kinds := served[group]; kinds != nil {
		near := nearest(kind, kinds)
		switch {
		case slices.Contains(kinds, kind):
			return ""
		case near != "":
			return "kind " + near
		case isPolicy:
			return policyKind
		}
		return "one of the kinds " + strings.Join(kinds, ", ")
	}
	// Groups of custom resources have a dot; those that end in k8s.io belong to Kubernetes.
	near := spell.Nearest(group, []string{"networking.k8s.io"}) != "" || strings.HasPrefix(group, "networking.k")
	if isPolicy && scopeOf(group, kind, "") != namespacePods && (near || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")) {
		return policyKind
	}
	return ""
}

// shortCluster are the short names that kubectl has for policies of the whole cluster, and names that lack a word.
var shortCluster = map[string]string{
	"CNP": "ClusterNetworkPolicy", "CLUSTERPOLICY": "ClusterNetworkPolicy", "CLUSTERWIDENETWORKPOLICY": "ClusterNetworkPolicy",
	"ANP": "AdminNetworkPolicy", "ADMINPOLICY": "AdminNetworkPolicy",
	"BANP": "BaselineAdminNetworkPolicy", "BASELINENETWORKPOLICY": "BaselineAdminNetworkPolicy", "BASELINEADMINPOLICY": "BaselineAdminNetworkPolicy",
}

// misspeltCluster returns which policy of the whole cluster an object was meant to be that no API server serves, or
// "".
func misspeltCluster(apiVersion, kind string) string {
	group := groupOf(apiVersion)
	near := ""
	if group == policyGroupName {
		near = shortCluster[strings.ToUpper(kind)]
	}
	if near == "" {
		near = nearestPolicy(kind, served[policyGroupName])
	}
	if near == "" || group != policyGroupName && !nearPolicyGroup(group) {
		return ""
	}
	_, version, _ := strings.Cut(apiVersion, "/")
	meant, isServed := v1alpha1, apiVersion == v1alpha1
	if near == "ClusterNetworkPolicy" {
		meant = v1beta1
		// A version after those that are read can exist: such an object is one that is not evaluated.
		isServed = apiVersion == v1alpha2 || apiVersion == v1beta1 || laterThanV1beta1.MatchString(version)
	}
	switch isRight := group == policyGroupName && isServed; {
	case near == kind && isRight:
		return ""
	case near == kind:
		return "apiVersion " + meant
	case isRight:
		return "kind " + near
	}
	return "kind " + near + " of apiVersion " + meant
}

// nearPolicyGroup reports whether a group is most likely meant to be that of policies of the whole cluster. Groups of
// other custom resources may have kinds of the same names.
func nearPolicyGroup(group string) bool {
	group = strings.ToLower(group)
	if !strings.Contains(group, ".") || strings.HasPrefix(policyGroupName, group) || strings.HasPrefix(group, "policy.networking.k") {
		return true
	}
	return slices.ContainsFunc([]string{".k8s.io", ".x-k8s.io", ".kubernetes.io"}, func(end string) bool { return strings.HasSuffix(group, end) })
}

// laterThanV1beta1 matches versions after v1beta1.
var laterThanV1beta1 = regexp.MustCompile(`^v(1|1beta([2-9]|[1-9][0-9]+)|([2-9]|[1-9][0-9]+)((alpha|beta)[1-9][0-9]*)?)$`)

// ciliumKinds are the policies of Cilium that are read.
var ciliumKinds = []string{ciliumpolicy.Namespaced, ciliumpolicy.Clusterwide}

// shortCilium are the short names that kubectl has for them, and names that lack the first word.
var shortCilium = map[string]string{
	"CNP": ciliumpolicy.Namespaced, "CCNP": ciliumpolicy.Clusterwide,
	"NETWORKPOLICY": ciliumpolicy.Namespaced, "CLUSTERWIDENETWORKPOLICY": ciliumpolicy.Clusterwide,
}

// misspeltCilium returns which policy of Cilium an object was meant to be that no API server serves, or "". A version
// after the one that is read can exist: such an object is one that is not evaluated.
func misspeltCilium(apiVersion, kind string) string {
	group := groupOf(apiVersion)
	near := ciliumKind(kind)
	if group != ciliumGroupName {
		dotless := !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
		if near == "" || !dotless && spell.Nearest(group, []string{ciliumGroupName}) == "" {
			return ""
		}
		return "kind " + near + " of apiVersion " + ciliumV2
	}
	if near == "" {
		near = shortCilium[strings.ToUpper(kind)]
	}
	_, version, _ := strings.Cut(apiVersion, "/")
	switch {
	case near == "" || laterThanV2.MatchString(version):
		return ""
	case near != kind && apiVersion != ciliumV2:
		return "kind " + near + " of apiVersion " + ciliumV2
	case near != kind:
		return "kind " + near
	case apiVersion != ciliumV2:
		return "apiVersion " + ciliumV2
	}
	return ""
}

// ciliumKind returns the policy of Cilium that a kind is, or is nearest to, or "".
func ciliumKind(kind string) string { return nearestPolicy(kind, ciliumKinds) }

// nearestPolicy returns the one of some kinds that a kind is, or is nearest to. It returns "" if another kind of policies
// that are known is nearer.
func nearestPolicy(kind string, of []string) string {
	candidates := slices.Clone(of)
	for _, group := range slices.Sorted(maps.Keys(served)) {
		candidates = append(candidates, served[group]...)
	}
	for _, f := range foreign {
		if slices.Contains(f.groups, ciliumGroupName) {
			candidates = append(append(candidates, f.namespaced...), f.cluster...)
		}
	}
	if near := nearest(kind, candidates); slices.Contains(of, near) {
		return near
	}
	return ""
}

// laterThanV2 matches versions after v2.
var laterThanV2 = regexp.MustCompile(`^v([3-9]|[1-9][0-9]+)`)

// misspeltKind returns the kind that another one of its group was meant to be: one that is read, but is no policy; or "".
// The groups are those of Kubernetes, whose kinds are all known.
func misspeltKind(apiVersion, kind string) string {
	group := groupOf(apiVersion)
	if isCustom(group) {
		return ""
	}
	var candidates []string
	for i := range kinds {
		if k := &kinds[i]; k.group == group && !k.isPolicy() {
			candidates = append(candidates, k.kind)
		}
	}
	near := nearest(kind, append(candidates, kubernetesKinds...))
	if near == kind || !slices.Contains(candidates, near) {
		return ""
	}
	return near
}

// kubernetesKinds are kinds of these groups that are not read, and whose names are near to others.
var kubernetesKinds = []string{"PodTemplate", "ServiceAccount", "Endpoints", "Secret", "Event", "Binding", "ConfigMap"}
