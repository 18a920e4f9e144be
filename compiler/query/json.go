package query

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"maps"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/safe"
)

// The forms that answers have as JSON.
type (
	// ConnectionJSON is a connection of reach, diff and verify.
	ConnectionJSON struct {
		From     string   `json:"from"`
		To       string   `json:"to"`
		Ports    []string `json:"ports"`
		Implicit bool     `json:"implicit"`
		Because  []Place  `json:"because"`
		Partly   bool     `json:"partly,omitempty"`
		// Verdict is undecided for a connection that objects of other APIs can deny, and for a difference that
		// may be none.
		Verdict Verdict      `json:"verdict,omitempty"`
		Witness *WitnessJSON `json:"witness,omitempty"`
		// Workloads are those whose pods no policy isolates on one side, if they are few.
		Workloads []string `json:"workloads,omitempty"`
		// StoppedBy is what isolates the witness's ends where it is not permitted.
		StoppedBy []Place `json:"stoppedBy,omitempty"`
	}
	// WitnessJSON is one connection that shows a difference.
	WitnessJSON struct {
		From PartyJSON `json:"from"`
		To   PartyJSON `json:"to"`
		Port string    `json:"port"`
	}
	// PartyJSON is a concrete pod or address.
	PartyJSON struct {
		Namespace string             `json:"namespace,omitempty"`
		Labels    *map[string]string `json:"labels,omitempty"`
		// NamespaceLabels is what the namespace carries, as it is declared or, where nobody does, must.
		NamespaceLabels map[string]string `json:"namespaceLabels,omitempty"`
		IP              string            `json:"ip,omitempty"`
		Host            string            `json:"host,omitempty"` // by which the connection finds the address
	}
	// WhyJSON says whether and why a connection is permitted.
	WhyJSON struct {
		From        string      `json:"from"`
		To          string      `json:"to"`
		Port        string      `json:"port"`
		Verdict     Verdict     `json:"verdict"`
		Permitted   bool        `json:"permitted"`
		Partly      bool        `json:"partly,omitempty"`
		Egress      Side        `json:"egress"`
		Ingress     Side        `json:"ingress"`
		Translation string      `json:"translation,omitempty"`
		Fact        string      `json:"fact,omitempty"`
		Hosts       []string    `json:"hosts,omitempty"`
		Suggestion  string      `json:"suggestion,omitempty"`
		Objections  []Place     `json:"objections,omitempty"`
		Near        []NearMiss  `json:"near,omitempty"`
		Undecided   []Undecided `json:"undecided"`
	}
	// DiffJSON is the difference of two views.
	DiffJSON struct {
		Verdict   Verdict          `json:"verdict"`
		Equal     bool             `json:"equal"`
		Added     []ConnectionJSON `json:"added"`
		Removed   []ConnectionJSON `json:"removed"`
		More      bool             `json:"more,omitempty"`
		Objects   []ObjectChange   `json:"objects,omitempty"`
		Workloads []WorkloadChange `json:"workloads,omitempty"`
		Notes     []string         `json:"notes,omitempty"`
		Undecided []Undecided      `json:"undecided"`
	}
)

func connectionJSON(c Connection) ConnectionJSON {
	return ConnectionJSON{From: c.From.Name, To: c.To.Name, Ports: c.Ports.Strings(), Implicit: len(c.Because) > 0 && c.Implicit(), Because: places(c.Because)}
}

// WriteConnectionsJSON writes `{"connections": [...], "undecided": [...]}`, with connections as
// ConnectionJSON.
func (v *Model) WriteConnectionsJSON(w io.Writer, connections []Connection, undecided []Undecided) error {
	return writeList(w, "connections", undecided, func(yield func([]byte) bool) {
		for _, c := range connections {
			j := connectionJSON(c)
			if v.concerned(c) {
				j.Verdict = Unknown
			}
			if !yield(safe.JSON(j, "    ")) {
				return
			}
		}
	})
}

// WritePathsJSON writes `{"paths": [...], "undecided": [...]}`. A path has "from", "to", and "hops":
// every party of the chain, the first and the last included.
func WritePathsJSON(w io.Writer, paths iter.Seq[Path], undecided []Undecided) error {
	names := map[*Party]string{} // many chains share a party
	name := func(p *Party) string {
		if names[p] == "" {
			names[p] = string(safe.JSON(p.Name, ""))
		}
		return names[p]
	}
	return writeList(w, "paths", undecided, func(yield func([]byte) bool) {
		var b []byte
		for p := range paths {
			from := name(p.From)
			b = fmt.Appendf(b[:0], "{\n      \"from\": %s,\n      \"to\": %s,\n      \"hops\": [\n        %s", from, name(p.To), from)
			for _, h := range p.Hops {
				b = append(append(b, ",\n        "...), name(h.To)...)
			}
			if !yield(append(b, "\n      ]\n    }"...)) {
				return
			}
		}
	})
}

// writeList writes an object with items as they come. If the reader went away, it stops asking for
// items.
func writeList(w io.Writer, key string, undecided []Undecided, items iter.Seq[[]byte]) error {
	out := bufio.NewWriterSize(w, buffer)
	fmt.Fprintf(out, "{\n  %q: [", key)
	before, after := "\n    ", "]"
	for item := range items {
		out.WriteString(before)
		if _, err := out.Write(item); err != nil {
			return err
		}
		before, after = ",\n    ", "\n  ]"
	}
	fmt.Fprintf(out, "%s,\n  \"undecided\": %s\n}\n", after, safe.JSON(undecided, "  "))
	return out.Flush()
}

// JSON returns the answer.
func (a Answer) JSON() WhyJSON {
	return WhyJSON{
		From: a.From.Name, To: a.To.Name, Port: strings.Join(a.Ports.Strings(), ", "),
		Verdict: a.Verdict(), Permitted: a.Permitted, Partly: a.Some,
		Egress: a.Egress, Ingress: a.Ingress,
		Translation: a.Translation, Fact: a.Fact, Hosts: a.Hosts, Suggestion: a.Suggestion, Objections: a.Objections, Near: a.Near,
		Undecided: append([]Undecided{}, a.Undecided...),
	}
}

func differencesJSON(list []Difference) []ConnectionJSON {
	out := []ConnectionJSON{}
	for _, d := range list {
		c := connectionJSON(d.Connection)
		c.Partly, c.StoppedBy, c.Workloads = d.Partly, d.StoppedBy, d.Workloads
		if d.Perhaps {
			c.Verdict = Unknown
		}
		c.Witness = &WitnessJSON{partyJSON(d.Witness.From), partyJSON(d.Witness.To), d.Witness.Port.String()}
		out = append(out, c)
	}
	return out
}

func partyJSON(p relation.Party) PartyJSON {
	if p.Namespace == "" {
		return PartyJSON{IP: p.Addr.String(), Host: p.Host}
	}
	labels := maps.Clone(p.NamespaceLabels)
	delete(labels, relation.NameLabel)
	pod := map[string]string{}
	maps.Copy(pod, p.Labels)
	return PartyJSON{Namespace: p.Namespace, Labels: &pod, NamespaceLabels: labels}
}

// JSON returns the comparison.
func (c Comparison) JSON() DiffJSON {
	return DiffJSON{Verdict: c.Verdict(), Equal: c.Equal(), Added: differencesJSON(c.Added), Removed: differencesJSON(c.Removed), More: c.More, Objects: c.Objects, Workloads: c.Workloads, Notes: c.Notes, Undecided: append([]Undecided{}, c.Undecided...)}
}
