package check

import (
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
)

// A kind of endpoint or denial that a check does not know must not be passed over in silence.
func TestUnknownKindsPanic(t *testing.T) {
	unknown := &topology.Endpoint{Kind: topology.Everything + 1}
	known := newEnds(nil, relation.Egress)
	for name, check := range map[string]func(){
		"ends":     func() { known.add(unknown) },
		"governed": func() { mayBeGoverned(unknown) },
		"sides":    func() { sides(unknown, &topology.Topology{}) },
		"path": func() {
			c := &checker{Topology: &topology.Topology{}, from: known, to: known}
			c.search(semantics.Surely).expandGoverned(&step{to: unknown})
		},
		"peers":    func() { semantics.Peers(unknown) },
		"stranger": func() { semantics.Stranger(unknown) },
		"pods in":  func() { semantics.HasPodsIn(unknown, &topology.Namespace{}) },
		"declared": func() { semantics.Declared(unknown, &topology.Topology{}) },
		"denial": func() {
			Check(&topology.Topology{Denies: []*topology.Denial{{Kind: topology.DenyIsolate + 1}}}, Missing{}, false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "unknown kind of ") {
					t.Errorf("the panic is %q", text)
				}
			}()
			check()
		})
	}
}
