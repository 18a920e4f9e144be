package policies

import (
	"errors"
	"fmt"
	"testing/fstest"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/grammar/diag"
)

// prove builds the program, whose objects are proven to permit what it says, and compares it with the
// policies that it is from.
func prove(files []File, policies []*networkingv1.NetworkPolicy) (diag.List, error) {
	fsys := fstest.MapFS{}
	for _, f := range files {
		name := f.Name
		if name == "" {
			name = mainName
		}
		fsys[name] = &fstest.MapFile{Data: f.Text}
	}
	result, diags, err := emit.Build(fsys, []compiler.Input{{Path: mainName}}, emit.Options{})
	if err != nil {
		return nil, err
	}
	if diags.Errors() > 0 {
		return nil, fmt.Errorf("the program that was made has errors: %s; this is a bug of zt, please report it", diags[0].Message)
	}
	facts := semantics.Facts(result.Topology)
	want, err := evaluate.Relation(policyset.FromObjects(policies), facts)
	if err != nil {
		return nil, err
	}
	got, _ := semantics.Trace(result.Topology, facts)
	var found diag.List
	differ := func(a, b *relation.Relation, code diag.Code, format string) bool {
		return relation.Diff(a, b, func(c relation.Connection) bool {
			d := diag.Diagnostic{Code: code, Message: fmt.Sprintf(format, c)}
			found.Add(d.WithHelp("this is a bug of zt, and nothing was written; please report it with the manifests"))
			return false
		})
	}
	more := differ(got, want, diag.PermitsMore, "the program permits %s, which the policies do not")
	less := differ(want, got, diag.PermitsLess, "the program does not permit %s, which the policies do")
	if !more || !less {
		return found, errors.New("the selectors of the policies combine in too many ways to compare them with the program")
	}
	return found, nil
}
