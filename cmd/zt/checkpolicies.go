package main

import (
	"fmt"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/policycheck"
)

// checkPolicies checks the policies of manifests, without a topology. Values are those of --manifests for these paths.
func checkPolicies(c *cli.Context, values, paths []string) error {
	for _, flag := range []string{"manifests", "flows", "environment"} {
		if c.String(flag) != "" {
			return cli.Usagef("--%s needs a topology, and %s has manifests; give all manifests as arguments: zt check POLICIES WORKLOADS", flag, paths[0])
		}
	}
	command.NotePrograms(c, paths)
	groups, err := load.ManifestGroups(values, c.String("namespace"), c.App.Reader)
	if err != nil {
		return err
	}
	inv, diags := inventory.ReadPlaced(groups)
	if diags.Errors() == 0 {
		diags = append(diags, policycheck.Check(inv)...)
		diags.Sort()
	}
	if c.Bool("strict") {
		diags.Strict()
	}
	noteForeign(c, inv)
	policies := len(inv.Policies) + len(inv.ClusterPolicies) + len(inv.CiliumPolicies)
	if policies == 0 && diags.Errors() == 0 {
		fmt.Fprintln(c.App.ErrWriter, "zt: note: these manifests have no NetworkPolicy")
	}
	return reportChecks(c, diags, func() string {
		return fmt.Sprintf("%s, %s", command.Counted(policies, "policy", "policies"), command.Counted(len(inv.Workloads), "workload", "workloads"))
	})
}

// mostNamed is how many policies a note names.
const mostNamed = 3

// noteForeign says which policies zt does not evaluate: these can permit or deny what the checks take for denied or
// permitted.
func noteForeign(c *cli.Context, inv *inventory.Inventory) {
	var names []string
	for _, f := range inv.Foreign {
		names = append(names, fmt.Sprintf("%s (%s)", f.Object, f.APIVersion))
	}
	if more := len(names) - mostNamed; more > 0 {
		names = append(names[:mostNamed], fmt.Sprintf("%d more", more))
	}
	if len(names) > 0 {
		fmt.Fprintf(c.App.ErrWriter, "zt: note: not checked: %s, which zt does not evaluate\n", strings.Join(names, ", "))
	}
}
