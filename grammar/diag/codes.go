package diag

import "strings"

// Code names a kind of problem. The registry below is closed: every code has
// a page under pages/ whose example triggers it, and a test holds the
// registry, the pages and what zt reports together.
type Code string

// The codes. Their hundreds tell the stage: 1 syntax, 2 names, 3 values,
// 4 conflicts, 5 warnings, 6 evidence from manifests, 7 the target, 9 the proof.
const (
	Unexpected   Code = "ZT101"
	Unclosed     Code = "ZT102"
	BadCharacter Code = "ZT103"
	Misplaced    Code = "ZT104"
	TooMuch      Code = "ZT105"

	UndefinedName      Code = "ZT201"
	UndefinedNamespace Code = "ZT202"
	UndefinedPort      Code = "ZT203"
	Duplicate          Code = "ZT204"
	Ambiguous          Code = "ZT205"
	ImportNotFound     Code = "ZT206"
	ImportCycle        Code = "ZT207"
	EnvironmentOutside Code = "ZT208"

	BadCIDR            Code = "ZT301"
	HostBits           Code = "ZT302"
	ExceptOutside      Code = "ZT303"
	MixedFamilies      Code = "ZT304"
	PortRange          Code = "ZT305"
	PortReversed       Code = "ZT306"
	UnknownProtocol    Code = "ZT307"
	BadPortName        Code = "ZT308"
	BadLabelKey        Code = "ZT309"
	BadLabelValue      Code = "ZT310"
	Unsatisfiable      Code = "ZT311"
	BadName            Code = "ZT312"
	BadHost            Code = "ZT313"
	NamedPortOfAddress Code = "ZT314"

	Denied           Code = "ZT401"
	DeniedPath       Code = "ZT402"
	Isolated         Code = "ZT403"
	NotListening     Code = "ZT404"
	AllToAll         Code = "ZT405"
	IsolatesDisagree Code = "ZT406"
	LabelsDisagree   Code = "ZT407"
	StampedTwice     Code = "ZT408"
	EmptyEnvironment Code = "ZT409"
	DNSDisagree      Code = "ZT410"

	EveryPort          Code = "ZT501"
	SeveralPorts       Code = "ZT502"
	Redundant          Code = "ZT503"
	UnusedExternal     Code = "ZT504"
	UnusedTier         Code = "ZT505"
	EqualSelectors     Code = "ZT506"
	NotEnforced        Code = "ZT507"
	KubeSystemGoverned Code = "ZT508"
	CoversPods         Code = "ZT509"
	MayCoverPods       Code = "ZT510"
	PossiblyDenied     Code = "ZT511"
	PathEndsOutside    Code = "ZT512"
	DenyNotEnforced    Code = "ZT513"
	ExceptCancelled    Code = "ZT514"
	HalfResolved       Code = "ZT515"

	UnreadableManifest      Code = "ZT601"
	RefusedObject           Code = "ZT602"
	TierWithoutWorkload     Code = "ZT603"
	UncoveredWorkload       Code = "ZT604"
	WorkloadInTwoTiers      Code = "ZT605"
	ServicePort             Code = "ZT606"
	UndeclaredContainerPort Code = "ZT607"
	NamedPortDiffers        Code = "ZT608"
	HostNetwork             Code = "ZT609"
	NamespaceLabels         Code = "ZT610"
	ControlPlaneCut         Code = "ZT611"
	FlowCut                 Code = "ZT612"
	UnclearFlows            Code = "ZT613"
	UnreadableFlows         Code = "ZT614"

	HostUnsupported Code = "ZT701"

	PermitsMore Code = "ZT901"
	PermitsLess Code = "ZT902"
	Unreadable  Code = "ZT903"
)

// Entry is what the registry knows of a code.
type Entry struct {
	Code  Code
	Title string // what it is, in a few words
}

