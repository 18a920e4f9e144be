package inventory

import (
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
)

// holding lists where objects hold others. kubectl takes whatever has items for a List; a Template
// of OpenShift has objects; operators apply what a ManifestWork, Work or SyncSet holds,
// Crossplane the manifest of its Object, and kro the template of each resource.
var holding = []string{"items", "objects", "spec.workload.manifests", "spec.manifestWorkTemplate.workload.manifests", "spec.resources", "spec.forProvider.manifest", "template"}

// refuseHeld reports whether something that is no List holds what may be a policy, and refuses it:
// skipped, it would read as "no policy".
func (r *reader) refuseHeld(n *node, holder string) bool {
	held := n.heldPolicy()
	if held == nil && n.get("items") != nil && canBePolicy(n.str("apiVersion"), n.str("kind")) {
		held = n // to kubectl, items without a type have that of what holds them
	}
	if held == nil {
		return false
	}
	help := "make it a List: apiVersion: v1, kind: List, and the objects as its items"
	switch {
	case held == n:
		help = "write kind: " + n.str("kind") + "List"
	case n.get("objects") != nil:
		help = "process a Template first: oc process -f FILE -o yaml | zt ... -"
	case n.kind == object && n.get("items") == nil:
		help = "give the objects that it holds as documents of their own"
	}
	r.report(diag.UnreadableManifest, held.offset, "the %s inside %s is not read", held.str("kind"), withArticle(holder)).Help = help
	return true
}

// heldPolicy returns the first object that a value holds and that may be a policy, or nil.
func (n *node) heldPolicy() *node {
	if n.kind == list {
		for i := range n.children {
			if held := n.children[i].asHeldPolicy(); held != nil {
				return held
			}
		}
		return nil
	}
	for _, path := range holding {
		if of, ok := n.at(path); ok {
			if held := of.asHeldPolicy(); held != nil {
				return held
			}
		}
	}
	return nil
}

// asHeldPolicy returns a value that is held, if it may be a policy, or the first such object in it.
func (n *node) asHeldPolicy() *node {
	if n.get("metadata") != nil && canBePolicy(n.str("apiVersion"), strings.TrimSuffix(n.str("kind"), "List")) {
		return n
	}
	return n.heldPolicy()
}

// canBePolicy reports whether an object of a kind is a policy, or was most likely meant as one.
func canBePolicy(apiVersion, kind string) bool {
	return apiVersion != "" && kind != "" && (misspelt(apiVersion, kind) != "" || scopeOf(groupOf(apiVersion), kind, "") != noPods)
}

// withArticle puts an article before a kind.
func withArticle(kind string) string {
	if strings.ContainsAny(kind[:1], "AEIOUaeiou") {
		return "an " + kind
	}
	return "a " + kind
}
