package networkpolicy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/zt-lang/zt/compiler/topology"
)

// maxName is the longest name that an object may have: a DNS subdomain's.
const maxName = 253

// edgeName returns the name of the object for one side of an edge.
func edgeName(e *topology.Edge, in *topology.Namespace, d direction) string {
	name := "allow-" + endpointName(e.From, in) + "-to-" + endpointName(e.To, in)
	if d == egress {
		name += "-egress"
	}
	return name
}

// endpointName returns an endpoint's part in the name of an object. Different
// endpoints may have the same.
func endpointName(e *topology.Endpoint, in *topology.Namespace) string {
	name := relativeName(e, in)
	if e.Kind == topology.NamespacePods {
		if e.Namespace == in {
			return "any-pod"
		}
		name = e.Namespace.Name + "-any-pod"
	}
	// Of the characters in names and CIDRs, those that cannot stand here.
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool {
		return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}

// distinguish makes the names of objects valid and, within a namespace, different, by ending in
// a hash of what they are for those that are too long or that another has too. All
// of these get one, not all but the first: else an object's name would depend on the order of statements.
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
	// A name that ends in a hash can be what another is plainly called, though
	// hardly by accident: then both end in one, and in a longer one.
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

// hashLengths is how many digits of a hash a name ends in, from try to try. In
// the first, only names that are too long do.
var hashLengths = [...]int{8, 8, 16, 32, 64}

// withHash ends a name in some digits of a hash of what the object is for.
func withHash(name string, s side, digits int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s -> %s", s.direction, s.from, s.to))
	hash := hex.EncodeToString(sum[:])[:digits]
	if most := maxName - len("-") - digits; len(name) > most {
		name = strings.TrimRight(name[:most], "-")
	}
	return name + "-" + hash
}
