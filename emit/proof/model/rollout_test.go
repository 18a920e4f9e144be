package model

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	networkingv1 "k8s.io/api/networking/v1"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
)

// The tests in this file apply programs to a cluster object by object, in one step or by stages. An
// object replaces the one with its name. No step may cut a connection that is permitted in the end,
// between pods that belong to at most one tier.

// rollouts are the orders of stages that cut nothing. Nothing is pruned between them. There is no
// rollout from one direction to the other: the new objects do not have the rules of the first
// direction, which stays isolated until its deny-all is deleted.
var rollouts = [][]topology.Stage{
	{topology.StageAll},
	{topology.StageIngress, topology.StageAll},
	{topology.StageEgress, topology.StageAll},
}

// applied is a cluster that objects are applied to.
type applied struct{ cluster }

func (a *applied) apply(p *networkingv1.NetworkPolicy) {
	same := func(q *networkingv1.NetworkPolicy) bool { return q.Namespace == p.Namespace && q.Name == p.Name }
	if i := slices.IndexFunc(a.policies, same); i >= 0 {
		a.policies[i] = p
		return
	}
	a.policies = append(a.policies, p)
}

// cutOnTheWay returns a connection that the last stream permits and an earlier step does not.
func cutOnTheWay(streams []*cluster, parties []*party, ports []port, named func(*party) []*party) string {
	return cutFrom(&applied{}, streams, streams[len(streams)-1], parties, ports, named)
}

// cutFrom applies streams to a cluster, and returns a connection that a step cuts although it is to be kept.
func cutFrom(now *applied, streams []*cluster, keep *cluster, parties []*party, ports []port, named func(*party) []*party) string {
	for i, stream := range streams {
		for _, p := range stream.policies {
			now.apply(p)
			for _, s := range parties {
				for _, d := range parties {
					if s == d || !selects(p, s) && !selects(p, d) {
						continue // this step changes nothing for them
					}
					before, after := now.link(s, d), keep.link(s, d)
					for _, to := range named(d) {
						before.to, after.to = to, to
						for _, on := range ports {
							if after.permits(on) && !before.permits(on) {
								return fmt.Sprintf("from %v\nto %v\non %v: cut once %s/%s of stream %d is applied", s, to, on, p.Namespace, p.Name, i)
							}
						}
					}
				}
			}
		}
	}
	return ""
}

// isolatesOnlyIn checks that the objects of a stage isolate only its direction.
func isolatesOnlyIn(stage topology.Stage, c *cluster) string {
	for _, p := range c.policies {
		if stage == topology.StageIngress && isolates(p, networkingv1.PolicyTypeEgress) ||
			stage == topology.StageEgress && isolates(p, networkingv1.PolicyTypeIngress) {
			return fmt.Sprintf("stage %d: %s/%s isolates in %v", stage, p.Namespace, p.Name, p.Spec.PolicyTypes)
		}
	}
	return ""
}

// staged returns the objects of a program for each stage.
func staged(load func(compiler.Options) (*topology.Topology, error)) (map[topology.Stage]*cluster, *topology.Topology, error) {
	out := map[topology.Stage]*cluster{}
	var whole *topology.Topology
	for _, stage := range []topology.Stage{topology.StageAll, topology.StageIngress, topology.StageEgress} {
		top, err := load(compiler.Options{Stage: stage})
		if err != nil {
			return nil, nil, err
		}
		stream, err := emit(top, target.ByTier)
		if err != nil {
			return nil, nil, err
		}
		if out[stage], err = decode(stream); err != nil {
			return nil, nil, err
		}
		if complaint := isolatesOnlyIn(stage, out[stage]); complaint != "" {
			return nil, nil, fmt.Errorf("%s", complaint)
		}
		if stage == topology.StageAll {
			whole = top
		}
	}
	return out, whole, nil
}

func streamsOf(stages []topology.Stage, of map[topology.Stage]*cluster) []*cluster {
	var out []*cluster
	for _, s := range stages {
		out = append(out, of[s])
	}
	return out
}

// TestRolloutsOfPrograms rolls random programs out.
func TestRolloutsOfPrograms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		if rapid.IntRange(0, 15).Draw(t, "one in some") > 0 {
			return // it takes longer than the others
		}
		x := examples.Draw(t, "program")
		text := x.program.print(x.spelling, false)
		of, _, err := staged(func(o compiler.Options) (*topology.Topology, error) {
			o.DefaultNamespace, o.Environment = x.program.defaultSpace, x.program.chosen
			fsys := fstest.MapFS{}
			for name, content := range text.files {
				fsys[name] = &fstest.MapFile{Data: []byte(content)}
			}
			return compileFor(fsys, text.inputs, o)
		})
		if err != nil {
			t.Fatal(err)
		}
		w := expand(x.program)
		s := newSampler(w, x.sampling)
		var parties []*party
		for _, p := range s.sample() {
			if w.tiersOf(p) <= 1 {
				parties = append(parties, p)
			}
		}
		ports := s.somePorts(4)
		for _, stages := range rollouts {
			if cut := cutOnTheWay(streamsOf(stages, of), parties, ports, asItIs); cut != "" {
				t.Fatalf("stages %v: %s", stages, cut)
			}
		}
	})
}

