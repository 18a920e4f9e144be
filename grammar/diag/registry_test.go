package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
)

// root is the module's folder.
const root = "../.."

// declared returns the codes that codes.go declares, by the names of their constants.
func declared(t *testing.T) map[string]diag.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]diag.Code{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != len(spec.Names) {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Code" {
			return true
		}
		for i, name := range spec.Names {
			text, err := strconv.Unquote(spec.Values[i].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out[name.Name] = diag.Code(text)
		}
		return true
	})
	return out
}

// The registry has every code once, in order, with a title.
func TestRegistry(t *testing.T) {
	var listed []diag.Code
	titles := map[string]diag.Code{}
	for _, e := range diag.Registry() {
		listed = append(listed, e.Code)
		if !regexp.MustCompile(`^ZT[1-9]\d\d$`).MatchString(string(e.Code)) {
			t.Errorf("%s: not a code", e.Code)
		}
		if e.Title == "" || strings.HasSuffix(e.Title, ".") || len(e.Title) > 72 {
			t.Errorf("%s: bad title %q", e.Code, e.Title)
		}
		if other := titles[e.Title]; other != "" {
			t.Errorf("%s and %s have one title", other, e.Code)
		}
		titles[e.Title] = e.Code
	}
	if !slices.IsSorted(listed) || len(slices.Compact(slices.Clone(listed))) != len(listed) {
		t.Errorf("not in order, or not unique: %v", listed)
	}
	for name, code := range declared(t) {
		if !slices.Contains(listed, code) {
			t.Errorf("%s, %s, is not in the registry", name, code)
		}
	}
	if want := len(declared(t)); len(listed) != want {
		t.Errorf("the registry has %d codes, of which %d are declared", len(listed), want)
	}
}

// Every code is reported by something: a page of what never happens misleads.
func TestCodesAreReported(t *testing.T) {
	used := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != root && strings.HasPrefix(e.Name(), ".") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`\bdiag\.([A-Z]\w*)`).FindAllSubmatch(text, -1) {
			used[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range declared(t) {
		if !used[name] {
			t.Errorf("nothing reports %s, %s", code, name)
		}
	}
}

func TestSeverity(t *testing.T) {
	warnings := []diag.Code{diag.WorkloadInTwoTiers, diag.UndeclaredContainerPort, diag.ControlPlaneCut, diag.UnclearFlows, diag.APIServerElsewhere,
		diag.MissingEdge, diag.NoAPIServer, diag.ExposedAndClosed, diag.ClientAddressLost, diag.ServiceAddress, diag.NamesNotResolved, diag.ResolverElsewhere, diag.MeshCut, diag.UnknownEnvironment, diag.AddressesNotStated, diag.UnreachedService,
		diag.NotGuarded, diag.PolicyUnusedPort, diag.PeersNotCombined, diag.RedundantRule, diag.NoDNS, diag.PluginDecides, diag.CiliumEmptyRule, diag.CiliumEmptyList, diag.CiliumDenied, diag.CiliumDenyIsolates, diag.CiliumUnknownName,
		diag.EdgeDenied, diag.NeverDecides, diag.PriorityTie, diag.BaselineUnused, diag.OverridesPolicies, diag.DeniesDNS, diag.NetworksMatchPods, diag.OneAddressFamily, diag.EldersBesideNew, diag.NoRules,
		diag.CiliumIgnoresLabel, diag.CiliumDropsSCTP, diag.CiliumBlockOfCluster, diag.CiliumClusterName, diag.CiliumWithoutEffect}
	for _, e := range diag.Registry() {
		want := diag.Error
		if e.Code[2] == '5' || slices.Contains(warnings, e.Code) {
			want = diag.Warning
		}
		if slices.Contains([]diag.Code{diag.OneSided, diag.ServiceResolver, diag.PortNotOpened, diag.PortNotDeclared, diag.NamespaceNotIsolated, diag.PathNotGuarded, diag.OpenedByCluster, diag.PriorityNotApplied, diag.PassChangesNothing}, e.Code) {
			want = diag.Note
		}
		if got := e.Code.Severity(); got != want {
			t.Errorf("%s is %v", e.Code, got)
		}
	}
}
