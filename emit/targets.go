package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/cilium"
	"github.com/zt-lang/zt/emit/target/clusternetworkpolicy"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/spell"
)

// targets are what zt can emit. The first is the default. A new target is a folder below
// emit/target and a line here.
var targets = []target.Target{
	networkpolicy.Target{},
	clusternetworkpolicy.Target{},
	cilium.Target{},
	cilium.Guardrails{},
}

// Targets returns the names of all targets; the first is the default.
func Targets() []string {
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = t.Name()
	}
	return names
}

// Target returns the target of a name.
func Target(name string) (target.Target, error) {
	names := Targets()
	if i := slices.Index(names, name); i >= 0 {
		return targets[i], nil
	}
	if near := spell.Nearest(strings.ToLower(name), names); near != "" {
		return nil, fmt.Errorf("unknown target %q; did you mean %q?", name, near)
	}
	return nil, fmt.Errorf("unknown target %q; the targets are: %s", name, strings.Join(names, ", "))
}

// CheckTargets reports why the targets of options do not fit together.
func CheckTargets(options Options) error {
	_, err := choose(options)
	return err
}

// HasGuards reports whether a build has guardrails.
func HasGuards(options Options) bool {
	chosen, err := choose(options)
	return err == nil && slices.ContainsFunc(chosen, func(t target.Target) bool {
		_, ok := t.(target.Guard)
		return ok
	})
}

// hostsBeside reports whether a guard among the targets permits connections to DNS names for a target.
func hostsBeside(chosen []target.Target, of target.Target) bool {
	return slices.ContainsFunc(chosen, func(t target.Target) bool {
		guard, ok := t.(target.Guard)
		return ok && guard.NamesHosts() && guard.Beside() == of.Name()
	})
}

// Native reports whether all targets of options write policies of a network plugin's own.
func Native(options Options) bool {
	chosen, err := choose(options)
	return err == nil && native(chosen)
}

func native(chosen []target.Target) bool {
	return !slices.ContainsFunc(chosen, func(t target.Target) bool {
		_, ok := t.(target.Native)
		return !ok
	})
}

// choose returns the targets of a build.
func choose(options Options) ([]target.Target, error) {
	names := options.Targets
	if len(names) == 0 {
		names = Targets()[:1]
	}
	var chosen []target.Target
	for i, name := range names {
		t, err := Target(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("target %s is given twice", name)
		}
		chosen = append(chosen, t)
	}
	for _, t := range chosen {
		if guard, ok := t.(target.Guard); ok && !slices.Contains(names, guard.Beside()) {
			return nil, fmt.Errorf("target %s is built beside the one that it guards: choose the targets %s,%s", guard.Name(), guard.Beside(), guard.Name())
		}
	}
	if ordered := (clusternetworkpolicy.Target{}).Name(); options.Priorities.Count > 0 && !slices.Contains(names, ordered) {
		return nil, fmt.Errorf("only ClusterNetworkPolicies have priorities: add the target %s", ordered)
	}
	return chosen, nil
}
