package resolve

import (
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// declaration is what a name can stand for. One of the pointers is set.
type declaration struct {
	tier        *topology.Tier
	external    *topology.External
	environment *environment
}

// what returns the declaration's kind and place, for messages.
func (d declaration) what() (kind string, at source.Span) {
	switch {
	case d.tier != nil:
		return "tier", d.tier.Span
	case d.external != nil:
		return "external", d.external.Span
	default:
		return "environment", d.environment.Span
	}
}

// path returns the name by which any place can mean the declaration.
func (d declaration) path() string {
	switch {
	case d.tier != nil:
		return d.tier.String()
	case d.external != nil:
		return d.external.Name
	default:
		return d.environment.Name
	}
}

// scope is a place where names are declared: the program, an environment, a
// namespace.
type scope struct {
	names map[string]declaration
	// tiers is every tier declared anywhere inside, by its bare name.
	tiers map[string][]*topology.Tier
}

func newScope() *scope {
	return &scope{names: map[string]declaration{}, tiers: map[string][]*topology.Tier{}}
}

// bare returns what a bare name can mean in this scope: its own names and any
// tier inside it.
func (s *scope) bare(name string) []declaration {
	var found []declaration
	if d, ok := s.names[name]; ok {
		found = append(found, d)
	}
	for _, t := range s.tiers[name] {
		if d := (declaration{tier: t}); !slices.Contains(found, d) {
			found = append(found, d)
		}
	}
	return found
}

// lookup returns what a bare name can mean at a place. Inside a namespace
// that is the namespace's own, then what stands outside of all namespaces, so
// that no other team's tier can capture an edge; elsewhere any tier too. An environment's
// own come before the program's.
func (r *resolver) lookup(c context, name string) []declaration {
	if c.namespace != nil {
		if d, ok := c.namespace.scope.names[name]; ok {
			return []declaration{d}
		}
		for _, s := range r.outer(c) {
			if d, ok := s.names[name]; ok {
				return []declaration{d}
			}
		}
		return nil
	}
	for _, s := range r.outer(c) {
		if found := s.bare(name); len(found) > 0 {
			return found
		}
	}
	return nil
}

// outer lists the scopes around namespaces, from the inside out.
func (r *resolver) outer(c context) []*scope {
	if c.environment != nil {
		return []*scope{c.environment.scope, r.program}
	}
	return []*scope{r.program}
}

// missing reports whether a name may be declared by what could not be read,
// which has been reported: what speaks of it is no mistake of its own.
func (r *resolver) missing(name string) bool {
	return slices.ContainsFunc(r.files, func(f *ast.File) bool { return f.MissingImport || f.Lost[name] })
}

// elsewhere knows the names of what belongs to environments that are not
// being built, so that edges to them can be left out instead of refused.
type elsewhere struct {
	environments map[string]bool
	namespaces   map[string]bool
	tiers        map[string]bool // namespace/name
	bare         map[string]bool // the same by name alone
}

func newElsewhere() *elsewhere {
	return &elsewhere{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
}
