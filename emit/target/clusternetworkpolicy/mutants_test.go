package clusternetworkpolicy_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/clusternetworkpolicy"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
)

// guarded is a program with its policies and guardrails.
type guarded struct {
	text     string
	topology *topology.Topology
	policies []manifest.File
	guards   []any // the objects, as JSON has them
}

func build(t *testing.T, program string) guarded {
	t.Helper()
	top, diags, err := compiler.Program(fstest.MapFS{"p.zt": {Data: []byte(program)}}, []compiler.Input{{Path: "p.zt", Name: "p.zt"}}, nil, compiler.Options{})
	if err != nil || diags.Errors() > 0 || top == nil {
		t.Fatalf("%v %v\n%s", err, diags, program)
	}
	g := guarded{text: program, topology: top}
	objects, _ := networkpolicy.Target{}.Lower(top, target.Options{})
	g.policies = []manifest.File{{Data: objects.Stream(manifest.FormatYAML)}}
	guards, more := clusternetworkpolicy.Target{}.Lower(top, target.Options{})
	if more.Errors() > 0 {
		t.Fatalf("%v\n%s", more, program)
	}
	for document := range strings.SplitSeq(string(guards.Stream(manifest.FormatYAML)), manifest.Separator) {
		var o any
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatal(err)
		}
		if o != nil {
			g.guards = append(g.guards, o)
		}
	}
	return g
}

// check returns what the proof finds with other guardrails than those of the program.
func (g guarded) check(t *testing.T, guards []any) (proof.GuardDifference, error) {
	t.Helper()
	var files []manifest.File
	if len(guards) > 0 {
		data, err := manifest.MarshalObjects(guards, manifest.FormatYAML, false)
		if err != nil {
			t.Fatal(err)
		}
		files = []manifest.File{{Data: data}}
	}
	return proof.CompareGuards(g.topology, networkpolicy.Target{}, g.policies, clusternetworkpolicy.Target{}, files, manifest.FormatYAML)
}

// What an API server makes of objects, one connection at a time. It shares nothing with zt's evaluation.

func matches(selector any, labels map[string]string) bool {
	s, _ := selector.(map[string]any)
	ml, _ := s["matchLabels"].(map[string]any)
	for k, v := range ml {
		if got, there := labels[k]; !there || got != v.(string) {
			return false
		}
	}
	es, _ := s["matchExpressions"].([]any)
	for _, e := range es {
		e := e.(map[string]any)
		value, there := labels[e["key"].(string)]
		values, _ := e["values"].([]any)
		listed := there && slices.Contains(values, any(value))
		switch e["operator"] {
		case "In":
			if !listed {
				return false
			}
		case "NotIn":
			if listed {
				return false
			}
		case "Exists":
			if !there {
				return false
			}
		case "DoesNotExist":
			if there {
				return false
			}
		}
	}
	return true
}

func selects(peer map[string]any, p relation.Party) bool {
	if p.Namespace == "" {
		names, _ := peer["domainNames"].([]any)
		if slices.ContainsFunc(names, func(n any) bool { return hasName(n.(string), p.Host) }) {
			return true
		}
		networks, _ := peer["networks"].([]any)
		return slices.ContainsFunc(networks, func(n any) bool { return netip.MustParsePrefix(n.(string)).Contains(p.Addr) })
	}
	if n, ok := peer["namespaces"]; ok {
		return matches(n, p.NamespaceLabels)
	}
	if pods, ok := peer["pods"].(map[string]any); ok {
		return matches(pods["namespaceSelector"], p.NamespaceLabels) && matches(pods["podSelector"], p.Labels)
	}
	networks, _ := peer["networks"].([]any) // a pod may have any private address
	return slices.Contains(networks, any("0.0.0.0/0")) && slices.Contains(networks, any("::/0"))
}

// hasName reports whether a domain name, which can begin with *. for one label or more, has a name.
func hasName(domain, name string) bool {
	domain = strings.TrimSuffix(strings.ToLower(domain), ".")
	rest, below := strings.CutPrefix(domain, "*")
	return !below && domain == name || below && len(name) > len(rest) && strings.HasSuffix(name, rest)
}

