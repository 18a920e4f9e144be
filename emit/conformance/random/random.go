// Package random writes random topologies, small enough that every pair of
// their pods can be probed: some namespaces and tiers, numbered, ranged and named ports, networks
// outside in the address ranges that are set apart for examples, and environments. They
// have no denies, which never change what is permitted.
package random

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Pods is where the topologies say that pods are; no other network of theirs
// is in it.
const Pods = "10.244.0.0/16, fd00:10:244::/64"

// tier is what edges must know of a tier.
type tier struct {
	namespace, name string
	ports           []string // as an edge may name them; none where the tier does not say
}

func (t tier) String() string { return t.namespace + "/" + t.name }

type generator struct {
	r       *rand.Rand
	out     strings.Builder
	tiers   []tier
	parties []string // all others that an edge may name
	written map[string]bool
}

// Topology writes a topology: the same one for the same numbers of r.
func Topology(r *rand.Rand) string {
	g := &generator{r: r, written: map[string]bool{}}
	g.declare()
	for range 3 + r.IntN(6) {
		g.edge()
	}
	return g.out.String()
}

// Change writes two topologies with the same declarations, of which each has
// edges that the other has not, and one that has the edges of both.
func Change(r *rand.Rand) (before, after, both string) {
	g := &generator{r: r, written: map[string]bool{}}
	g.declare()
	declarations := g.out.String()
	edges := func(n int) string {
		g.out.Reset()
		for range n {
			g.edge()
		}
		return g.out.String()
	}
	kept, removed, added := edges(3+r.IntN(4)), edges(2), edges(2)
	return declarations + kept + removed, declarations + kept + added, declarations + kept + removed + added
}

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func pick[T any](g *generator, of ...T) T { return of[g.r.IntN(len(of))] }

func (g *generator) line(format string, args ...any) { fmt.Fprintf(&g.out, format+"\n", args...) }

func (g *generator) declare() {
	g.line("network {\n  pods %s\n}", Pods)
	g.externals()
	for i, name := range []string{"shop", "data", "edge"}[:1+g.r.IntN(3)] {
		isolates := ""
		if g.chance(35) {
			isolates = " isolates " + pick(g, "ingress", "egress", "nothing")
		}
		if i == 0 && isolates == " isolates nothing" {
			isolates = "" // without a governed namespace, nothing is emitted
		}
		g.line("namespace %s%s {", name, isolates)
		if g.chance(40) {
			g.line("  labels team=%s", pick(g, "red", "blue"))
		}
		g.body([]string{name})
	}
	if g.chance(40) {
		g.environments()
	}
	if g.chance(25) {
		g.line("dns %s", pick(g, "kube-system/* :5353/udp, 5353/tcp", "169.254.20.10/32", "off"))
	}
	g.parties = append(g.parties, "internet", "cluster", "all", "198.51.100.0/25", "2001:db8:9::/64")
}

// body writes what stands in a namespace's block, which may be stamped several times.
func (g *generator) body(stamps []string) {
	names := []string{"web", "api", "db", "job"}
	g.r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, tierName := range names[:1+g.r.IntN(2)] {
		declared, ports := g.listens()
		g.line("  tier %s { %s }%s", tierName, g.selector(tierName), declared)
		for _, stamp := range stamps {
			g.tiers = append(g.tiers, tier{stamp, tierName, ports})
		}
	}
	g.line("}")
	for _, stamp := range stamps {
		g.parties = append(g.parties, stamp+"/*")
	}
}

func (g *generator) environments() {
	by, names := "", []string{"test", "prod"}
	if g.chance(60) {
		by = " by env"
	}
	g.line("environment %s%s {", strings.Join(names, ", "), by)
	g.line("namespace app-$environment {")
	g.body([]string{"app-test", "app-prod"})
	g.line("}")
	g.parties = append(g.parties, names...)
}

