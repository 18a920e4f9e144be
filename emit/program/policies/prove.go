package policies

import (
	"cmp"
	"fmt"
	"slices"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/cilium"
	"github.com/zt-lang/zt/emit/target/clusternetworkpolicy"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
)

// prove builds the program, whose objects are proven to permit what it says, and compares it with the
// policies that it is from.
func (d *draft) prove(files []File) (diag.List, error) {
	fsys := fstest.MapFS{}
	for i, f := range files {
		if i == 0 {
			f.Name = cmp.Or(f.Name, mainName)
			files = slices.Replace(slices.Clone(files), 0, 1, f)
		}
		fsys[f.Name] = &fstest.MapFile{Data: f.Text}
	}
	result, diags, err := emit.Build(fsys, []compiler.Input{{Path: files[0].Name}}, d.options())
	if err != nil {
		return nil, err
	}
	for _, problem := range diags {
		switch {
		case problem.Severity != diag.Error:
		case (problem.Code == diag.Denied || problem.Code == diag.Isolated) && len(d.denials) > 0:
			d.broken = true
			return diag.List{d.unfit(clusterpolicy.Deny, "denies what the other policies permit in a way that no program has: "+problem.Message)}, nil
		case problem.Code == diag.DomainUnsupported && len(d.cluster) > 0:
			return diag.List{d.unfit(clusterpolicy.Accept, "accepts names, but "+problem.Message)}, nil
		case problem.Code == diag.CiliumUnsupported: // of the port of a resolver; what the program means is compared all the same
		case problem.Code == diag.TooMuch:
			return diag.List{d.tooMuch(problem.Message)}, nil
		default:
			return nil, fmt.Errorf("the program that zt wrote has errors: %s; this is a bug in zt, please report it", problem.Message)
		}
	}
	facts := semantics.Facts(result.Topology)
	if len(d.cluster) > 0 {
		return d.proveGuards(result.Files, facts)
	}
	least, most, err := d.want(facts)
	if err != nil {
		return d.limited(err)
	}
	got, _ := semantics.Trace(result.Topology, facts)
	var found differences
	found.find(got, least, diag.PermitsMore, "the program permits %s, which the policies do not")
	found.find(most, got, diag.PermitsLess, "the program does not permit %s, which the policies do")
	return found.diags(d), nil
}

// differences is how a program differs from the policies that it is from.
type differences struct {
	list   diag.List
	gaveUp bool
}

// find adds a connection that a permits and b does not.
func (f *differences) find(a, b *relation.Relation, code diag.Code, format string) {
	all := relation.Diff(a, b, func(c relation.Connection) bool {
		d := diag.Diagnostic{Code: code, Message: fmt.Sprintf(format, c)}
		f.list.Add(d.WithHelp("this is a bug of zt, and nothing was written; please report it with the manifests"))
		return false
	})
	f.gaveUp = f.gaveUp || !all
}

func (f *differences) diags(d *draft) diag.List {
	if f.gaveUp {
		f.list.Add(d.tooMuch("the selectors of the policies combine in too many ways to compare them with the program"))
	}
	return f.list
}

// options chooses a target that can say what the program says.
func (d *draft) options() (o emit.Options) {
	if len(d.cluster) > 0 {
		o.Targets = []string{networkpolicy.Target{}.Name(), clusternetworkpolicy.Target{}.Name()}
		o.Priorities = target.Priorities{Count: target.MaxPriority + 1}
		return o
	}
	for p := range d.used {
		if len(p.hosts) > 0 {
			o.Targets = []string{cilium.Target{}.Name()}
		}
	}
	return o
}

// want returns what the policies permit, at least and at most.
func (d *draft) want(facts *relation.Facts) (least, most *relation.Relation, err error) {
	if len(d.cilium) == 0 {
		r, err := evaluate.Relation(policyset.FromObjects(d.plain()), facts)
		return r, r, err
	}
	asCilium(facts, facts.Hosts)
	o, err := evaluate.TraceCilium(d.plain(), nil, d.cilium, facts, relation.Addrs{}, relation.Addrs{})
	if err != nil {
		return nil, nil, err
	}
	return o.Least, o.Most, nil
}

// tooMuch reports a limit at the first policy.
func (d *draft) tooMuch(message string) diag.Diagnostic {
	return diag.New(diag.TooMuch, d.policies[0].Span, "%s", message).WithHelp("import fewer policies at once, for example those of one namespace")
}