func onPort(protocols []any, port relation.Port) bool {
	if protocols == nil {
		return true
	}
	for _, p := range protocols {
		d, ok := p.(map[string]any)[strings.ToLower(port.Protocol.String())].(map[string]any)
		if !ok {
			continue
		}
		at := d["destinationPort"].(map[string]any)
		if n, ok := at["number"].(float64); ok && int(n) == port.Number {
			return true
		}
		if r, ok := at["range"].(map[string]any); ok && int(r["start"].(float64)) <= port.Number && port.Number <= int(r["end"].(float64)) {
			return true
		}
	}
	return false
}

// decide returns what the tier Admin decides on a side of a connection; "" if nothing.
func decide(guards []any, c relation.Connection, direction string) string {
	own, peer, list := c.To, c.From, "from"
	if direction == "egress" {
		own, peer, list = c.From, c.To, "to"
	}
	if own.Namespace == "" {
		return ""
	}
	ordered := slices.Clone(guards)
	specOf := func(o any) map[string]any { return o.(map[string]any)["spec"].(map[string]any) }
	slices.SortStableFunc(ordered, func(a, b any) int { return int(specOf(a)["priority"].(float64) - specOf(b)["priority"].(float64)) })
	for _, o := range ordered {
		spec := specOf(o)
		if spec["tier"] != "Admin" || !selects(spec["subject"].(map[string]any), own) {
			continue
		}
		rules, _ := spec[direction].([]any)
		for _, r := range rules {
			r := r.(map[string]any)
			protocols, _ := r["protocols"].([]any)
			if !onPort(protocols, c.Port) {
				continue
			}
			for _, p := range r[list].([]any) {
				if selects(p.(map[string]any), peer) {
					return r["action"].(string)
				}
			}
		}
	}
	return ""
}

// world is what is tried: pods, addresses and ports at which something can change.
type world struct {
	parties []relation.Party
	ports   []relation.Port
}

func worldOf(g guarded) world {
	var w world
	spaces := map[string]map[string]string{}
	for _, n := range g.topology.Namespaces {
		spaces[n.Name] = n.Labels
	}
	for _, env := range []string{"dev", "prod", "test"} {
		spaces["elsewhere-"+env] = map[string]string{"env": env, topology.NameLabel: "elsewhere-" + env}
	}
	spaces["elsewhere"] = map[string]string{topology.NameLabel: "elsewhere"}
	for name, labels := range spaces {
		for _, app := range []string{"", "web", "api", "db"} {
			pod := map[string]string{}
			if app != "" {
				pod["app"] = app
			}
			w.parties = append(w.parties, relation.Party{Namespace: name, NamespaceLabels: labels, Labels: pod})
		}
		w.parties = append(w.parties, relation.Party{Namespace: name, NamespaceLabels: labels, Labels: map[string]string{"app": "web", "more": "x"}})
	}
	for _, a := range []string{"203.0.113.7", "203.0.113.200", "198.51.100.1", "2001:db8::1", "8.8.8.8"} {
		w.parties = append(w.parties, relation.Party{Addr: netip.MustParseAddr(a)})
	}
	for _, name := range []string{"api.example.com", "www.example.com", "b.example.com", "a.b.example.com", "x.a.b.example.com"} {
		w.parties = append(w.parties, relation.Party{Addr: netip.MustParseAddr("8.8.8.8"), Host: name})
	}
	w.parties = append(w.parties, relation.Party{Addr: netip.MustParseAddr("203.0.113.7"), Host: "api.example.com"})
	for _, p := range []relation.Protocol{relation.TCP, relation.UDP} {
		for _, n := range []int{1, 22, 80, 90, 91} {
			w.ports = append(w.ports, relation.Port{Protocol: p, Number: n})
		}
	}
	return w
}

// judgement is what is wrong with guardrails, found one connection at a time.
type judgement struct{ more, less, left bool }

