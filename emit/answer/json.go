package answer

import (
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
)

// The forms that answers have as JSON.
type (
	// ConnectionJSON is a connection of reach, diff and verify.
	ConnectionJSON struct {
		From     string       `json:"from"`
		To       string       `json:"to"`
		Ports    []string     `json:"ports"`
		Implicit bool         `json:"implicit"`
		Because  []Place      `json:"because"`
		Partly   bool         `json:"partly,omitempty"`
		Witness  *WitnessJSON `json:"witness,omitempty"`
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
	}
	// ReachJSON is what can be reached.
	ReachJSON struct {
		Connections []ConnectionJSON `json:"connections"`
		Undecided   []string         `json:"undecided,omitempty"`
	}
	// PathJSON is a shortest chain.
	PathJSON struct {
		From string   `json:"from"`
		To   string   `json:"to"`
		Hops []string `json:"hops"` // every party of the chain, the first and last included
	}
	// PathsJSON is what can be reached step by step.
	PathsJSON struct {
		Paths     []PathJSON `json:"paths"`
		Undecided []string   `json:"undecided,omitempty"`
	}
	// WhyJSON says whether and why a connection is permitted.
	WhyJSON struct {
		From       string   `json:"from"`
		To         string   `json:"to"`
		Port       string   `json:"port"`
		Permitted  bool     `json:"permitted"`
		Partly     bool     `json:"partly,omitempty"`
		Egress     SideJSON `json:"egress"`
		Ingress    SideJSON `json:"ingress"`
		Suggestion string   `json:"suggestion,omitempty"`
		Objections []Place  `json:"objections,omitempty"`
		Undecided  []string `json:"undecided,omitempty"`
	}
	// SideJSON is one side of a connection.
	SideJSON struct {
		Isolated   bool    `json:"isolated"`
		IsolatedBy []Place `json:"isolatedBy,omitempty"`
		Permitted  bool    `json:"permitted"`
		Because    []Place `json:"because"`
	}
	// DiffJSON is the difference of two views.
	DiffJSON struct {
		Equal     bool             `json:"equal"`
		Added     []ConnectionJSON `json:"added"`
		Removed   []ConnectionJSON `json:"removed"`
		Objects   []ObjectChange   `json:"objects,omitempty"`
		Undecided []string         `json:"undecided,omitempty"`
	}
)

func connectionJSON(c Connection) ConnectionJSON {
	return ConnectionJSON{From: c.From.Name, To: c.To.Name, Ports: c.Ports.Strings(), Implicit: len(c.Because) > 0 && c.Implicit(), Because: places(c.Because)}
}

// JSON returns the connections that can be opened.
func (v *View) JSON(connections []Connection) ReachJSON {
	out := ReachJSON{Connections: []ConnectionJSON{}, Undecided: v.undecided(v.spokenOf(connections))}
	for _, c := range connections {
		out.Connections = append(out.Connections, connectionJSON(c))
	}
	return out
}

// PathsJSON returns chains.
func (v *View) PathsJSON(paths []Path) PathsJSON {
	out := PathsJSON{Paths: []PathJSON{}, Undecided: v.undecided(v.spokenOf(nil))}
	for _, p := range paths {
		out.Paths = append(out.Paths, PathJSON{p.From.Name, p.To.Name, p.Names()})
	}
	return out
}

func sideJSON(s Side) SideJSON {
	return SideJSON{Isolated: s.Isolated, IsolatedBy: s.IsolatedBy, Permitted: s.Permitted, Because: places(s.Because)}
}

// JSON returns the answer, without a suggestion.
func (a Answer) JSON() WhyJSON {
	return WhyJSON{
		From: a.From.Name, To: a.To.Name, Port: strings.Join(a.Ports.Strings(), ", "),
		Permitted: a.Permitted, Partly: a.Some,
		Egress: sideJSON(a.Egress), Ingress: sideJSON(a.Ingress),
		Undecided: a.Undecided,
	}
}

func differencesJSON(list []Difference) []ConnectionJSON {
	out := []ConnectionJSON{}
	for _, d := range list {
		c := connectionJSON(d.Connection)
		c.Partly, c.StoppedBy = d.Partly, d.StoppedBy
		c.Witness = &WitnessJSON{partyJSON(d.Witness.From), partyJSON(d.Witness.To), d.Witness.Port.String()}
		out = append(out, c)
	}
	return out
}

func partyJSON(p relation.Party) PartyJSON {
	if p.Namespace == "" {
		return PartyJSON{IP: p.Addr.String()}
	}
	labels := map[string]string{}
	for k, value := range p.NamespaceLabels {
		if k != relation.NameLabel {
			labels[k] = value
		}
	}
	pod := p.Labels
	if pod == nil {
		pod = map[string]string{}
	}
	return PartyJSON{Namespace: p.Namespace, Labels: &pod, NamespaceLabels: labels}
}

// JSON returns the comparison.
func (c Comparison) JSON() DiffJSON {
	return DiffJSON{Equal: c.Equal(), Added: differencesJSON(c.Added), Removed: differencesJSON(c.Removed), Objects: c.Objects, Undecided: c.Undecided}
}
