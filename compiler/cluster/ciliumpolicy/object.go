package ciliumpolicy

import (
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/relation"
)

// Object is what a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy of cilium.io/v2 says. It has all
// fields of the API in 1.20.
//
// An absent list and an empty one are not the same: a rule with `fromEndpoints: []` matches nothing.
type Object struct {
	Spec  *SpecObject  `json:"spec,omitempty"`
	Specs []SpecObject `json:"specs,omitzero"`
}

// SpecObject is a rule of the API: some pods, and what they may do.
type SpecObject struct {
	EndpointSelector  *metav1.LabelSelector `json:"endpointSelector,omitempty"`
	NodeSelector      *metav1.LabelSelector `json:"nodeSelector,omitempty"`
	Ingress           []IngressRule         `json:"ingress,omitzero"`
	IngressDeny       []IngressDenyRule     `json:"ingressDeny,omitzero"`
	Egress            []EgressRule          `json:"egress,omitzero"`
	EgressDeny        []EgressDenyRule      `json:"egressDeny,omitzero"`
	EnableDefaultDeny *DefaultDeny          `json:"enableDefaultDeny,omitempty"`
	Description       string                `json:"description,omitempty"`
	Labels            []RuleLabel           `json:"labels,omitzero"`
	Log               *Log                  `json:"log,omitempty"`
}

// RuleLabel is a label that Cilium shows with verdicts.
type RuleLabel struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Source string `json:"source,omitempty"`
}

// Log is a text that Cilium writes with verdicts.
type Log struct {
	Value string `json:"value,omitempty"`
}

// DefaultDeny says whether rules of a direction isolate the pods.
type DefaultDeny struct {
	Ingress *bool `json:"ingress,omitempty"`
	Egress  *bool `json:"egress,omitempty"`
}

// From is the peers of an ingress rule.
type From struct {
	FromEndpoints []metav1.LabelSelector `json:"fromEndpoints,omitzero"`
	FromCIDR      []string               `json:"fromCIDR,omitzero"`
	FromCIDRSet   []CIDRRule             `json:"fromCIDRSet,omitzero"`
	FromEntities  []string               `json:"fromEntities,omitzero"`
	FromNodes     []metav1.LabelSelector `json:"fromNodes,omitzero"`
	FromGroups    []Group                `json:"fromGroups,omitzero"`
	FromRequires  []any                  `json:"fromRequires,omitzero"`
}

// To is the peers of an egress rule, without host names.
type To struct {
	ToEndpoints []metav1.LabelSelector `json:"toEndpoints,omitzero"`
	ToCIDR      []string               `json:"toCIDR,omitzero"`
	ToCIDRSet   []CIDRRule             `json:"toCIDRSet,omitzero"`
	ToEntities  []string               `json:"toEntities,omitzero"`
	ToNodes     []metav1.LabelSelector `json:"toNodes,omitzero"`
	ToGroups    []Group                `json:"toGroups,omitzero"`
	ToServices  []ServicePeer          `json:"toServices,omitzero"`
	ToRequires  []any                  `json:"toRequires,omitzero"`
}

// ServicePeer is what is behind some Services: the pods that a Service selects, or its addresses if it selects none.
type ServicePeer struct {
	K8sService         *ServiceName     `json:"k8sService,omitempty"`
	K8sServiceSelector *ServiceSelector `json:"k8sServiceSelector,omitempty"`
}

// ServiceName names a Service. Without a namespace, it names one in each.
type ServiceName struct {
	ServiceName string `json:"serviceName,omitempty"`
	Namespace   string `json:"namespace,omitempty"`
}

// ServiceSelector selects Services by their labels, in all namespaces if it names none.
type ServiceSelector struct {
	Selector  metav1.LabelSelector `json:"selector"`
	Namespace string               `json:"namespace,omitempty"`
}

// MayMatch reports whether a Service of this name can be meant. Which a selector matches depends on their labels.
func (p ServicePeer) MayMatch(namespace, name string) bool {
	switch {
	case p.K8sServiceSelector != nil: // which comes first (pkg/policy/k8s/service.go, processRule)
		return p.K8sServiceSelector.Namespace == "" || p.K8sServiceSelector.Namespace == namespace
	case p.K8sService != nil:
		return p.K8sService.ServiceName == name && (p.K8sService.Namespace == "" || p.K8sService.Namespace == namespace)
	}
	return false
}

// IngressRule permits what its peers send.
type IngressRule struct {
	From           `json:",inline"`
	ToPorts        []PortRule      `json:"toPorts,omitzero"`
	ICMPs          []ICMPRule      `json:"icmps,omitzero"`
	Authentication *Authentication `json:"authentication,omitempty"`
}

// IngressDenyRule denies what its peers send.
type IngressDenyRule struct {
	From    `json:",inline"`
	ToPorts []PortDenyRule `json:"toPorts,omitzero"`
	ICMPs   []ICMPRule     `json:"icmps,omitzero"`
}

// EgressRule permits what is sent to its peers.
type EgressRule struct {
	To             `json:",inline"`
	ToFQDNs        []HostName      `json:"toFQDNs,omitzero"`
	ToPorts        []PortRule      `json:"toPorts,omitzero"`
	ICMPs          []ICMPRule      `json:"icmps,omitzero"`
	Authentication *Authentication `json:"authentication,omitempty"`
}

