package e2e

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/yaml"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
)

// topology is a program, built in process, with which the command is compared.
type topology struct{ *program.Program }

// whole reports whether all of it is built, by tier, as most users do.
func (c *topology) whole() bool { return c.Layout == target.ByTier && len(c.Args) == 1 }

// exampleTopologies returns every build of the examples.
func exampleTopologies(t *testing.T) []*topology {
	t.Helper()
	all, err := program.Examples()
	if err != nil {
		t.Fatal(err)
	}
	return topologies(all)
}

// examplesFor is exampleTopologies for targets. The examples that a target refuses are left out.
func examplesFor(t *testing.T, targets []string) []*topology {
	t.Helper()
	all, refused, err := program.ExamplesFor(targets...)
	if err != nil {
		t.Fatal(err)
	}
	for name, diags := range refused {
		t.Logf("%s is left out: %s", name, diags[0].Message)
	}
	return topologies(all)
}

func topologies(all []*program.Program) []*topology {
	var out []*topology
	for _, p := range all {
		out = append(out, &topology{p})
	}
	return out
}

// seed is that of what is chosen at random.
const seed = 5

func topologyOf(t *testing.T, path string, layout target.Layout) *topology {
	t.Helper()
	p, err := program.Build(path, "", layout)
	if err != nil {
		t.Fatal(err)
	}
	return &topology{p}
}

// scene makes the topology's pods and addresses.
func (c *topology) scene(t *testing.T) *scene.Scene {
	t.Helper()
	newScene := scene.New
	if len(c.Targets) > 0 {
		newScene = scene.NewGuarded
	}
	s, err := newScene(c.Topology, c.Meaning)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// args returns the arguments of a command of zt for the topology's targets.
func (c *topology) args(command ...string) []string {
	if len(c.Targets) > 0 {
		command = append(command, "--target", strings.Join(c.Targets, ","))
	}
	return append(command, c.Args...)
}

// kindOf is the kind of each target's objects.
var kindOf = map[string]kind{
	"networkpolicy": networkPolicies, "clusternetworkpolicy": clusterPolicies,
	"cilium": ciliumPolicies, "ciliumclusterwide": ciliumClusterPolicies,
}

// kinds lists the kinds of the topology's objects.
func (c *topology) kinds() []kind {
	if len(c.Targets) == 0 {
		return []kind{networkPolicies}
	}
	var out []kind
	for _, name := range c.Targets {
		out = append(out, kindOf[name])
	}
	return out
}

// build returns what `zt build` writes.
func (c *topology) build(t *testing.T) []byte {
	t.Helper()
	stream, ok := zt(t, nil, c.args("build", "--layout", string(c.Layout))...)
	if !ok {
		t.Fatal("zt build fails")
	}
	if string(stream) != string(c.Stream) {
		t.Fatal("the command builds something else than its packages")
	}
	return stream
}

// documents splits a stream into its documents.
func documents(stream []byte) []string { return strings.Split(string(stream), "\n---\n") }

// listed reads back what kubectl has printed as a list.
func listed(t *testing.T, list []byte) []any {
	t.Helper()
	var l struct{ Items []any }
	if err := yaml.Unmarshal(list, &l); err != nil {
		t.Fatal(err)
	}
	return l.Items
}

// policies reads back a list of NetworkPolicies.
func policies(t *testing.T, list []byte) []*networkingv1.NetworkPolicy {
	t.Helper()
	var l networkingv1.NetworkPolicyList
	if err := yaml.UnmarshalStrict(list, &l); err != nil {
		t.Fatal(err)
	}
	var out []*networkingv1.NetworkPolicy
	for i := range l.Items {
		out = append(out, &l.Items[i])
	}
	return out
}

// policies returns the topology's objects.
func (c *topology) policies(t *testing.T) []*networkingv1.NetworkPolicy {
	t.Helper()
	out, err := manifest.Read([]manifest.File{{Data: c.Stream}}, manifest.FormatYAML)
	if err != nil {
		t.Fatal(err)
	}
	return out.Objects()
}
