package query

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

// Objects of other APIs, and the pods that they can concern: of their namespace, or with "*" all.
var foreignKinds = []struct{ apiVersion, kind, concerns string }{
	{"cilium.io/v3", "CiliumNetworkPolicy", "shop"},
	{"crd.antrea.io/v1beta1", "NetworkPolicy", "pay"},
	{"security.istio.io/v1", "AuthorizationPolicy", "default"},
	{"example.com/v1", "TeamNetworkPolicy", "elsewhere"},
	{"cilium.io/v3", "CiliumClusterwideNetworkPolicy", "*"},
	{"kyverno.io/v1", "ClusterPolicy", ""},
	{"batch/v1beta1", "CronJob", ""},
	{"v1", "ConfigMap", ""},
}

// oldBlocks are blocks that only objects of old servers have, and how programs read them.
var oldBlocks = map[string][]string{
	"10.1.2.3/16":    {"10.1.0.0/16", "10.1.2.3/32"},
	"203.0.113.9/24": {"203.0.113.0/24", "203.0.113.9/32"},
}

// nodeAddresses has an address for every set of the blocks that an address can be in.
var nodeAddresses = []string{
	"8.8.8.8", "10.9.9.9", "10.1.9.9", "10.1.2.9", "10.1.2.3", "203.0.113.200", "203.0.113.100", "203.0.113.7", "203.0.113.9",
	"2001:4860::1", "fd00::1", "2001:db8::1", "2001:db8:1::1", "2001:db8:8000::1",
}

// odd is a cluster with things that answers must not depend on, or cannot be sure of.
type odd struct {
	*cluster
	host     map[string]bool // workloads on the host network, by their names
	foreign  []string        // the pods that objects of other APIs can concern
	readings []naive         // the policies, as programs can read them
	text     string
}

var odds = rapid.Custom(func(t *rapid.T) *odd {
	d := drawer{t}
	o := &odd{cluster: d.cluster(), host: map[string]bool{}}
	for _, p := range o.policies {
		d.age(p)
	}
	all := o.objects()
	for i, w := range o.workloads {
		if d.chance(15) {
			o.host[w.String()] = true
			podSpec(all[len(o.spaces)+i])["hostNetwork"] = true
		}
	}
	for i, f := range foreignKinds {
		if d.chance(4) {
			metadata := object{"name": fmt.Sprintf("f%d", i)}
			if f.concerns != "" && f.concerns != "*" {
				metadata["namespace"] = f.concerns
			}
			o.foreign = append(o.foreign, f.concerns)
			all = append(all, object{"apiVersion": f.apiVersion, "kind": f.kind, "metadata": metadata, "spec": object{}})
		}
	}
	for i := range 2 {
		n, old := o.naive(), false
		for _, p := range n {
			for _, b := range blocksOf(p) {
				if readings := oldBlocks[b.CIDR]; readings != nil {
					b.CIDR, old = readings[i], true
				}
			}
		}
		if i == 0 || old {
			o.readings = append(o.readings, n, n.open())
		}
	}
	o.text = writer{rand.New(rand.NewPCG(o.seed, 2))}.documents(all)
	return o
})

// age turns a policy into one that an old server stored, with an old block.
func (d drawer) age(policy object) {
	if !d.chance(10) {
		return
	}
	spec := policy["spec"].(object)
	rule := object{"from": []any{object{"ipBlock": object{"cidr": pick(d, slices.Sorted(maps.Keys(oldBlocks))...)}}}}
	old, _ := spec["ingress"].([]any)
	spec["ingress"] = append(slices.Clone(old), rule)
	policy["metadata"].(object)["uid"] = "0f0e7b3c"
	policy["status"] = object{}
}

// blocksOf lists the blocks of addresses of a policy.
func blocksOf(p networkingv1.NetworkPolicy) []*networkingv1.IPBlock {
	var peers []networkingv1.NetworkPolicyPeer
	for _, r := range p.Spec.Ingress {
		peers = append(peers, r.From...)
	}
	for _, r := range p.Spec.Egress {
		peers = append(peers, r.To...)
	}
	var out []*networkingv1.IPBlock
	for _, x := range peers {
		if x.IPBlock != nil {
			out = append(out, x.IPBlock)
		}
	}
	return out
}

// podSpec returns the spec of the pods of a workload.
func podSpec(o object) object {
	spec := o["spec"].(object)
	for _, key := range []string{"jobTemplate", "spec", "template", "spec"} {
		if inner, ok := spec[key].(object); ok {
			spec = inner
		}
	}
	return spec
}