// EgressDenyRule denies what is sent to its peers.
type EgressDenyRule struct {
	To      `json:",inline"`
	ToPorts []PortDenyRule `json:"toPorts,omitzero"`
	ICMPs   []ICMPRule     `json:"icmps,omitzero"`
}

// CIDRRule is a block of addresses without some others.
type CIDRRule struct {
	CIDR              string                `json:"cidr,omitempty"`
	Except            []string              `json:"except,omitempty"`
	CIDRGroupRef      string                `json:"cidrGroupRef,omitempty"`
	CIDRGroupSelector *metav1.LabelSelector `json:"cidrGroupSelector,omitempty"`
}

// HostName is a name of DNS, or a pattern of names.
type HostName struct {
	MatchName    string `json:"matchName,omitempty"`
	MatchPattern string `json:"matchPattern,omitempty"`
}

// Pattern returns the names as a relation has them. In Cilium a * is characters of one label, or none, and **
// before a dot whole labels, one or more (pkg/fqdn/matchpattern).
func (h HostName) Pattern() string {
	if h.MatchName != "" {
		return strings.TrimSuffix(strings.ToLower(h.MatchName), ".")
	}
	pattern := strings.TrimSuffix(strings.ToLower(h.MatchPattern), ".")
	if strings.Trim(pattern, "*") == "" {
		return relation.AnyLabels
	}
	rest := strings.TrimLeft(pattern, "*")
	if below := len(pattern)-len(rest) > 1 && strings.HasPrefix(rest, "."); below {
		return relation.AnyLabels + stars.ReplaceAllString(rest, "*")
	}
	return stars.ReplaceAllString(pattern, "*")
}

// ofCluster matches names of Services and pods, whose addresses are not outside the cluster.
var ofCluster = regexp.MustCompile(`(^|\.)(svc|cluster\.local)$`)

// NamesCluster reports whether a name in lower case is one of the cluster. A name matches the addresses to which it
// resolves only outside the cluster (pkg/policy/api/egress.go, ToFQDNs).
func NamesCluster(name string) bool { return ofCluster.MatchString(name) }

var stars = regexp.MustCompile(`[*]+`)

// PortRule is ports, and what a proxy checks of the connections to them.
type PortRule struct {
	Ports          []Port      `json:"ports,omitzero"`
	Rules          *Proxied    `json:"rules,omitempty"`
	ServerNames    []string    `json:"serverNames,omitzero"`
	TerminatingTLS *TLSContext `json:"terminatingTLS,omitempty"`
	OriginatingTLS *TLSContext `json:"originatingTLS,omitempty"`
	Listener       *Listener   `json:"listener,omitempty"`
}

// PortDenyRule is ports.
type PortDenyRule struct {
	Ports []Port `json:"ports,omitzero"`
}

// Port is a port by number or name.
type Port struct {
	Port     string `json:"port,omitempty"`
	EndPort  int32  `json:"endPort,omitempty"`
	Protocol string `json:"protocol,omitempty"`
}

// Proxied is what a proxy permits.
type Proxied struct {
	HTTP []HTTPRule `json:"http,omitzero"`
	DNS  []HostName `json:"dns,omitzero"`
}

// HTTPRule is requests that a proxy permits.
type HTTPRule struct {
	Path          string        `json:"path,omitempty"`
	Method        string        `json:"method,omitempty"`
	Host          string        `json:"host,omitempty"`
	Headers       []string      `json:"headers,omitempty"`
	HeaderMatches []HeaderMatch `json:"headerMatches,omitempty"`
}

// HeaderMatch is a header that a request must have.
type HeaderMatch struct {
	Mismatch string  `json:"mismatch,omitempty"`
	Name     string  `json:"name"`
	Secret   *Secret `json:"secret,omitempty"`
	Value    string  `json:"value,omitempty"`
}

// Secret is the name of a Secret.
type Secret struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// TLSContext is where keys and certificates of a proxy are.
type TLSContext struct {
	Secret      *Secret `json:"secret"`
	TrustedCA   string  `json:"trustedCA,omitempty"`
	Certificate string  `json:"certificate,omitempty"`
	PrivateKey  string  `json:"privateKey,omitempty"`
}

// Listener is a listener of Envoy to which connections go.
type Listener struct {
	EnvoyConfig *EnvoyConfig `json:"envoyConfig"`
	Name        string       `json:"name"`
	Priority    *int         `json:"priority,omitempty"`
}

// EnvoyConfig is the name of an object that defines listeners.
type EnvoyConfig struct {
	Kind string `json:"kind,omitempty"`
	Name string `json:"name"`
}

// ICMPRule is types of ICMP.
type ICMPRule struct {
	Fields []ICMPField `json:"fields,omitempty"`
}

// ICMPField is one type of ICMP, by its number or name.
type ICMPField struct {
	Family string              `json:"family,omitempty"`
	Type   *intstr.IntOrString `json:"type"`
}

// Group is addresses that a provider of clouds knows.
type Group struct {
	AWS *AWSGroup `json:"aws,omitempty"`
}

// AWSGroup selects instances of AWS.
type AWSGroup struct {
	Labels              map[string]string `json:"labels,omitempty"`
	SecurityGroupsIDs   []string          `json:"securityGroupsIds,omitempty"`
	SecurityGroupsNames []string          `json:"securityGroupsNames,omitempty"`
	Region              string            `json:"region,omitempty"`
}

// Authentication is how the two ends show who they are.
type Authentication struct {
	Mode string `json:"mode"`
}
