package load

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
)

// ManifestGroups returns the manifests that values of --manifests name: PATH, or NAMESPACE=PATH for
// manifests whose objects name no namespace. Those of a PATH alone go to the given namespace.
func ManifestGroups(values []string, namespace string, stdin io.Reader) ([]inventory.Group, error) {
	var namespaces []string
	paths := map[string][]string{}
	for _, value := range values {
		of, path, err := manifestPath(value, namespace)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(namespaces, of) {
			namespaces = append(namespaces, of)
		}
		paths[of] = append(paths[of], path)
	}
	var groups []inventory.Group
	for _, of := range namespaces {
		files, err := ManifestFiles(paths[of], stdin)
		if err != nil {
			return nil, err
		}
		groups = append(groups, inventory.Group{Files: files, Namespace: of})
	}
	return groups, nil
}

// manifestPath splits a value of --manifests. A path can have a slash before its first "=", and a
// namespace cannot.
func manifestPath(value, namespace string) (of, path string, err error) {
	before, after, found := strings.Cut(value, "=")
	if !found || strings.Contains(before, "/") {
		return namespace, value, nil
	}
	if wrong := validation.IsDNS1123Label(before); len(wrong) > 0 {
		return "", "", fmt.Errorf("--manifests %s: %q is not the name of a namespace; write NAMESPACE=PATH, or ./%s for a path", value, before, value)
	}
	if after == "" {
		return "", "", fmt.Errorf("--manifests %s: the path is missing; write %s=PATH", value, before)
	}
	return before, after, nil
}

// ReadsStdin reports whether a value of --manifests names standard input.
func ReadsStdin(value string) bool {
	_, path, err := manifestPath(value, "")
	return err == nil && path == Stdin
}

// ManifestArgs returns arguments that may have the form NAMESPACE=PATH as values for ManifestGroups,
// and their paths. What exists under its whole name is a path.
func ManifestArgs(args []string) (values, paths []string) {
	for _, arg := range args {
		_, path, err := manifestPath(arg, "")
		value := arg
		if _, missing := os.Stat(arg); err != nil || missing == nil {
			path = arg
		}
		if path == arg && strings.Contains(arg, "=") && !strings.Contains(arg, "/") {
			value = "./" + arg
		}
		values, paths = append(values, value), append(paths, path)
	}
	return values, paths
}
