package networkpolicy

import (
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// Target compiles to NetworkPolicies.
type Target struct{}

// Name implements target.Target.
func (Target) Name() string { return "networkpolicy" }

// Lower implements target.Target.
func (Target) Lower(t *topology.Topology, options target.Options) (target.Objects, diag.List) {
	lower := Lower
	if options.HostsBeside {
		lower = withoutHosts
	}
	set, diags := lower(t, options.Layout)
	return objects{set}, diags
}

// Read implements target.Target.
func (Target) Read(files []manifest.File, format manifest.Format) (target.Policies, error) {
	read, err := manifest.Read(files, format)
	if err != nil {
		return nil, err
	}
	return policies{read}, manifest.Applicable(read)
}

// objects are NetworkPolicies to write.
type objects struct{ *policyset.Set }

func (o objects) Stream(format manifest.Format) []byte { return manifest.Marshal(o.Set, format) }

func (o objects) Files(format manifest.Format) []manifest.File {
	return manifest.Files(o.Set, format)
}

// policies are NetworkPolicies that were read back.
type policies struct{ set *policyset.Set }

// Policies returns the policies, for guards that are beside them.
func (p policies) Policies() *policyset.Set { return p.set }

func (p policies) Relation(facts *relation.Facts) (*relation.Relation, error) {
	return evaluate.Relation(p.set, facts)
}
