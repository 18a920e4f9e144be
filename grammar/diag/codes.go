package diag

import "strings"

// Code names a kind of problem. The codes are a closed set: every code has a page under pages/ whose
// example triggers it, and tests compare the codes, the pages and what zt reports.
type Code string

// The codes. Their hundreds tell the stage: 1 syntax, 2 names, 3 values,
// 4 conflicts, 5 warnings, 6 evidence from manifests, 7 the target, 8 the import of policies, 9 the proof.
const (
	Unexpected   Code = "ZT101"
	Unclosed     Code = "ZT102"
	BadCharacter Code = "ZT103"
	Misplaced    Code = "ZT104"
	TooMuch      Code = "ZT105"
	EmptyProgram Code = "ZT106"

	UndefinedName      Code = "ZT201"
	UndefinedNamespace Code = "ZT202"
	UndefinedPort      Code = "ZT203"
	Duplicate          Code = "ZT204"
	Ambiguous          Code = "ZT205"
	ImportNotFound     Code = "ZT206"
	ImportCycle        Code = "ZT207"
	EnvironmentOutside Code = "ZT208"
	UnknownPlugin      Code = "ZT209"

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
	BadSetting         Code = "ZT315"

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
	IsolatesLess     Code = "ZT411"
	NotInEnvironment Code = "ZT412"
	MisplacedHost    Code = "ZT413"

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
	MisreadRequirement Code = "ZT516"
	OneSided           Code = "ZT517"
	ServiceResolver    Code = "ZT518"
	MayCoverNodes      Code = "ZT519"

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
	APIServerNotStated      Code = "ZT615"
	APIServerElsewhere      Code = "ZT616"
	MissingEdge             Code = "ZT620"
	NoAPIServer             Code = "ZT621"
	ExposedAndClosed        Code = "ZT622"
	ClientAddressLost       Code = "ZT623"
	WrongProtocol           Code = "ZT624"
	ServiceAddress          Code = "ZT625"
	NamesNotResolved        Code = "ZT626"
	ResolverElsewhere       Code = "ZT627"
	MeshCut                 Code = "ZT628"
	UnknownEnvironment      Code = "ZT629"
	UnreachedService        Code = "ZT630"
	AddressesNotStated      Code = "ZT631"
	PortNotOpened           Code = "ZT632"
	PortNotDeclared         Code = "ZT633"
	NamespaceNotIsolated    Code = "ZT634"
	EdgeDenied              Code = "ZT635"
	OpenedByCluster         Code = "ZT636"

	PolicySelectsNothing    Code = "ZT650"
	PeerSelectsNothing      Code = "ZT651"
	NamespaceSelectsNothing Code = "ZT652"
	PolicyServicePort       Code = "ZT653"
	PolicyUnusedPort        Code = "ZT654"
	PeersNotCombined        Code = "ZT655"
	DirectionNotDeclared    Code = "ZT656"
	RedundantRule           Code = "ZT657"
	EmptyField              Code = "ZT658"
	NoDNS                   Code = "ZT659"
	PluginDecides           Code = "ZT660"
	CiliumEmptyRule         Code = "ZT661"
	CiliumEmptyList         Code = "ZT662"
	CiliumDenied            Code = "ZT663"
	CiliumDenyIsolates      Code = "ZT664"
	CiliumUnknownName       Code = "ZT665"
	NeverDecides            Code = "ZT666"
	PriorityTie             Code = "ZT667"
	BaselineUnused          Code = "ZT668"
	OverridesPolicies       Code = "ZT669"
	DeniesDNS               Code = "ZT670"
	NetworksMatchPods       Code = "ZT671"
	OneAddressFamily        Code = "ZT672"
	EldersBesideNew         Code = "ZT673"
	PriorityNotApplied      Code = "ZT674"
	PassChangesNothing      Code = "ZT675"
	NoRules                 Code = "ZT676"
	CiliumIgnoresLabel      Code = "ZT677"
	CiliumDropsSCTP         Code = "ZT678"
	CiliumOtherNamespace    Code = "ZT679"
	CiliumBlockOfCluster    Code = "ZT680"
	CiliumClusterName       Code = "ZT681"
	CiliumServices          Code = "ZT682"
	CiliumWithoutEffect     Code = "ZT683"

	HostUnsupported   Code = "ZT701"
	PluginUnsupported Code = "ZT702"
	NotGuarded        Code = "ZT703"
	TooFewPriorities  Code = "ZT704"
	PathNotGuarded    Code = "ZT705"
	DomainUnsupported Code = "ZT706"
	CiliumUnsupported Code = "ZT710"

	NotImportable Code = "ZT801"
	LabelsNeeded  Code = "ZT802"

	PermitsMore Code = "ZT901"
	PermitsLess Code = "ZT902"
	Unreadable  Code = "ZT903"
	GuardOpen   Code = "ZT904"
)

// Severity returns the severity of a code: ZT5xx are warnings, and of what
// manifests show, that which may be meant so. All others are errors.
func (c Code) Severity() Severity {
	switch c {
	case OneSided, ServiceResolver, // right for a way out to addresses, and for resolvers on the nodes
		PortNotOpened, PortNotDeclared, NamespaceNotIsolated, PathNotGuarded,
		OpenedByCluster, PriorityNotApplied, PassChangesNothing: // right for most clusters, and for rules to come
		return Note
	}
	if strings.HasPrefix(string(c), "ZT5") {
		return Warning
	}
	switch c {
	case WorkloadInTwoTiers, UndeclaredContainerPort, ControlPlaneCut, UnclearFlows, APIServerElsewhere,
		MissingEdge, NoAPIServer, ExposedAndClosed, ClientAddressLost, ServiceAddress, NamesNotResolved, ResolverElsewhere, MeshCut, UnknownEnvironment, AddressesNotStated, UnreachedService,
		NotGuarded, PolicyUnusedPort, PeersNotCombined, RedundantRule, NoDNS, PluginDecides, CiliumEmptyRule, CiliumEmptyList, CiliumDenied, CiliumDenyIsolates, CiliumUnknownName,
		EdgeDenied, NeverDecides, PriorityTie, BaselineUnused, OverridesPolicies, DeniesDNS, NetworksMatchPods, OneAddressFamily, EldersBesideNew, NoRules,
		CiliumIgnoresLabel, CiliumDropsSCTP, CiliumBlockOfCluster, CiliumClusterName, CiliumWithoutEffect:
		return Warning
	}
	return Error
}