func (g *generator) externals() {
	for i := range g.r.IntN(3) {
		blocks := []string{
			"203.0.113.0/24 except 203.0.113.64/26", "198.51.100.128/25", "192.0.2.8/32",
			"2001:db8:1::/48 except (2001:db8:1:1::/64, 2001:db8:1:2::/64)", "2001:db8:2::5/128", "192.168.77.0/24",
		}
		g.r.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
		name := fmt.Sprintf("partner-%d", i)
		g.line("external %s { %s }", name, strings.Join(blocks[:1+g.r.IntN(3)], ", "))
		g.parties = append(g.parties, name)
	}
}

// selector returns a selector that only pods of this tier are likely to match, or one that overlaps with others'.
func (g *generator) selector(name string) string {
	requirements := []string{"role=" + name}
	if g.chance(20) {
		requirements[0] = fmt.Sprintf("role in (%s, %s-worker)", name, name)
	}
	if g.chance(30) {
		requirements = append(requirements, pick(g, "!legacy", "track", "track=canary", "track!=canary", "zone notin (eu, us)"))
	}
	if g.chance(10) {
		requirements = []string{pick(g, "track=canary", "!legacy", "zone in (eu, asia)")}
	}
	return strings.Join(requirements, ", ")
}

// listens returns what a tier declares that it listens on, and how edges may name that.
func (g *generator) listens() (declared string, ports []string) {
	if g.chance(35) {
		return "", nil
	}
	kinds := []struct{ declared, named string }{
		{"8080/tcp", "8080/tcp"}, {"http=8081/tcp", "http"}, {"metrics/tcp", "metrics"}, {"7000-7020/tcp", "7003-7005/tcp"},
		{"5353/udp", "5353/udp"}, {"stats/udp", "stats/udp"}, {"9100-9110/udp", "9110/udp"}, {"7777/sctp", "7777/sctp"},
	}
	g.r.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	var all []string
	for _, k := range kinds[:1+g.r.IntN(3)] {
		all, ports = append(all, k.declared), append(ports, k.named)
	}
	return " :" + strings.Join(all, ", "), ports
}

// edge writes one edge that the program does not have yet, if it finds one soon.
func (g *generator) edge() {
	for range 20 {
		if text := g.draw(); text != "" && !g.written[text] {
			g.written[text] = true
			g.line("%s", text)
			return
		}
	}
}

// draw returns an edge, or nothing where what it drew says nothing.
func (g *generator) draw() string {
	from, to, ports := "", "", ""
	switch n := g.r.IntN(10); {
	case n < 5: // tier to tier
		from = pick(g, g.tiers...).String()
		to = g.tier(&ports)
	case n < 8: // from a wider party
		from = pick(g, g.parties...)
		to = g.tier(&ports)
	default: // to a wider party
		from = pick(g, g.tiers...).String()
		to = pick(g, g.parties...)
		if ports = g.numbers(); g.pods(to) && g.chance(30) {
			ports = g.ports()
		}
	}
	if g.chance(15) && !strings.HasPrefix(from, "all") {
		from += ", " + pick(g, g.tiers...).String()
	}
	return from + " -> " + to + ports
}

// tier picks a tier and sets ports to those of an edge to it.
func (g *generator) tier(ports *string) string {
	t := pick(g, g.tiers...)
	switch {
	case t.ports == nil:
		*ports = g.ports()
	case g.chance(60):
		*ports = " :" + pick(g, t.ports...)
	default:
		*ports = ""
	}
	return t.String()
}

// ports are those of an edge to pods that do not say what they listen on.
func (g *generator) ports() string {
	if g.chance(75) {
		return g.numbers()
	}
	return " :" + pick(g, "http/tcp", "stats/udp", "http/tcp, 81/tcp")
}

func (g *generator) numbers() string {
	return " :" + pick(g, "80/tcp", "80/tcp, 443/tcp", "9000-9003/tcp", "123/udp", "any", "6000/tcp, 6000/udp", "7777/sctp", "65535/tcp", "1/tcp")
}

// pods reports whether a party is of pods, whose containers can name ports.
func (g *generator) pods(party string) bool {
	return strings.HasSuffix(party, "/*") || party == "cluster" || party == "test" || party == "prod"
}