var registry = []Entry{
	{Unexpected, "something else was expected here"},
	{Unclosed, "bracket, block or string that is not closed"},
	{BadCharacter, "character that the language does not have"},
	{Misplaced, "statement that cannot stand here"},
	{TooMuch, "more than zt takes"},

	{UndefinedName, "name that nothing declares"},
	{UndefinedNamespace, "namespace that nothing declares"},
	{UndefinedPort, "port name that the destination does not declare"},
	{Duplicate, "name declared twice"},
	{Ambiguous, "name that could mean several things"},
	{ImportNotFound, "imported file that cannot be read"},
	{ImportCycle, "files that import each other"},
	{EnvironmentOutside, "$environment outside an environment"},

	{BadCIDR, "address block that cannot be read"},
	{HostBits, "address block with host bits set"},
	{ExceptOutside, "except that is not inside its block"},
	{MixedFamilies, "IPv4 and IPv6 mixed in one block"},
	{PortRange, "port number out of range"},
	{PortReversed, "port range that ends before it begins"},
	{UnknownProtocol, "unknown protocol"},
	{BadPortName, "bad port name"},
	{BadLabelKey, "bad label key"},
	{BadLabelValue, "bad label value"},
	{Unsatisfiable, "selector that no pod can satisfy"},
	{BadName, "bad name"},
	{BadHost, "bad DNS name"},
	{NamedPortOfAddress, "named port where no pod can resolve it"},

	{Denied, "edge that a deny forbids"},
	{DeniedPath, "chain of edges that a deny path forbids"},
	{Isolated, "edge between parties that an isolate holds apart"},
	{NotListening, "port that the destination does not listen on"},
	{AllToAll, "edge from all to all"},
	{IsolatesDisagree, "blocks of a namespace that disagree"},
	{LabelsDisagree, "two values for one label of a namespace"},
	{StampedTwice, "two environments with one namespace"},
	{EmptyEnvironment, "environment without a key or a block"},
	{DNSDisagree, "dns off beside resolvers"},

	{EveryPort, "edge that opens every port"},
	{SeveralPorts, "edge without ports to several named ports"},
	{Redundant, "edge that permits nothing more"},
	{UnusedExternal, "external that no edge uses"},
	{UnusedTier, "tier of an ungoverned namespace that no edge names"},
	{EqualSelectors, "tiers with equal selectors"},
	{NotEnforced, "edge that no governed namespace enforces"},
	{KubeSystemGoverned, "kube-system is isolated"},
	{CoversPods, "address block that covers pod addresses"},
	{MayCoverPods, "private address block while the pods' addresses are not known"},
	{PossiblyDenied, "deny that only an unlikely pod would break"},
	{PathEndsOutside, "deny path that stops at an ungoverned namespace"},
	{DenyNotEnforced, "deny that nothing enforces"},
	{ExceptCancelled, "except that another edge cancels"},
	{HalfResolved, "names resolved over one protocol only"},

	{UnreadableManifest, "manifest that cannot be read"},
	{RefusedObject, "object that the API server would refuse"},
	{TierWithoutWorkload, "tier that matches no workload"},
	{UncoveredWorkload, "workload that no tier covers"},
	{WorkloadInTwoTiers, "workload in two tiers"},
	{ServicePort, "a Service's port where the container's is meant"},
	{UndeclaredContainerPort, "port that no container declares"},
	{NamedPortDiffers, "named port with a number in each workload"},
	{HostNetwork, "pods on the network of their node in a tier"},
	{NamespaceLabels, "namespace with other labels than the program states"},
	{ControlPlaneCut, "pods that the API server calls and cannot reach"},
	{FlowCut, "observed connection that would be cut"},
	{UnclearFlows, "observed connections that cannot be judged"},
	{UnreadableFlows, "observed connections that cannot be read"},

	{HostUnsupported, "DNS name that the target cannot express"},

	{PermitsMore, "the manifests would permit more than the program"},
	{PermitsLess, "the manifests would permit less than the program"},
	{Unreadable, "the manifests cannot be read back"},
}

// Registry lists every code in order.
func Registry() []Entry { return registry }

// Severity returns the severity of a code: ZT5xx are warnings, and of what
// manifests show, that which may be meant so. All others are errors.
func (c Code) Severity() Severity {
	if strings.HasPrefix(string(c), "ZT5") {
		return Warning
	}
	switch c {
	case WorkloadInTwoTiers, UndeclaredContainerPort, ControlPlaneCut, UnclearFlows:
		return Warning
	}
	return Error
}
