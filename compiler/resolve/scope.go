package resolve

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
)

// scope is a place where names are declared: the program, an environment, a namespace.
type scope struct {
	names map[string]topology.Object  // tiers, externals and environments
	tiers map[string][]*topology.Tier // every tier declared anywhere inside, by its bare name
}

func newScope() *scope {
	return &scope{names: map[string]topology.Object{}, tiers: map[string][]*topology.Tier{}}
}

// describe returns a declaration's kind, and the name by which any place can mean it.
func describe(o topology.Object) (kind, path string) {
	switch o := o.(type) {
	case *topology.Tier:
		return "tier", o.String()
	case *topology.External:
		return "external", o.Name
	case *topology.Environment:
		return "environment", o.Name
	}
	panic(fmt.Sprintf("unknown declaration %T", o))
}

// lookup returns what a bare name means at a place, or the several declarations that it could mean.
// Inside a namespace it is one of the namespace's own names, or of those outside all namespaces, so
// another team's tier cannot capture an edge. Elsewhere it can be any tier too. An environment's own
// names come before the program's.
func (r *resolver) lookup(c context, name string) (found topology.Object, several []topology.Object) {
	if c.namespace != nil {
		if o := c.namespace.scope.names[name]; o != nil {
			return o, nil
		}
	}
	for _, s := range r.outer(c) {
		found = s.names[name]
		if c.namespace == nil {
			found, several = s.bare(name)
		}
		if found != nil {
			return found, several
		}
	}
	return nil, nil
}

// bare returns a name's meaning in this scope: its own names and any tier inside it.
func (s *scope) bare(name string) (found topology.Object, several []topology.Object) {
	found = s.names[name]
	for _, t := range s.tiers[name] {
		switch {
		case found == nil:
			found = t
		case several == nil && found != topology.Object(t):
			several = []topology.Object{found, t}
		case several != nil && !slices.Contains(several, topology.Object(t)):
			several = append(several, t)
		}
	}
	return found, several
}

// outer lists the scopes around namespaces, from the inside out.
func (r *resolver) outer(c context) []*scope {
	if c.environment != nil {
		return []*scope{c.environment.scope, r.program}
	}
	return []*scope{r.program}
}

// missing reports whether a name may be declared by text that could not be read. That was reported,
// so uses of the name are not.
func (r *resolver) missing(name string) bool {
	return slices.ContainsFunc(r.files, func(f *ast.File) bool { return f.MissingImport || f.Lost[name] })
}
