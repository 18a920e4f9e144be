package clusterpolicy

import (
	"regexp"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
)

// domainName is the pattern of the API.
var domainName = regexp.MustCompile(`^(\*\.)?([a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?$`)

// IsDomainName reports whether the API accepts a domain name.
func IsDomainName(name string) bool { return domainName.MatchString(name) }

// elderDomainName is the pattern of v0.1.7 and v0.2.0 of the API, which also accepts labels that begin with "_". What
// else it accepts by mistake ("A-z" for letters) is in no name that a resolver knows.
var elderDomainName = regexp.MustCompile(`^(\*\.)?([a-zA-Z0-9_]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+[a-zA-Z0-9_]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?$`)

// IsElderDomainName reports whether some release of the API accepts a domain name in an AdminNetworkPolicy.
func IsElderDomainName(name string) bool { return elderDomainName.MatchString(name) }

// everyName begins a domain name that stands for all names below a domain.
const everyName = "*."

// DomainName returns the addresses that a valid domain name selects. DNS does not tell upper from lower case,
// and a dot at the end changes nothing.
func DomainName(name string) relation.Peer {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if below, ok := strings.CutPrefix(name, everyName); ok {
		name = relation.AnyLabels + "." + below
	}
	return relation.HostPeer(name)
}

// clusterNames are the names that the DNS of a cluster gives pods, by its default domain.
var clusterNames = relation.Host(relation.AnyLabels + ".cluster.local")

// MayNamePods reports whether a peer selects names that can be those of pods. Other names are those of addresses
// outside the cluster.
func MayNamePods(p relation.Peer) bool {
	of, ok := p.(relation.Addresses)
	return ok && !of.Hosts.IsAny() && of.Hosts.Overlaps(clusterNames)
}
