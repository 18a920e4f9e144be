package load

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
)

// mostLooked bounds how many folders and files a search for what was not read looks at: inputs may be in a large
// repository.
const mostLooked = 1000

// Unread lists the folders in and below those in args that have programs which were not opened. It looks at
// a thousand folders at most.
func (r *Recorder) Unread(args []string) []string {
	var folders []string
	for _, name := range below(args, extension) {
		path, err := rooted(name)
		if folder := filepath.Dir(name); err == nil && !r.opened[path] && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// UnreadPolicies lists the manifests with policies in and below the folders in args. It leaves out those that zt wrote:
// a program says the same. It looks at a thousand folders and files at most.
func UnreadPolicies(args []string) []string {
	var found []string
	names := below(args, manifestExtensions...)
	for _, name := range names[:min(len(names), mostLooked)] {
		head, err := readLimited(name, nil, headSize)
		if err == nil && !strings.Contains(head, ownDomain) && hasPolicy(head) {
			found = append(found, name)
		}
	}
	return found
}

// ownDomain is in what zt writes: in annotations, and in labels.
const ownDomain = "zt-lang.github.io/"

// below lists the files with some extensions in and below the folders in args.
func below(args []string, extensions ...string) (out []string) {
	if len(args) == 0 {
		args = []string{"."}
	}
	w := onDisk(true, extensions...)
	w.most = mostLooked
	for _, arg := range args {
		names, err := w.files(arg)
		if err != nil {
			continue // it is a file, or what is below is no input either
		}
		out = append(out, names...)
	}
	return out
}

// hasPolicy reports whether a manifest has an object whose kind speaks of policies. A definition of such a kind has
// its name as well.
func hasPolicy(text string) bool {
	isPolicy := false
	for _, kind := range kindField.FindAllStringSubmatch(text, -1) {
		if kind[1] == "CustomResourceDefinition" {
			return false
		}
		isPolicy = isPolicy || inventory.NamesPolicy(kind[1])
	}
	return isPolicy
}

// kindField matches the kinds of objects in YAML and JSON.
var kindField = regexp.MustCompile(`(?m)(?:^|[\s{,-])["']?kind["']?[ \t]*:[ \t]*["']?([A-Za-z]+)`)
