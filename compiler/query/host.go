package query

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// everyName begins a name of the language that stands for all names below a domain.
const everyName = "*."

// isHostName reports whether a question names a host: it has a dot, which the names of tiers and
// externals have not.
func isHostName(text string) bool {
	name := strings.TrimPrefix(text, everyName)
	return strings.Contains(name, ".") && len(validation.IsDNS1123Subdomain(name)) == 0
}

// asHostName returns a host name as answers write it: DNS does not tell upper from lower case, and a dot at the end
// changes nothing.
func asHostName(text string) string { return strings.TrimSuffix(strings.ToLower(text), ".") }

// host returns the party of a DNS name, or of all names below one.
func (v *Model) host(name string) *Party {
	return v.intern(name, []relation.Peer{relation.HostPeer(topology.Host{Name: name}.Pattern())}, false)
}

// hostName writes DNS names as a question does, if it can.
func hostName(h relation.HostNames) string {
	text := h.String()
	if below, ok := strings.CutPrefix(text, relation.AnyLabels+"."); ok && !strings.Contains(below, "*") {
		return everyName + below
	}
	return text
}

// hasHosts reports whether a party has addresses that connections find by certain names.
func hasHosts(p *Party) bool { return slices.ContainsFunc(p.Parts, namesDecide) }

// namesDecide reports whether a peer has some addresses only as far as DNS names resolve to them.
func namesDecide(p relation.Peer) bool {
	outside, ok := p.(relation.Addresses)
	return ok && !outside.Hosts.IsAny()
}
