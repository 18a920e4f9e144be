package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
)

// The server accepts random policies of every kind that zt reads, and zt reads the same in what it stores.
func TestDrawnPoliciesAreStored(t *testing.T) {
	defer experimental(t)() // the sets have named ports
	for number := range 6 {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(uint64(number), 23))}
		var set *judge.Set
		var of []kind
		switch number % 3 {
		case 0:
			set, of = drawn(d, false, false), []kind{networkPolicies, clusterPolicies}
		case 1:
			set, of = drawn(d, true, false), []kind{networkPolicies, adminPolicies, baselinePolicies}
		case 2:
			set, of = &judge.Set{Namespaces: d.Plain(false).Namespaces}, []kind{ciliumPolicies, ciliumClusterPolicies}
			d.AddCilium(set, true)
		}
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			clearCluster(t)
			declareNamespaces(t, map[string]map[string]string{"a": nil, "b": nil, "c": nil})
			// Without the namespaces: the server has others as well.
			policies := []byte(strings.Join(slices.DeleteFunc(strings.Split(set.Manifests(), "---\n"), func(object string) bool {
				return strings.Contains(object, `"kind":"Namespace"`)
			}), "---\n"))
			kubectl(t, policies, "apply", "--server-side", "--filename", "-", "--output", "name")
			if out, differ := differ(t, policies, readBack(t, of...)); differ {
				t.Errorf("zt reads what is stored otherwise than what was written:\n%s\n%s", out, policies)
			}
		})
	}
}

// drawn returns a set with several ordered policies, of the elder kinds or the new one. Without ties no two policies
// of a tier have one priority.
func drawn(d judge.Draw, elder, ties bool) *judge.Set {
	for number := 0; ; number++ {
		if s := d.Set(number%2 == 0, ties); len(s.Ordered) > 1 && s.Ordered[0].Elder == elder {
			return s
		}
	}
}
