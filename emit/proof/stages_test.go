package proof

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/cilium"
	"github.com/zt-lang/zt/emit/target/clusternetworkpolicy"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
)

// guarded denies between pods of every sort, and from and to addresses.
const guarded = `network { pods 10.244.0.0/16 }
namespace shop { tier web, db by app }
namespace free isolates nothing { tier job { app=job } }
namespace in isolates ingress { tier a { app=a } }
namespace out isolates egress { tier a { app=a } }
environment dev, prod by env
tier agent in dev { app=agent }
shop/web -> shop/db :5432
deny shop/web -> shop/db :22
deny free/job -> shop/db, in/a
deny out/a -> free/job
deny agent, shop/db -> internet
deny shop/db -> all :23
deny all -> shop/db :24
isolate dev, prod`

// TestStages proves the guardrails of each stage of a rollout. Those of another stage are not right: they leave what
// is denied, or deny what the stage still permits.
func TestStages(t *testing.T) {
	names := map[topology.Stage]string{topology.StageAll: "all", topology.StageIngress: "ingress", topology.StageEgress: "egress"}
	for _, guard := range []target.Guard{clusternetworkpolicy.Target{}, cilium.Guardrails{}} {
		var of target.Target = networkpolicy.Target{}
		if guard.Beside() != of.Name() {
			of = cilium.Target{}
		}
		tops, guards := map[topology.Stage]*topology.Topology{}, map[topology.Stage][]manifest.File{}
		for stage := range names {
			text := guarded
			top, diags, err := compiler.Program(fstest.MapFS{}, []compiler.Input{{Path: "p.zt", Text: &text}}, nil, compiler.Options{Stage: stage, Guarded: true})
			if err != nil || diags.Errors() > 0 {
				t.Fatal(err, diags)
			}
			lowered, diags := guard.Lower(top, target.Options{})
			if diags.Errors() > 0 {
				t.Fatal(diags)
			}
			tops[stage], guards[stage] = top, []manifest.File{{Data: lowered.Stream(manifest.FormatYAML)}}
		}
		for stage, top := range tops {
			beside, _ := of.Lower(top, target.Options{})
			files := []manifest.File{{Data: beside.Stream(manifest.FormatYAML)}}
			for other := range names {
				diags := CheckGuards(top, of, files, guard, guards[other], manifest.FormatYAML)
				cuts := slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.PermitsLess })
				switch {
				case other == stage && len(diags) > 0:
					t.Errorf("%s, stage %s: %v\n%s", guard.Name(), names[stage], diags, guards[stage][0].Data)
				case other != stage && stage != topology.StageAll && !cuts:
					t.Errorf("%s, stage %s: the proof does not see that the guardrails of stage %s cut more: %v", guard.Name(), names[stage], names[other], diags)
				}
			}
		}
	}
}
