package model

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/programs anew")

const (
	corpus     = "testdata/programs"
	corpusSize = 200
)

// TestCorpus checks that testdata/programs holds what the generator draws. Tests of other packages
// read these programs: those of queries, and those that make real connections.
func TestCorpus(t *testing.T) {
	t.Parallel()
	texts := corpusTexts(t)
	if *update {
		if err := os.RemoveAll(corpus); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(corpus, 0o755); err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			if err := os.WriteFile(corpusFile(i), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := os.ReadDir(corpus)
	if err != nil || len(files) != len(texts) {
		t.Fatalf("%d programs, want %d: write them anew with -update (%v)", len(files), len(texts), err)
	}
	for i, text := range texts {
		if file, err := os.ReadFile(corpusFile(i)); err != nil || string(file) != text {
			t.Fatalf("%s is not what the generator draws: write it anew with -update (%v)", corpusFile(i), err)
		}
	}
}

func corpusFile(i int) string { return filepath.Join(corpus, fmt.Sprintf("%03d.zt", i)) }

// corpusTexts draws the programs, in the plain spelling: no options, no denies, objects to apply,
// few enough pods that each can try to connect to each, and no pod in an address block, since the
// API does not say whether a block matches pods. They are for no plugin.
func corpusTexts(t *testing.T) []string {
	pods := prefixes("10.244.0.0/16", "fd00:10:244::/64")
	var out []string
	for i := 0; len(out) < corpusSize; i++ {
		p := examples.Example(i).program
		p.network.pods, p.network.plugin = nil, ""
		for _, b := range pods {
			p.network.pods = append(p.network.pods, addressBlock{cidr: b})
		}
		w := expand(p)
		if p.defaultSpace != "" || p.chosen != "" || len(w.edges) < 4 || len(w.tiers) > 12 || slices.ContainsFunc(w.edges, func(c connection) bool {
			return overlaps(c.from, pods) || overlaps(c.to, pods)
		}) {
			continue
		}
		text := p.print(0, false)
		topo, _, err := compile(p, text)
		if err != nil {
			t.Fatal(err)
		}
		if topo == nil {
			continue
		}
		stream, err := emit(topo, layouts[0])
		if err != nil {
			t.Fatal(err)
		}
		if len(stream) > 0 {
			out = append(out, text.files[fileName(0)])
		}
	}
	return out
}

// overlaps reports whether an endpoint has addresses in a network.
func overlaps(e endpoint, networks []netip.Prefix) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool {
		return slices.ContainsFunc(e.blocks, func(b addressBlock) bool {
			return b.cidr.Overlaps(n) && !slices.ContainsFunc(b.except, func(x netip.Prefix) bool { return x.Bits() <= n.Bits() && x.Contains(n.Addr()) })
		})
	})
}