// judge tries every connection of a world.
func (g guarded) judge(t *testing.T, w world, guards []any, only *relation.Connection) (found judgement) {
	t.Helper()
	facts := semantics.Facts(g.topology)
	policies, err := networkpolicy.Target{}.Read(g.policies, manifest.FormatYAML)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := policies.Relation(facts)
	if err != nil {
		t.Fatal(err)
	}
	sides := map[string]*relation.Relation{}
	for d, direction := range []string{relation.Egress: "egress", relation.Ingress: "ingress"} {
		one := relation.NewRelation(facts)
		one.RuleSets[d] = whole.RuleSets[d]
		sides[direction] = one
	}
	denied := proof.Denied(g.topology, clusternetworkpolicy.Target{})
	backwards := slices.Clone(guards) // either of two policies with one priority can come first
	slices.Reverse(backwards)
	try := func(c relation.Connection) {
		forbidden := slices.ContainsFunc(denied, func(d target.Connections) bool {
			return c.From.Namespace != "" && d.From.Has(c.From) && d.To.Has(c.To) && d.Ports.Overlaps(relation.RangeOf(relation.PortRange{Protocol: c.Port.Protocol, Low: c.Port.Number, High: c.Port.Number}))
		})
		want := whole.Permits(c) || g.named(c)
		for _, order := range [][]any{guards, backwards} {
			permitted, blocked := true, false
			for direction, side := range sides {
				switch decide(order, c, direction) {
				case "Deny":
					permitted, blocked = false, true
				case "Accept":
				default:
					permitted = permitted && side.Permits(c)
				}
			}
			found.more = found.more || permitted && !want
			found.less = found.less || !permitted && want && !forbidden
			found.left = found.left || forbidden && !blocked
		}
	}
	if only != nil {
		try(*only)
		return found
	}
	for _, from := range w.parties {
		for _, to := range w.parties {
			if from.Namespace == "" && to.Namespace == "" {
				continue
			}
			for _, port := range w.ports {
				try(relation.Connection{From: from, To: to, Port: port})
			}
		}
	}
	return found
}

// named reports whether an edge to DNS names permits a connection, which no NetworkPolicy does.
func (g guarded) named(c relation.Connection) bool {
	for _, e := range g.topology.Edges {
		from := slices.ContainsFunc(semantics.Peers(e.From), func(p relation.Peer) bool { return c.From.Namespace != "" && p.Has(c.From) })
		to := c.To.Host != "" && slices.ContainsFunc(e.To.Hosts(), func(h topology.Host) bool { return hasName(h.Name, c.To.Host) })
		if from && to && e.Ports.Overlaps(relation.RangeOf(relation.PortRange{Protocol: c.Port.Protocol, Low: c.Port.Number, High: c.Port.Number})) {
			return true
		}
	}
	return false
}

// mutant is guardrails with one change.
type mutant struct {
	what   string
	guards []any
}

// mutants changes each place of the objects in each way.
func mutants(guards []any) (out []mutant) {
	add := func(what string, change func(root []any) []any) {
		out = append(out, mutant{what, change(copied(guards))})
	}
	for i := range guards {
		name := guards[i].(map[string]any)["metadata"].(map[string]any)["name"]
		add(fmt.Sprintf("drop %s", name), func(root []any) []any { return slices.Delete(root, i, i+1) })
		add(fmt.Sprintf("%s in the tier Baseline", name), func(root []any) []any {
			root[i].(map[string]any)["spec"].(map[string]any)["tier"] = "Baseline"
			return root
		})
		for _, p := range []float64{0, 1000} {
			add(fmt.Sprintf("%s at the priority %v", name, p), func(root []any) []any {
				root[i].(map[string]any)["spec"].(map[string]any)["priority"] = p
				return root
			})
		}
		spec := guards[i].(map[string]any)["spec"]
		walk(spec, []any{}, func(path []any, v any) {
			at := fmt.Sprintf("%s %v", name, path)
			set := func(what string, change func(parent any, key any)) {
				add(at+": "+what, func(root []any) []any {
					parent := root[i].(map[string]any)["spec"]
					for _, k := range path[:len(path)-1] {
						parent = child(parent, k)
					}
					change(parent, path[len(path)-1])
					return root
				})
			}
			switch v := v.(type) {
			case []any:
				for n := range v {
					set(fmt.Sprintf("drop %d", n), func(parent, key any) {
						put(parent, key, slices.Delete(slices.Clone(child(parent, key).([]any)), n, n+1))
					})
				}
				if len(v) > 1 {
					set("turn round", func(parent, key any) {
						list := slices.Clone(child(parent, key).([]any))
						slices.Reverse(list)
						put(parent, key, list)
					})
				}
			case map[string]any:
				last := path[len(path)-1]
				if last == "matchLabels" {
					for k := range v {
						set("drop "+k, func(parent, key any) { delete(child(parent, key).(map[string]any), k) })
						set("another "+k, func(parent, key any) { child(parent, key).(map[string]any)[k] = "api" })
					}
					set("one more", func(parent, key any) { child(parent, key).(map[string]any)["more"] = "x" })
				}
				if last == "namespaces" || last == "namespaceSelector" || last == "podSelector" {
					set("narrow", func(parent, key any) {
						put(child(parent, key), "matchLabels", map[string]any{"more": "x"})
					})
				}
			case string:
				if path[len(path)-1] == "action" {
					for _, other := range []string{"Accept", "Deny", "Pass"} {
						set(other, func(parent, key any) { put(parent, key, other) })
					}
				}
				if len(path) > 1 && path[len(path)-2] == "domainNames" {
					for _, other := range []string{"*." + v, "www.example.com", "*.example.com", strings.ToUpper(v) + "."} {
						set(other, func(parent, key any) { put(parent, key, other) })
					}
				}
				if path[len(path)-1] == "operator" {
					for _, other := range []string{"In", "NotIn"} {
						set(other, func(parent, key any) { put(parent, key, other) })
					}
				}
			case float64:
				if path[len(path)-1] != "priority" {
					for _, other := range []float64{v - 1, v + 1} {
						set(fmt.Sprint(other), func(parent, key any) { put(parent, key, other) })
					}
				}
			}
		})
	}
	if len(guards) > 1 {
		add("two priorities swapped", func(root []any) []any {
			a, b := root[0].(map[string]any)["spec"].(map[string]any), root[1].(map[string]any)["spec"].(map[string]any)
			a["priority"], b["priority"] = b["priority"], a["priority"]
			return root
		})
		add("one priority for two", func(root []any) []any {
			a, b := root[0].(map[string]any)["spec"].(map[string]any), root[1].(map[string]any)["spec"].(map[string]any)
			a["priority"] = b["priority"]
			return root
		})
	}
	return out
}

