package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
)

// WorkloadChange is a workload that came, went, or whose pods have other labels or another network.
// It says nothing of what policies permit to every pod that could exist.
type WorkloadChange struct {
	Workload string `json:"workload"`
	// Change is added, removed, relabelled, or moved: onto the host network or off it.
	Change string `json:"change"`
	// Selected is set for a relabelled workload if policies select by a label that changed: other rules
	// may apply to its pods.
	Selected bool `json:"selected,omitempty"`
	// HostNetwork is set for a workload that was added or moved there, where policies do not apply.
	HostNetwork bool `json:"hostNetwork,omitempty"`
	// Open lists the directions in which no policy isolates the pods of the workload now.
	Open []string `json:"open,omitempty"`
}

// String returns the change as text shows it.
func (c WorkloadChange) String() string {
	s := c.Change + ": " + c.Workload
	switch {
	case c.Selected:
		s += ", in labels that policies select by"
	case c.HostNetwork:
		s += ", now on the host network, where policies do not apply"
	case c.Change == moved:
		s += ", off the host network"
	}
	if len(c.Open) > 0 {
		s += ", of which no policy isolates the " + strings.Join(c.Open, " and ")
	}
	return s
}

const moved = "moved"

// workloadChanges compares the workloads of manifests. Without any on one side, there is nothing to
// compare.
func workloadChanges(old, new *Model) []WorkloadChange {
	named := func(v *Model) map[string]*Party {
		out := map[string]*Party{}
		for _, p := range v.Parties {
			if p.workload != nil {
				out[p.Name] = p
			}
		}
		return out
	}
	before, after := named(old), named(new)
	if len(before) == 0 || len(after) == 0 {
		return nil
	}
	both := maps.Clone(before)
	maps.Copy(both, after)
	var out []WorkloadChange
	for _, name := range slices.Sorted(maps.Keys(both)) {
		was, is := before[name], after[name]
		c := WorkloadChange{Workload: name}
		switch {
		case was == nil:
			c.Change = "added"
		case is == nil:
			c.Change = "removed"
		case (was.Host == "") != (is.Host == ""):
			c.Change = moved
		case !maps.Equal(was.workload.Labels, is.workload.Labels):
			c.Change = "relabelled"
			c.Selected = is.Host == "" && slices.ContainsFunc([]*Model{old, new}, func(v *Model) bool {
				return !maps.Equal(v.telling(was.workload.Labels), v.telling(is.workload.Labels))
			})
		default:
			continue
		}
		c.HostNetwork = is != nil && is.Host != "" && (was == nil || was.Host == "")
		if is != nil && is.Host == "" {
			for _, d := range []relation.Direction{relation.Ingress, relation.Egress} {
				if new.isOpen(is, d) {
					c.Open = append(c.Open, fmt.Sprint(d))
				}
			}
		}
		out = append(out, c)
	}
	return out
}