// TestRolloutsOfExamples rolls the examples out, each also for each of its environments alone.
func TestRolloutsOfExamples(t *testing.T) {
	t.Parallel()
	folders := map[string]bool{}
	for _, pattern := range []string{"../../../examples/*/*.zt", "../../../examples/*/*/*.zt"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal("no examples", err)
		}
		for _, f := range files {
			if !namesHosts(t, f) {
				folders[filepath.Dir(f)] = true
			}
		}
	}
	for folder := range folders {
		for _, environment := range append([]string{""}, environmentsOf(t, folder)...) {
			t.Run(strings.TrimPrefix(folder, "../../../examples/")+" "+environment, func(t *testing.T) {
				t.Parallel()
				of, top, err := staged(func(o compiler.Options) (*topology.Topology, error) {
					o.Environment = environment
					return compileFolder(folder, o)
				})
				if err != nil {
					t.Fatal(err)
				}
				parties, ports, named := tellApart(of[topology.StageAll], top)
				for _, stages := range rollouts {
					if cut := cutOnTheWay(streamsOf(stages, of), parties, ports, named); cut != "" {
						t.Errorf("stages %v: %s", stages, cut)
					}
				}
			})
		}
	}
}

// TestRolloutsThatCut checks that the other tests notice wrong orders, among them those that the documentation
// warns about.
func TestRolloutsThatCut(t *testing.T) {
	t.Parallel()
	const folder = "../../../examples/three-tier"
	of, top, err := staged(func(o compiler.Options) (*topology.Topology, error) { return compileFolder(folder, o) })
	if err != nil {
		t.Fatal(err)
	}
	whole := of[topology.StageAll]
	parties, ports, named := tellApart(whole, top)
	first := &cluster{slices.Clone(whole.policies), whole.as}
	slices.Reverse(first.policies)
	if cut := cutOnTheWay([]*cluster{first, whole}, parties, ports, named); !strings.Contains(cut, "cut once default/deny-all of stream 0") {
		t.Errorf("deny-all first: %q", cut)
	}
	oneToTheOther := []*cluster{of[topology.StageIngress], of[topology.StageEgress], whole}
	if cut := cutOnTheWay(oneToTheOther, parties, ports, named); !strings.Contains(cut, "of stream 1") {
		t.Errorf("from ingress to egress: %q", cut)
	}
	// Going back to a stage cuts connections, unless deny-all is deleted first.
	back := func(from []*networkingv1.NetworkPolicy) string {
		now := &applied{cluster{slices.Clone(from), whole.as}}
		return cutFrom(now, []*cluster{of[topology.StageIngress]}, whole, parties, ports, named)
	}
	if cut := back(whole.policies); cut == "" {
		t.Error("from all to ingress nothing is cut")
	}
	if cut := back(whole.policies[:len(whole.policies)-1]); cut != "" {
		t.Errorf("from all without deny-all to ingress: %s", cut)
	}
	denied := &cluster{whole.policies[len(whole.policies)-1:], whole.as}
	if cut := cutOnTheWay([]*cluster{of[topology.StageIngress], denied, whole}, parties, ports, named); !strings.Contains(cut, "of stream 1") {
		t.Errorf("deny-all of all stages before the rest: %q", cut)
	}
}

// environmentsOf names the environments of an example.
func environmentsOf(t *testing.T, folder string) []string {
	top, err := compileFolder(folder, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range top.Environments {
		names = append(names, e.Name)
	}
	return names
}

func compileFolder(folder string, o compiler.Options) (*topology.Topology, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.zt"))
	if err != nil {
		return nil, err
	}
	root := filepath.Dir(folder) // what a part of an example imports may stand above it
	for i, name := range names {
		names[i], _ = filepath.Rel(root, name)
	}
	return compileFor(os.DirFS(root), names, o)
}

func compileFor(fsys fs.FS, names []string, o compiler.Options) (*topology.Topology, error) {
	var inputs []compiler.Input
	for _, name := range names {
		inputs = append(inputs, compiler.Input{Path: filepath.ToSlash(name), Name: name})
	}
	files, diags, err := compiler.Load(fsys, inputs, func(path string) string { return path })
	if err != nil {
		return nil, err
	}
	top, more, err := compiler.Compile(files, o)
	if err == nil && top == nil {
		err = fmt.Errorf("refused:%s%s", messages(diags), messages(more))
	}
	return top, err
}

// asItIs keeps a party whose named ports already have numbers.
func asItIs(p *party) []*party { return []*party{p} }

// tellApart returns parties and ports that objects distinguish, except pods of several tiers.
func tellApart(c *cluster, top *topology.Topology) (parties []*party, ports []port, named func(*party) []*party) {
	spaces := map[string]map[string]string{}
	for _, n := range top.Namespaces {
		spaces[n.Name] = n.Labels
	}
	random := rand.New(rand.NewPCG(1, 1))
	u := newCells(c.policies, c.policies, spaces, random)
	_, all := u.parties(c.policies, c.policies)
	for _, p := range all {
		tiers := 0
		for _, policy := range c.policies {
			if strings.HasPrefix(policy.Name, "allow-") && selects(policy, p) {
				tiers++
			}
		}
		if tiers <= 1 {
			parties = append(parties, p)
		}
	}
	const most = 80
	random.Shuffle(len(parties), func(i, j int) { parties[i], parties[j] = parties[j], parties[i] })
	return parties[:min(most, len(parties))], u.ports, u.withNamedPorts
}
