package engine

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/cilium/cilium/pkg/endpoint/regeneration"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/k8s"
	slim_corev1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/core/v1"
	slim_metav1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/apis/meta/v1"
	"github.com/cilium/cilium/pkg/k8s/tables"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/policy"
	ciliumtypes "github.com/cilium/cilium/pkg/types"
	"github.com/cilium/cilium/pkg/u8proto"

	"github.com/zt-lang/zt/emit/conformance/scene"
)

// End is one end of connections.
type End struct {
	identity *identity.Identity
	named    ciliumtypes.NamedPortMap
	enforced bool // policies are enforced on it
	policy   *policy.EndpointPolicy
}

// Pod adds a pod of a namespace with these labels. Pods with the same labels and named ports have one
// identity, and so are one end.
func (e *Engine) Pod(namespace string, namespaceLabels, podLabels map[string]string, containers []scene.Container) *End {
	pod := &slim_corev1.Pod{ObjectMeta: slim_metav1.ObjectMeta{Namespace: namespace, Name: "pod", Labels: podLabels}}
	container := slim_corev1.Container{}
	for _, c := range containers {
		container.Ports = append(container.Ports, slim_corev1.ContainerPort{
			Name: c.Name, ContainerPort: int32(c.Number), Protocol: slim_corev1.Protocol(strings.ToUpper(c.Protocol.String())),
		})
	}
	pod.Spec.Containers = []slim_corev1.Container{container}
	named, all := k8s.GetPodMetadata(logger, tables.Namespace{Name: namespace, Labels: namespaceLabels}, pod)
	own, _ := labelsfilter.Filter(labels.Map2Labels(all, labels.LabelSourceK8s))
	for _, l := range k8s.NamedPortsIdentityLabels(named) {
		own[l.Key] = l
	}
	end := e.end(identity.IdentityScopeGlobal, own)
	end.enforced, end.named = true, named
	e.ports.Update(end.identity.ID, nil, named)
	return end
}

// Address adds an address outside of the cluster, which has these host names.
func (e *Engine) Address(a netip.Addr, names ...string) (*End, error) {
	own := labels.GetCIDRLabels(single(a))
	for _, name := range names {
		selectors, err := e.names(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, s := range selectors {
			l := s.IdentityLabel()
			own[l.GetExtendedKey()] = l
		}
	}
	return e.end(identity.IdentityScopeLocal, own), nil
}

// Host adds the node on which the pods are.
func (e *Engine) Host() *End {
	return &End{identity: identity.LookupReservedIdentity(identity.ReservedIdentityHost)}
}

// Node adds another node of the cluster, with the API server on it or without.
func (e *Engine) Node(apiServer bool) *End {
	if apiServer {
		return &End{identity: identity.LookupReservedIdentity(identity.ReservedIdentityKubeAPIServer)}
	}
	return &End{identity: identity.LookupReservedIdentity(identity.ReservedIdentityRemoteNode)}
}

// APIServer adds an API server outside of the cluster.
func (e *Engine) APIServer(a netip.Addr) *End {
	own := labels.GetCIDRLabels(single(a))
	own.MergeLabels(labels.LabelKubeAPIServer)
	return e.end(identity.IdentityScopeLocal, own)
}

// end returns the end with these labels, with an identity of a scope.
func (e *Engine) end(scope identity.NumericIdentity, own labels.Labels) *End {
	key := string(own.SortedList())
	if found := e.ends[key]; found != nil {
		return found
	}
	if e.ready {
		panic("an end is added after a connection was judged")
	}
	end := &End{identity: identity.NewIdentity(e.next[scope], own)}
	e.next[scope]++
	e.ends[key] = end
	return end
}

// An end is what a policy is computed for.
var _ policy.PolicyOwner = (*End)(nil)

// GetID returns a number of the end.
func (end *End) GetID() uint64 { return uint64(end.identity.ID) }

// GetIngressNamedPort returns the number of a port that a container names.
func (end *End) GetIngressNamedPort(name string, protocol u8proto.U8proto) uint16 {
	number, err := end.named.GetNamedPort(name, protocol)
	if err != nil {
		return 0 // there is none
	}
	return number
}

// PolicyDebug logs nothing.
func (end *End) PolicyDebug(string, ...any) {}

// IsHost reports whether the end is the agent's node.
func (end *End) IsHost() bool { return end.identity.ID == identity.ReservedIdentityHost }

// PreviousMapStateSizes returns no sizes: there was no policy before.
func (end *End) PreviousMapStateSizes() policy.MapStateSizes { return policy.MapStateSizes{} }

// RegenerateIfAlive has nothing to do.
func (end *End) RegenerateIfAlive(*regeneration.ExternalRegenerationMetadata) <-chan bool {
	done := make(chan bool)
	close(done)
	return done
}