func copied(v []any) (out []any) {
	data, _ := json.Marshal(v)
	_ = json.Unmarshal(data, &out)
	return out
}

func walk(v any, path []any, do func(path []any, v any)) {
	if len(path) > 0 {
		do(slices.Clone(path), v)
	}
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			walk(x, append(path, k), do)
		}
	case []any:
		for i, x := range v {
			walk(x, append(path, i), do)
		}
	}
}

func child(parent, key any) any {
	if i, ok := key.(int); ok {
		return parent.([]any)[i]
	}
	return parent.(map[string]any)[key.(string)]
}

func put(parent, key, value any) {
	if i, ok := key.(int); ok {
		parent.([]any)[i] = value
		return
	}
	parent.(map[string]any)[key.(string)] = value
}

// randomProgram declares tiers, edges, and denials that the edges do not violate.
func randomProgram(r *rand.Rand) string {
	var b strings.Builder
	hosts := r.IntN(2) == 0
	b.WriteString("environment dev, prod by env\nnetwork { pods 10.244.0.0/16 }\n")
	if hosts {
		b.WriteString("external bank { host api.example.com, host *.b.example.com }\n")
	} else {
		b.WriteString("dns off\n")
	}
	for _, n := range []string{"shop", "other"} {
		fmt.Fprintf(&b, "namespace %s %s{\n", n, []string{"", "isolates ingress ", "isolates egress ", "isolates nothing "}[r.IntN(4)])
		if n == "shop" && r.IntN(2) == 0 {
			b.WriteString("  labels env=prod\n")
		}
		b.WriteString("  tier web, api, db by app\n}\n")
	}
	parties := []string{"shop/web", "shop/api", "shop/db", "other/web", "other/db", "shop/*", "dev", "prod", "cluster", "203.0.113.0/24", "203.0.113.0/25", "internet"}
	pick := func() string { return parties[r.IntN(len(parties))] }
	port := func() string {
		return []string{" :any", " :80", " :80-90", " :80/udp, 22", " :1-65535"}[r.IntN(5)]
	}
	for range r.IntN(4) {
		fmt.Fprintf(&b, "shop/%s -> %s%s\n", []string{"web", "api", "db"}[r.IntN(3)], pick(), port())
	}
	for range r.IntN(3) {
		if hosts {
			fmt.Fprintf(&b, "shop/%s -> bank%s\n", []string{"web", "api", "*"}[r.IntN(3)], port())
		}
	}
	for range 1 + r.IntN(3) {
		if r.IntN(5) == 0 {
			b.WriteString("isolate dev, prod\n")
		} else {
			fmt.Fprintf(&b, "deny %s -> %s%s\n", pick(), pick(), port())
		}
	}
	return b.String()
}

