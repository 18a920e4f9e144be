package model

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// TestDenies compiles programs that forbid, three for each check, and holds what is said of them
// against the emitted objects, by the simple evaluator: a program without complaint permits nothing
// that it forbids, and each connection that a complaint shows is permitted, and forbidden.
func TestDenies(t *testing.T) {
	t.Parallel()
	programs, silent, witnesses := 0, 0, 0
	each := 3
	if testing.Short() {
		each = 1
	}
	rapid.Check(t, func(t *rapid.T) {
		for i := range each {
			x := rapid.Custom(func(t *rapid.T) example { return draw(t, true) }).Draw(t, fmt.Sprint("program ", i))
			w := expand(x.program)
			if len(w.denies) == 0 {
				continue
			}
			_, diags, err := compile(x.program, x.text)
			if err != nil {
				t.Fatal(err)
			}
			objects := x.objects(t, x.compile(t, w), target.ByTier)
			u := w.universe()
			programs++
			if !hasCode(diags, diag.Denied, diag.Isolated, diag.PossiblyDenied, diag.DenyNotEnforced) {
				silent++
				for _, d := range w.denies {
					if open := u.open(d, objects); open != "" {
						t.Fatalf("nothing is reported, and %s", open)
					}
				}
			}
			for _, d := range diags {
				if at := witness.FindStringSubmatch(d.Message); at != nil {
					witnesses++
					if problem := u.confirm(at[1]+at[4], at[2]+at[5], at[3], d.Code, objects); problem != "" {
						t.Fatalf("%s\n%s", problem, d.Message)
					}
				}
			}
		}
	})
	t.Logf("%d programs, %d of them without complaint, %d witnesses", programs, silent, witnesses)
	if programs < 25 || silent < programs/20 || witnesses < programs/4 {
		t.Error("this tries too little")
	}
}

// open returns a connection that a deny forbids, that objects permit, and that a program could decide.
func (u *universe) open(d denial, objects *cluster) (found string) {
	if d.path || d.oneself {
		return ""
	}
	written := u.blocksAreWritten()
	u.forbidden(d, func(s, t *party, cases []portCase) bool {
		l := objects.link(s, t)
		for _, c := range cases {
			to := *t
			to.ports = c.names
			if l.to = &to; l.permits(c.on) && u.decided(d, s, t) && (written || !s.supposed && !t.supposed) {
				found = fmt.Sprintf("denied and permitted: from %v\nto %v\non %v", s, &to, c.on)
			}
		}
		return found == ""
	})
	return found
}

// witness is how a diagnostic shows a connection: by an edge, or because nothing isolates both sides.
var witness = regexp.MustCompile(`^(?:this edge|resolving names) (?:lets|could let) (\S+) reach (\S+) on (\S+), which` +
	`|^nothing stops (\S+) from reaching (\S+), which`)

// confirm reports what is wrong with a connection that a diagnostic shows: it must be denied, and
// permitted in one of the readings of address blocks.
func (u *universe) confirm(from, to, on string, code diag.Code, objects *cluster) string {
	for _, s := range u.places(from) {
		for _, t := range u.places(to) {
			port := port{"tcp", 7777}
			if on != "" {
				t.ports, port = portOf(on)
			}
			denied := slices.ContainsFunc(u.w.denies, func(d denial) bool {
				if on == "" { // on each port that is denied
					p := d.ports[0]
					port.protocol, port.number = p.transport(), max(p.low, 1)
					if p.low == 0 && !p.any {
						t.ports = map[string]int{p.name + "/" + p.transport(): 1}
					}
				}
				return !d.path && (code == diag.PossiblyDenied || d.code() == code) && u.w.contains(d.from, s) && u.w.contains(d.to, t) &&
					slices.ContainsFunc(d.ports, func(p portSpec) bool { return p.matches(t, port) })
			})
			if denied && objects.link(s, t).permits(port) {
				return ""
			}
		}
	}
	return "this connection is not both permitted and denied:"
}

// places returns a party by its text: in both readings of address blocks, at each address that a
// pod can have.
func (u *universe) places(text string) []*party {
	if a, err := netip.ParseAddr(text); err == nil {
		return []*party{{addr: a}}
	}
	space, labels, _ := strings.Cut(text, "/")
	pod := party{space: space, spaceLabels: map[string]string{"kubernetes.io/metadata.name": space}, labels: map[string]string{}}
	if n := u.w.spaces[space]; n != nil {
		pod.spaceLabels = n.labels
	} else if name, with, ok := strings.Cut(space, "-with-"); ok {
		pod.space, pod.spaceLabels[nameKey] = name, name
		for _, label := range strings.Split(with, "-and-") {
			key, value, _ := strings.Cut(label, "=")
			pod.spaceLabels[key] = value
		}
	}
	for _, label := range strings.Split(strings.Trim(labels, "{}"), ",") {
		if key, value, ok := strings.Cut(label, "="); ok {
			pod.labels[key] = value
		}
	}
	out := []*party{&pod}
	for _, x := range u.parties {
		if !x.isPod() && (anyHas(u.w.network.pods, x.addr) || len(u.w.network.pods) == 0 && anyPrefix(private, x.addr)) {
			at := pod
			at.at = x.addr
			out = append(out, &at)
		}
	}
	return out
}

// portOf reads [NAME=...]NUMBER/PROTOCOL, or the NAME/PROTOCOL of a container's port.
func portOf(text string) (map[string]int, port) {
	text, protocol, _ := strings.Cut(text, "/")
	parts := strings.Split(text, "=")
	number, err := strconv.Atoi(parts[len(parts)-1])
	if err == nil {
		parts = parts[:len(parts)-1]
	} else {
		number = 40000
	}
	names := map[string]int{}
	for _, name := range parts {
		names[name+"/"+protocol] = number
	}
	return names, port{protocol, number}
}
