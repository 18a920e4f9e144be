// Package proof compares emitted manifests with the topology that they were emitted for: do they
// permit exactly the same, for every pod and address that could exist?
//
// It reads the bytes back, and evaluates them with a package that knows nothing of the language. So
// a mistake of the lowering, or of the writer, is not made twice and shows as a difference.
package proof

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// Difference is a mistake in manifests: a connection that they permit and the topology does not, one
// that the topology permits and they do not, or both.
type Difference struct{ More, Less *relation.Connection }

// Compare reads back files of a target, and compares what they permit together with what the
// topology permits. Both fields of the difference are nil if they are equal. The error reports
// files that cannot be read or applied.
func Compare(t *topology.Topology, of target.Target, files []manifest.File, format manifest.Format) (Difference, error) {
	return comparePart(t, of, files, format, func(r *relation.Relation) *relation.Relation { return r })
}

// CompareUnnamed compares files of a target with what the topology permits otherwise than by DNS names. Those
// files of another target permit, which CompareGuards compares.
func CompareUnnamed(t *topology.Topology, of target.Target, files []manifest.File, format manifest.Format) (Difference, error) {
	return comparePart(t, of, files, format, unnamed)
}

// unnamed returns a relation without the rules that are for DNS names.
func unnamed(r *relation.Relation) *relation.Relation {
	out := relation.NewRelation(r.Facts)
	out.Classes = r.Classes
	for d, sets := range r.RuleSets {
		for home, set := range sets {
			out.RuleSets[d][home] = relation.NewRuleSet(r.Facts, slices.DeleteFunc(slices.Clone(set.Rules()), func(r relation.Rule) bool {
				outside, ok := r.Peer.(relation.Addresses)
				return ok && !outside.Hosts.IsAny()
			}))
		}
	}
	return out
}

// comparePart compares files with a part of what the topology permits.
func comparePart(t *topology.Topology, of target.Target, files []manifest.File, format manifest.Format, part func(*relation.Relation) *relation.Relation) (Difference, error) {
	var d Difference
	var both sync.WaitGroup
	facts := semantics.Facts(t)
	var want *relation.Relation
	both.Go(func() {
		want, _ = semantics.Trace(t, facts)
		want = part(want)
	})
	policies, err := of.Read(files, format)
	var got *relation.Relation
	if err == nil {
		got, err = policies.Relation(facts)
	}
	both.Wait()
	if err != nil {
		return d, err
	}
	var all bool
	both.Go(func() { d.More, all = first(got, want) })
	less, also := first(want, got)
	both.Wait()
	if d.Less = less; !all || !also {
		return d, errTooMany
	}
	return d, nil
}

// errTooMany is returned where the selectors of a program combine in too many ways to compare.
var errTooMany = errors.New("the selectors combine in too many ways to prove that the policies are right")

// first returns a connection that a permits and b does not, or nil, and whether nil means that there
// is none.
func first(a, b *relation.Relation) (found *relation.Connection, decided bool) {
	decided = relation.Diff(a, b, func(c relation.Connection) bool {
		found = &c
		return false
	})
	return found, decided
}

// Check reports how emitted files differ from the topology that they were emitted for. If it
// reports anything, none of the files may be used.
func Check(t *topology.Topology, of target.Target, files []manifest.File, format manifest.Format) diag.List {
	d, err := Compare(t, of, files, format)
	return report(t, d, err)
}

// CheckUnnamed reports what CompareUnnamed finds.
func CheckUnnamed(t *topology.Topology, of target.Target, files []manifest.File, format manifest.Format) diag.List {
	d, err := CompareUnnamed(t, of, files, format)
	return report(t, d, err)
}

func report(t *topology.Topology, d Difference, err error) diag.List {
	var diags diag.List
	parts := (*evaluate.TooManyParts)(nil)
	switch {
	case errors.As(err, &parts):
		at := slices.IndexFunc(t.Denies, func(d *topology.Denial) bool { return d.Kind != topology.DenyPath })
		diags.Add(diag.New(diag.TooMuch, t.Denies[at].Span, "zt cannot prove the guardrails: %v", err).
			WithHelp("nothing was written; deny by fewer label keys of namespaces and pods, for example environments by one key"))
	case errors.Is(err, errTooMany):
		written := t.Namespaces[slices.IndexFunc(t.Namespaces, func(n *topology.Namespace) bool { return !n.Prelude })]
		diags.Add(diag.New(diag.TooMuch, written.Span, "%v", err).
			WithHelp("nothing was written; select tiers by one label key, or split the program by namespace"))
	case err != nil:
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

func bug(code diag.Code, format string, args ...any) diag.Diagnostic {
	d := diag.Diagnostic{Code: code, Message: fmt.Sprintf(format, args...)}
	return d.WithHelp("this is a bug of zt, and nothing was written; please report it with the program")
}
