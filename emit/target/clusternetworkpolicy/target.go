// Package clusternetworkpolicy compiles to ClusterNetworkPolicies of the tier Admin what NetworkPolicies cannot
// say. They come before all NetworkPolicies:
//
//   - guardrails: what a program denies, so that no NetworkPolicy can open it;
//   - what a program permits to DNS names outside the cluster. The NetworkPolicies isolate these pods.
//
// All that deny come before all that accept.
package clusternetworkpolicy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	shared "github.com/zt-lang/zt/emit/target/guards"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Target compiles to ClusterNetworkPolicies. It implements target.Guard.
type Target struct{}

// Name implements target.Target.
func (Target) Name() string { return "clusternetworkpolicy" }

// Beside implements target.Guard.
func (Target) Beside() string { return networkpolicy.Target{}.Name() }

// NamesHosts implements target.Guard.
func (Target) NamesHosts() bool { return true }

// Lower implements target.Target.
func (Target) Lower(t *topology.Topology, options target.Options) (target.Objects, diag.List) {
	return lower(t, options)
}

// Read implements target.Target.
func (t Target) Read(files []manifest.File, format manifest.Format) (target.Policies, error) {
	return t.ReadGuards(files, format)
}

// ReadGuards implements target.Guard. It reads as `zt why` and `zt verify` read the policies of a cluster, by
// the rules of the API server.
func (Target) ReadGuards(files []manifest.File, format manifest.Format) (target.Guards, error) {
	written, err := manifest.ReadObjects(files, format, func(o *object) error {
		if o.APIVersion != apiVersion || o.Kind != kind {
			return fmt.Errorf("it is not a %s of %s", kind, apiVersion)
		}
		return nil
	})
	if err != nil || len(written) == 0 {
		return guards{}, err
	}
	var sources []*source.File
	for _, f := range files {
		sources = append(sources, source.NewFile(f.Name, string(f.Data)))
	}
	read, diags := inventory.Read(sources, "")
	if diags.Errors() > 0 {
		return nil, errors.New(diags[0].Message)
	}
	if len(read.ClusterPolicies) != len(written) {
		return nil, fmt.Errorf("of %d objects, %d are policies", len(written), len(read.ClusterPolicies))
	}
	var out guards
	for _, p := range read.ClusterPolicies {
		out = append(out, p.Policy)
	}
	return out, nil
}

// guards are policies that were read back.
type guards []*clusterpolicy.Policy

// Relation implements target.Policies: what they permit where no NetworkPolicy is.
func (g guards) Relation(facts *relation.Facts) (*relation.Relation, error) {
	least, _, err := evaluate.Together(policyset.NewBuilder().Set(), g, facts, relation.Private)
	return least, err
}

// Together implements target.Guards.
func (g guards) Together(others target.Policies, denied []target.Connections, facts *relation.Facts, pods relation.Addrs) (least, most *relation.Relation, err error) {
	set, ok := others.(interface{ Policies() *policyset.Set })
	if !ok {
		return nil, nil, fmt.Errorf("the policies beside the guardrails are not NetworkPolicies but %T", others)
	}
	_, most, err = evaluate.Together(set.Policies(), g, facts, pods)
	if err == nil {
		least, _, err = evaluate.Together(set.Policies(), append(shared.Accepting(denied), g...), facts, pods)
	}
	return least, most, err
}

// matchesAll reports whether the networks of a rule match every address, and so every pod.
func matchesAll(r clusterpolicy.Rule) bool {
	var all relation.Addrs
	for _, p := range r.Peers {
		if networks, ok := p.Of.(relation.Addresses); ok {
			all = all.Union(networks.Addrs)
		}
	}
	return relation.EveryAddr.Subset(all)
}

// Left implements target.Guards. What a guard accepts or passes is left open as what it does not match,
// since NetworkPolicies can permit that. The tier Baseline holds the connections in question here: it decides about
// all that is left open.
func (g guards) Left(of []target.Connections, facts *relation.Facts) (*relation.Relation, error) {
	var all []*clusterpolicy.Policy
	for _, p := range g {
		if p.Tier != clusterpolicy.Admin {
			continue // NetworkPolicies come before it
		}
		left := *p
		for d, rules := range p.Rules {
			left.Rules[d] = nil
			for _, r := range rules {
				if r.Action == clusterpolicy.Accept {
					r.Action = clusterpolicy.Pass
				}
				if matchesAll(r) {
					r.Peers = append(slices.Clip(r.Peers), clusterpolicy.Peer{Of: relation.EveryPeer[0]})
				}
				left.Rules[d] = append(left.Rules[d], r)
			}
		}
		all = append(all, &left)
	}
	all = append(all, shared.Held(of)...)
	_, most, err := evaluate.Together(policyset.NewBuilder().Set(), all, facts, relation.Addrs{})
	return most, err
}
