// Package proof holds emitted manifests against the topology that they were
// emitted for: do they permit exactly what it says, no more and no less, for every pod and
// address that could exist?
//
// It takes the bytes, not the objects, and evaluates them by a package that
// knows nothing of the language. So a mistake of the lowering shows as a difference and not twice.
package proof

import (
	"fmt"
	"sync"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/enforce"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/grammar/diag"
)

// Difference is what manifests get wrong: a connection that they permit and
// the topology does not, one that it permits and they do not, or both.
type Difference struct{ More, Less *relation.Connection }

// Compare reads manifests back and holds what they permit against what the topology
// means. Both of the difference are nil where there is none. The error is of manifests that cannot be read.
func Compare(t *topology.Topology, data []byte, format manifest.Format) (Difference, error) {
	return compareRead(t, func() ([]*networkingv1.NetworkPolicy, error) { return manifest.ReadPolicies(data, format) })
}

func compareRead(t *topology.Topology, read func() ([]*networkingv1.NetworkPolicy, error)) (Difference, error) {
	var d Difference
	var both sync.WaitGroup
	facts := meaning.Facts(t)
	var want *relation.Relation
	both.Go(func() { want, _ = meaning.Trace(t, facts) })
	policies, err := read()
	var got *relation.Relation
	if err == nil {
		got, err = enforce.Relation(policies, facts)
	}
	both.Wait()
	if err != nil {
		return d, err
	}
	both.Go(func() { d.More = first(got, want) })
	d.Less = first(want, got)
	both.Wait()
	return d, nil
}

// first returns a connection that a permits and b does not, or nil.
func first(a, b *relation.Relation) *relation.Connection {
	var found *relation.Connection
	relation.Diff(a, b, func(c relation.Connection) bool {
		found = &c
		return false
	})
	return found
}

// Check reports the difference between files of manifests, all of them together, and the
// topology that they were emitted for. Where it reports any, nothing of the manifests may be used.
func Check(t *topology.Topology, files []manifest.File, format manifest.Format) diag.List {
	d, err := compareRead(t, func() ([]*networkingv1.NetworkPolicy, error) {
		policies, err := manifest.ReadFiles(files, format)
		if err != nil {
			return nil, err
		}
		return policies, applicable(policies)
	})
	var diags diag.List
	if err != nil {
		diags.Add(bug(diag.Unreadable, "what was emitted cannot be read back: %v", err))
	}
	if d.More != nil {
		diags.Add(bug(diag.PermitsMore, "the manifests permit %s, which the program does not", d.More))
	}
	if d.Less != nil {
		diags.Add(bug(diag.PermitsLess, "the manifests do not permit %s, which the program does", d.Less))
	}
	return diags
}

// applicable says why objects would not all be there once they are applied: of two of one name
// the last stays, and one without a namespace goes to whichever is chosen then.
func applicable(policies []*networkingv1.NetworkPolicy) error {
	seen := make(map[[2]string]bool, len(policies))
	for _, p := range policies {
		name := [2]string{p.Namespace, p.Name}
		switch {
		case p.Namespace == "":
			return fmt.Errorf("NetworkPolicy %s has no namespace", p.Name)
		case seen[name]:
			return fmt.Errorf("NetworkPolicy %s/%s is there twice", p.Namespace, p.Name)
		}
		seen[name] = true
	}
	return nil
}

func bug(code diag.Code, format string, args ...any) diag.Diagnostic {
	d := diag.Diagnostic{Code: code, Message: fmt.Sprintf(format, args...)}
	return d.WithHelp("this is a bug of zt, and nothing was written; please report it with the program")
}