func seed(t *testing.T) uint64 {
	t.Helper()
	if text := os.Getenv("SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 1
}

// programs are those of the tests: some by hand, and random ones of which zt accepts the denials.
func programs(t *testing.T, n int) (out []guarded) {
	t.Helper()
	const declared = "environment dev, prod by env\nnetwork { pods 10.244.0.0/16 }\nnamespace shop { tier web, api, db by app }\nnamespace other { tier web, api, db by app }\n"
	for _, text := range []string{
		"external bank { host api.example.com, host *.b.example.com, 203.0.113.0/25 }\nshop/web -> bank :80\nshop/api -> bank :90-91\ndeny shop/web -> shop/db\ndeny shop/db -> internet\n",
		"dns off\nshop/web -> shop/api :80\ndeny shop/web -> shop/db\ndeny shop/db -> internet\n",
		"dns off\nisolate dev, prod\n",
		"dns off\nshop/web -> shop/db :80\ndeny other/* -> shop/db :80-90, 22/udp\ndeny shop/web -> all :22\n",
	} {
		out = append(out, build(t, declared+text))
	}
	r := rand.New(rand.NewPCG(seed(t), 3))
	for tries := 0; len(out) < n; tries++ {
		if tries > 100*n {
			t.Fatal("random programs have too many errors")
		}
		text := randomProgram(r)
		top, diags, err := compiler.Program(fstest.MapFS{"p.zt": {Data: []byte(text)}}, []compiler.Input{{Path: "p.zt", Name: "p.zt"}}, nil, compiler.Options{})
		if err == nil && top != nil && diags.Errors() == 0 {
			out = append(out, build(t, text))
		}
	}
	return out
}

// What zt emits for programs is right, by the proof and one connection at a time.
func TestGuardsAreProven(t *testing.T) {
	n := 40
	if testing.Short() {
		n = 8
	}
	objects := 0
	for _, g := range programs(t, n) {
		objects += len(g.guards)
		if d, err := g.check(t, g.guards); err != nil || d != (proof.GuardDifference{}) {
			t.Errorf("%+v, %v\n%s", d, err, g.text)
		}
		if found := g.judge(t, worldOf(g), g.guards, nil); found != (judgement{}) {
			t.Errorf("%+v\n%s", found, g.text)
		}
	}
	if objects < n/2 {
		t.Errorf("only %d guardrails", objects)
	}
}

// The proof finds every change that some connection shows, and every connection that it shows is one.
func TestGuardMutants(t *testing.T) {
	n := 6
	if testing.Short() {
		n = 2
	}
	var all, caught, harmless, refused int
	for _, g := range programs(t, n)[:n] {
		w := worldOf(g)
		for _, m := range mutants(g.guards) {
			all++
			d, err := g.check(t, m.guards)
			if err != nil {
				refused++
				continue
			}
			if d == (proof.GuardDifference{}) {
				harmless++
				if found := g.judge(t, w, m.guards, nil); found != (judgement{}) {
					t.Errorf("%s: the proof misses %+v\n%s", m.what, found, g.text)
				}
				continue
			}
			caught++
			for _, shown := range []struct {
				c    *relation.Connection
				want judgement
			}{{d.More, judgement{more: true}}, {d.Less, judgement{less: true}}, {d.Left, judgement{left: true}}} {
				if shown.c == nil {
					continue
				}
				found := g.judge(t, w, m.guards, shown.c)
				if shown.want.more && !found.more || shown.want.less && !found.less || shown.want.left && !found.left {
					t.Errorf("%s: %v shows nothing: %+v, want %+v\n%s", m.what, shown.c, found, shown.want, g.text)
				}
			}
		}
	}
	t.Logf("%d mutants: %d caught, %d harmless, %d not valid", all, caught, harmless, refused)
	if caught < all/3 || harmless == 0 || refused == 0 {
		t.Error("too few mutants are caught, harmless or not valid")
	}
}

// A mistake is a bug of zt, with an example.
func TestGuardsAreReported(t *testing.T) {
	g := build(t, "dns off\nnamespace shop { tier web, db by app }\ndeny shop/web -> shop/db\n")
	diags := proof.CheckGuards(g.topology, networkpolicy.Target{}, g.policies, clusternetworkpolicy.Target{}, nil, manifest.FormatYAML)
	if len(diags) != 1 || diags[0].Code != diag.GuardOpen || !strings.Contains(diags[0].Message, "shop/{app=web}") {
		t.Errorf("%v", diags)
	}
}