// possible returns all that an end of a question may be, for all that nothing states.
func (o *odd) possible(v *Model, e asked) []end {
	var out []end
	if !o.host[e.name] {
		out = anyLabels(v, e.end)
		if !o.fitsOnlyHosts(v, e) {
			return out
		}
	}
	for _, a := range nodeAddresses {
		out = append(out, end{addr: netip.MustParseAddr(a)})
	}
	return out
}

// fitsOnlyHosts reports whether the workloads that policies cannot tell from a pod are on the host network.
func (o *odd) fitsOnlyHosts(v *Model, e asked) bool {
	keys, _ := v.keys()
	hosts := 0
	for _, w := range o.ends[:len(o.workloads)] {
		fits := w.ns == e.ns && (len(e.labels) == 0 || inventory.Carries(w.labels, e.labels))
		for k := range w.labels {
			_, has := e.labels[k]
			fits = fits && (has || !slices.Contains(keys, k))
		}
		switch {
		case w.name == e.name, fits && !o.host[w.name]:
			return false
		case fits:
			hosts++
		}
	}
	return hosts > 0
}

// verdict returns the answer that all readings agree on.
func (o *odd) verdict(from, to []end, p on) Verdict {
	permitted := o.readings[0].permits(from[0], to[0], p)
	for _, n := range o.readings {
		for _, f := range from {
			for _, x := range to {
				if n.permits(f, x, p) != permitted {
					return Unknown
				}
			}
		}
	}
	if permitted {
		return Permitted
	}
	return Denied
}

// mayPermit reports whether a side of a connection is permitted by some reading. What the containers of a
// pod that is no workload call their ports is open.
func (o *odd) mayPermit(d relation.Direction, from, to []end, p on, listens bool) bool {
	for _, n := range o.readings {
		for _, f := range from {
			for _, x := range to {
				if !listens {
					for _, name := range portNames {
						x.listen = append(slices.Clone(x.listen), listen{name, p.protocol, p.number})
					}
				}
				own, peer, kind := f, x, networkingv1.PolicyTypeEgress
				if d == relation.Ingress {
					own, peer, kind = x, f, networkingv1.PolicyTypeIngress
				}
				if n.side(kind, own, peer, x, p) {
					return true
				}
			}
		}
	}
	return false
}

// touched reports whether an object of another API can concern a pod.
func (o *odd) touched(e asked) bool {
	return !e.addr.IsValid() && slices.ContainsFunc(o.foreign, func(f string) bool { return f == "*" || f == e.ns })
}

// TestCells asks about random manifests as people find them: with policies of other APIs, stray and old
// objects, pods on the host network, and all that YAML allows. An answer is undecided where readings
// differ, and nowhere else.
func TestCells(t *testing.T) {
	t.Parallel()
	var cells, undecided atomic.Int64
	full := os.Getenv("ZT_TEST_EFFORT") == "full"
	rapid.Check(t, func(t *rapid.T) {
		o := odds.Draw(t, "manifests")
		inv, diags := inventory.Read([]*source.File{source.NewFile("f.yaml", o.text)}, "")
		if diags.Errors() > 0 {
			t.Fatal(diags, "\n", o.text)
		}
		v, random := viewOfInventory(t, inv), rand.New(rand.NewPCG(o.seed, 1))
		var possible [][]end
		for _, e := range o.ends {
			possible = append(possible, o.possible(v, e))
		}
		for i, from := range o.ends {
			for j, to := range o.ends {
				if from.addr.IsValid() && to.addr.IsValid() || !full && random.IntN(4) > 0 {
					continue
				}
				for range 4 {
					port := ports[random.IntN(len(ports))]
					question := fmt.Sprintf("%s -> %s :%s", from.name, to.name, port)
					q, err := v.Query(question)
					if err != nil {
						t.Fatal(err)
					}
					got, want := v.Why(q).Verdict(), o.verdict(possible[i], possible[j], port)
					touched := [2]bool{relation.Egress: o.touched(from), relation.Ingress: o.touched(to)}
					for d, other := range [2]relation.Direction{relation.Ingress, relation.Egress} {
						if touched[d] && (touched[other] || o.mayPermit(other, possible[i], possible[j], port, o.isNamed(j))) {
							want = Unknown
						}
					}
					if got != want {
						t.Fatalf("%s: %s, want %s\n%s", question, got, want, o.text)
					}
					cells.Add(1)
					if got == Unknown {
						undecided.Add(1)
					}
				}
			}
		}
	})
	t.Logf("%d cells, %d undecided", cells.Load(), undecided.Load())
	if full && cells.Load() < 100_000 {
		t.Errorf("only %d cells", cells.Load())
	}
}
