// Package engine makes Cilium's own policy engine, which judges connections between pods, nodes and
// addresses by the policies of all kinds that Cilium enforces. It runs without a cluster and without
// an agent: what the agent takes from the API server is given to it here.
package engine

import (
	"fmt"
	"log/slog"
	"net/netip"
	"sync"

	"github.com/cilium/cilium/pkg/crypto/certificatemanager"
	envoypolicy "github.com/cilium/cilium/pkg/envoy/policy"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
	testcertificates "github.com/cilium/cilium/pkg/testutils/certificatemanager"
	testidentity "github.com/cilium/cilium/pkg/testutils/identity"
	testpolicy "github.com/cilium/cilium/pkg/testutils/policy"
	ciliumtypes "github.com/cilium/cilium/pkg/types"
	"github.com/cilium/cilium/pkg/u8proto"

	"github.com/zt-lang/zt/compiler/relation"
)

// cluster is the name of the cluster, which is Cilium's default.
const cluster = "default"

// logger drops what Cilium logs: what matters comes back as an error.
var logger = slog.New(slog.DiscardHandler)

// Cilium's settings are global. These are the defaults of its agent and Helm chart on Kubernetes, with
// both families of addresses; what reads selectors of nodes is on, so that policies with them are not
// refused.
func init() {
	option.Config.EnableIPv4, option.Config.EnableIPv6 = true, true
	option.Config.ClusterName = cluster
	option.Config.EnableL7Proxy = true
	option.Config.EnableNodeSelectorLabels = true
	option.Config.UnsafeDaemonConfigOption.AllowLocalhost = option.AllowLocalhostAlways
	policy.SetPolicyEnabled(option.DefaultEnforcement)
	api.InitEntities(cluster)
	if err := labelsfilter.ParseLabelPrefixCfg(logger, nil, nil, ""); err != nil {
		panic(err)
	}
}

// Engine judges connections. Its policies and ends are added before the first is judged.
type Engine struct {
	repository *policy.Repository
	rules      types.PolicyEntries
	ends       map[string]*End // by the labels of their identities
	ports      ports
	next       map[identity.NumericIdentity]identity.NumericIdentity // by scope
	ready      bool
}

// New returns an engine without policies.
func New() *Engine {
	secrets := envoypolicy.NewEnvoyL7RulesTranslator(logger, certificatemanager.NewMockSecretManagerInline())
	e := &Engine{
		repository: policy.NewPolicyRepository(logger, nil, &testcertificates.Fake{}, secrets, identitymanager.NewIDManager(logger), testpolicy.NewPolicyMetricsNoop()),
		ends:       map[string]*End{},
		ports:      ciliumtypes.NewNamedPortMultiMap(),
		next: map[identity.NumericIdentity]identity.NumericIdentity{
			identity.IdentityScopeGlobal:     1000,
			identity.IdentityScopeLocal:      identity.MinLocalIdentity,
			identity.IdentityScopeRemoteNode: identity.IdentityScopeRemoteNode + 1,
		},
	}
	e.repository.GetSelectorCache().SetLocalIdentityNotifier(testidentity.NewDummyIdentityNotifier())
	e.repository.SetNamedPortsGetter(namedPorts{e})
	return e
}

// ports is the ports that containers name, by identity.
type ports interface {
	ciliumtypes.NamedPortMultiMap
	Update(id identity.NumericIdentity, before, after ciliumtypes.NamedPortMap) bool
}

type namedPorts struct{ *Engine }

func (n namedPorts) GetNamedPorts() ciliumtypes.NamedPortMultiMap { return n.ports }

// prepare tells the caches of selectors which identities there are. Identities of addresses have the
// labels of those host names in policies that are theirs, which a policy that is added later would change.
func (e *Engine) prepare() {
	e.ready = true
	all := identity.ListReservedIdentities()
	for _, end := range e.ends {
		all[end.identity.ID] = end.identity.LabelArray
	}
	var done sync.WaitGroup
	e.repository.GetSelectorCache().UpdateIdentities(all, nil, &done)
	done.Wait()
	e.repository.UpdateIdentities(all, nil)
}

// Verdict reports whether both sides permit a connection.
func (e *Engine) Verdict(from, to *End, port relation.Port) (bool, error) {
	if !e.ready {
		e.prepare()
	}
	for _, side := range []struct {
		own, peer *End
		key       policy.Key
	}{{from, to, policy.EgressKey()}, {to, from, policy.IngressKey()}} {
		if !side.own.enforced {
			continue
		}
		decided, err := e.policyOf(side.own)
		if err != nil {
			return false, err
		}
		number, ok := protocols[port.Protocol]
		if !ok {
			return false, fmt.Errorf("unknown protocol %v", port.Protocol)
		}
		entry, _, _ := decided.Lookup(side.key.WithIdentity(side.peer.identity.ID).WithPortProto(number, uint16(port.Number)))
		if entry.IsDeny() {
			return false, nil
		}
	}
	return true, nil
}

// Resolves reports whether names that one end resolves at another pass Cilium's proxy for DNS: from there it learns
// their addresses.
func (e *Engine) Resolves(from, to *End, port relation.Port) (bool, error) {
	permitted, err := e.Verdict(from, to, port)
	if err != nil || !permitted {
		return false, err
	}
	decided, err := e.policyOf(from)
	if err != nil {
		return false, err
	}
	key := policy.EgressKey().WithIdentity(to.identity.ID).WithPortProto(protocols[port.Protocol], uint16(port.Number))
	entry, _, _ := decided.Lookup(key)
	return entry.IsRedirectEntry(), nil
}

var protocols = map[relation.Protocol]u8proto.U8proto{relation.TCP: u8proto.TCP, relation.UDP: u8proto.UDP, relation.SCTP: u8proto.SCTP}

// policyOf returns the policy of an end, as its agent would put it into the data path.
func (e *Engine) policyOf(end *End) (*policy.EndpointPolicy, error) {
	if end.policy == nil {
		selected, _, err := e.repository.ComputeSelectorPolicy(end.identity)
		if err != nil {
			return nil, fmt.Errorf("the policy of %s: %w", end.identity.LabelArray, err)
		}
		// No proxy listens: this port says that one would.
		end.policy = selected.DistillPolicy(logger, end, map[string]uint16{policy.FallbackRedirectID: 1})
		if err := end.policy.Ready(); err != nil {
			return nil, err
		}
		end.policy.Detach(logger)
		selected.Supersede()
	}
	return end.policy, nil
}

// names returns the host names in the policies' selectors that a name matches.
func (e *Engine) names(name string) ([]api.FQDNSelector, error) {
	var found []api.FQDNSelector
	for _, r := range e.rules {
		for _, peer := range r.L3 {
			s, ok := peer.GetFQDNSelector()
			if !ok {
				continue
			}
			pattern, err := s.ToRegex()
			if err != nil {
				return nil, err
			}
			if pattern.MatchString(name + ".") {
				found = append(found, *s)
			}
		}
	}
	return found, nil
}

// single returns the prefix of one address.
func single(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
