package layout

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// maxName is the longest name that an object may have: a DNS subdomain's.
const maxName = 253

// edgeName returns the name of the object for one side of an edge.
func edgeName(e *topology.Edge, in *topology.Namespace, d relation.Direction) string {
	name := "allow-" + endpointName(e.From, in) + "-to-" + endpointName(e.To, in)
	if d == relation.Egress {
		name += "-egress"
	}
	return name
}

// endpointName returns an endpoint's part in the name of an object. Different endpoints may have
// the same.
func endpointName(e *topology.Endpoint, in *topology.Namespace) string {
	name := relativeName(e, in)
	if e.Kind == topology.NamespacePods {
		if e.Namespace == in {
			return "any-pod"
		}
		name = e.Namespace.Name + "-any-pod"
	}
	// Names and CIDRs have characters that the names of objects cannot have.
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool {
		return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}

// distinguish makes the names of objects valid, and different within a namespace. Names that are
// too long, and those that several objects have, end in a hash of what the object is for. All of
// these get a hash, not all but the first, so a name does not depend on the order of statements.
func distinguish(objects []object, sides []side) {
	type key struct {
		namespace *topology.Namespace
		name      string
	}
	plain := make([]string, len(objects))
	hashed := make([]bool, len(objects))
	for i, o := range objects {
		plain[i] = o.name
		hashed[i] = len(o.name) > maxName
	}
	// A name with a hash may be the name of another object without one, though hardly by accident.
	// Then both get a longer hash.
	for _, digits := range hashLengths {
		holder := map[key]int{}
		unique := true
		for i := range objects {
			if hashed[i] {
				objects[i].name = withHash(plain[i], sides[i], digits)
			}
			k := key{objects[i].namespace, objects[i].name}
			if first, taken := holder[k]; taken {
				hashed[first], hashed[i], unique = true, true, false
			} else {
				holder[k] = i
			}
		}
		if unique {
			return
		}
	}
}

// hashLengths is the number of digits of the hash in each try. In the first try, only names that
// are too long have a hash.
var hashLengths = [...]int{8, 8, 16, 32, 64}

// withHash ends a name in some digits of a hash of what the object is for. In what is hashed,
// ingress is 0 and egress 1: a change would rename objects.
func withHash(name string, s side, digits int) string {
	what := fmt.Appendf(nil, "%d %s -> %s", s.direction.Opposite(), s.from, s.to)
	if s.by != "" {
		what = fmt.Appendf(what, " of %s", s.by)
	}
	sum := sha256.Sum256(what)
	hash := hex.EncodeToString(sum[:])[:digits]
	if most := maxName - len("-") - digits; len(name) > most {
		name = strings.TrimRight(name[:most], "-")
	}
	return name + "-" + hash
}
