package e2e

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os/exec"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"github.com/zt-lang/zt/emit/conformance/published"
)

// kind is a kind of policies.
type kind schema.GroupVersionResource

var (
	networkPolicies       = kind{"networking.k8s.io", "v1", "networkpolicies"}
	clusterPolicies       = kind{"policy.networking.k8s.io", "v1beta1", "clusternetworkpolicies"}
	adminPolicies         = kind{"policy.networking.k8s.io", "v1alpha1", "adminnetworkpolicies"}
	baselinePolicies      = kind{"policy.networking.k8s.io", "v1alpha1", "baselineadminnetworkpolicies"}
	ciliumPolicies        = kind{"cilium.io", "v2", "ciliumnetworkpolicies"}
	ciliumClusterPolicies = kind{"cilium.io", "v2", "ciliumclusterwidenetworkpolicies"}

	kinds = []kind{networkPolicies, clusterPolicies, adminPolicies, baselinePolicies, ciliumPolicies, ciliumClusterPolicies}
)

// definitions are those of the kinds that the server does not have by itself.
var definitions = []published.Definition{
	published.ClusterNetworkPolicy, published.AdminNetworkPolicy, published.BaselineAdminNetworkPolicy,
	published.CiliumNetworkPolicy, published.CiliumClusterwideNetworkPolicy,
}

// define gives the server definitions of kinds, as a user does, and waits until it serves them.
func (s *apiServer) define(all ...published.Definition) error {
	stream, err := published.Stream(all...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	run := func(input []byte, args ...string) error {
		if _, errs, err := runCommand(s.kubectl(ctx, args...), input); err != nil {
			return fmt.Errorf("definitions: %w: %s", err, errs)
		}
		return nil
	}
	if err := run(stream, "apply", "--server-side", "--filename", "-"); err != nil {
		return err
	}
	return run(nil, "wait", "--for", "condition=established", "--timeout", bound.String(), "customresourcedefinitions", "--all")
}

// experimental installs the other channel of ClusterNetworkPolicies, and returns what undoes it.
func experimental(t *testing.T) (undo func()) {
	t.Helper()
	const named = `apiVersion: policy.networking.k8s.io/v1beta1
kind: ClusterNetworkPolicy
metadata: {name: named}
spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{destinationNamedPort: http}]}]}
`
	use := func(of published.Definition, accepts bool) {
		if err := server.define(of); err != nil {
			t.Fatal(err)
		}
		await(t, "the server does not serve the definition", func() bool { return (tryApply(t, named) == nil) == accepts })
	}
	use(published.Experimental, true)
	return func() {
		clusterPolicies.clear(t) // the other definition may refuse them
		use(published.ClusterNetworkPolicy, false)
	}
}

// define installs the definitions that a topology needs, and returns what undoes it.
func (c *topology) define(t *testing.T) (undo func()) {
	t.Helper()
	if bytes.Contains(c.Stream, []byte("domainNames:")) {
		return experimental(t)
	}
	return func() {}
}

func (s *apiServer) kubectl(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, binary("kubectl"), args...)
	c.Env = append(c.Environ(), "KUBECONFIG="+s.kubeconfig, "KUBECACHEDIR="+s.kubeconfig+".cache")
	return c
}

// String returns the kind as an argument of kubectl.
func (k kind) String() string { return fmt.Sprintf("%s.%s.%s", k.Resource, k.Version, k.Group) }

// stored lists the policies of a kind.
func (k kind) stored(t *testing.T) []unstructured.Unstructured {
	t.Helper()
	list, err := server.objects.Resource(schema.GroupVersionResource(k)).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// versions returns the version of every stored policy of a kind.
func (k kind) versions(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, o := range k.stored(t) {
		out[o.GetNamespace()+"/"+o.GetName()] = o.GetResourceVersion()
	}
	return out
}

// clear removes all policies of a kind.
func (k kind) clear(t *testing.T) {
	t.Helper()
	cleared := map[string]bool{}
	for _, o := range k.stored(t) {
		namespace := o.GetNamespace()
		if cleared[namespace] {
			continue
		}
		cleared[namespace] = true
		in := server.objects.Resource(schema.GroupVersionResource(k)).Namespace(namespace)
		if err := in.DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// awaitPolicies waits until the engine has exactly the stored policies.
func awaitPolicies(t *testing.T) {
	t.Helper()
	for k, store := range server.seen {
		stored := k.versions(t)
		await(t, "the engine has not seen what is stored of "+k.String(), func() bool {
			return maps.Equal(stored, versionsIn(store))
		})
	}
}

// versionsIn returns the version of every object in a store.
func versionsIn(store cache.Store) map[string]string {
	out := map[string]string{}
	for _, o := range store.List() {
		if m, err := meta.Accessor(o); err == nil {
			out[m.GetNamespace()+"/"+m.GetName()] = m.GetResourceVersion()
		}
	}
	return out
}
