package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/flows"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

var manifestExtensions = []string{".yaml", ".yml", ".json"}

// ManifestFiles returns the manifests that paths name: files, the files in folders and below them
// (hidden ones, too), and standard input for "-". The error reports files that cannot be read.
func ManifestFiles(paths []string, stdin io.Reader) ([]*source.File, error) {
	names, err := forManifests().expand(paths)
	if err != nil {
		return nil, err
	}
	var files []*source.File
	for _, name := range names {
		text, err := readLimited(name, stdin, inventory.MaxSize+1)
		if err != nil {
			return nil, err
		}
		if name == Stdin {
			name = StdinName
		}
		if !IsManifestName(name) && beginsProgram(text) {
			return nil, fmt.Errorf("%s is a zt program, and not manifests; `zt build` compiles it to manifests", name)
		}
		files = append(files, source.NewFile(name, text))
	}
	return files, nil
}

// open opens a file or standard input, and returns its name in diagnostics.
func open(name string, stdin io.Reader) (io.ReadCloser, string, error) {
	if name == Stdin {
		return io.NopCloser(stdin), StdinName, nil
	}
	f, err := os.Open(name)
	return f, name, err
}

// Flows reads observed connections, an export of Hubble or Calico. The error reports a file that cannot be
// read; the diagnostics report what is wrong with its content.
func Flows(path string, stdin io.Reader) (name string, log *flows.Log, diags diag.List, err error) {
	in, name, err := open(path, stdin)
	if err != nil {
		return name, nil, nil, err
	}
	defer in.Close()
	log, diags, err = flows.Read(name, in)
	return name, log, diags, err
}

// AreManifests reports whether arguments are manifests and not programs; they may not be mixed.
// It reads standard input if that is an argument, and returns a reader of the same content.
func AreManifests(args []string, stdin io.Reader) (bool, io.Reader, error) {
	var yes, no string
	for _, arg := range args {
		is, err := false, error(nil)
		if arg == Stdin {
			is, stdin, err = isManifestStream(stdin)
		} else {
			is, err = isManifestPath(arg)
		}
		if err != nil {
			return false, stdin, err
		}
		if is {
			yes = arg
		} else {
			no = arg
		}
	}
	if yes != "" && no == Stdin && !looksLikeProgram(stdin) {
		return false, stdin, fmt.Errorf("%s has manifests, and standard input is neither manifests nor a program; see what the command before the pipe prints", yes)
	}
	if yes != "" && no != "" {
		return false, stdin, fmt.Errorf("%s has manifests and %s is a program; ask about one of them, or compare them with `zt diff`, `zt verify` or `zt check --manifests`", yes, no)
	}
	return yes != "", stdin, nil
}

// ErrEmptyStdin is the error of a standard input without anything, which is neither a program nor
// manifests.
var ErrEmptyStdin = errors.New("standard input is empty; `kubectl get` prints an empty List if there is nothing")

func isManifestStream(stdin io.Reader) (bool, io.Reader, error) {
	data, err := io.ReadAll(io.LimitReader(stdin, inventory.MaxSize+1))
	if err != nil {
		return false, stdin, fmt.Errorf("standard input: %w", err)
	}
	if len(bytes.TrimSpace(data)) == 0 { // probably the command before the pipe failed
		return false, bytes.NewReader(data), ErrEmptyStdin
	}
	return looksLikeManifest.Match(data) && !beginsProgram(string(data)), bytes.NewReader(data), nil
}

// looksLikeProgram reports whether some line has an arrow or begins with a keyword.
func looksLikeProgram(in io.Reader) bool {
	text, _ := io.ReadAll(in) // what was read before
	for line := range strings.Lines(string(text)) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.Contains(line, "->") || grammar.Keyword(word) == word && word != "" {
			return true
		}
	}
	return false
}

// isManifestPath decides by the name of a file or by what is in a folder, and otherwise by the
// content.
func isManifestPath(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	if !info.IsDir() {
		if IsManifestName(path) || filepath.Ext(path) == extension || !info.Mode().IsRegular() {
			return IsManifestName(path), nil
		}
		f, err := os.Open(path)
		if err != nil {
			return false, err
		}
		defer f.Close()
		head, err := io.ReadAll(io.LimitReader(f, headSize))
		return looksLikeManifest.Match(head) && !beginsProgram(string(head)), err
	}
	if names, err := onDisk(false, extension).files(path); err != nil || len(names) > 0 {
		return false, err
	}
	names, err := forManifests().files(path)
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: no %s files in this directory, and no manifests below it", path, extension)
	}
	return true, err
}

// IsManifestName reports whether a file is called as manifests are.
func IsManifestName(name string) bool {
	return slices.Contains(manifestExtensions, filepath.Ext(name))
}

// headSize is how much of a file is read to see what it is.
const headSize = 64 << 10

// isManifest matches what no program has: no name has a capital.
var isManifest = regexp.MustCompile(`(?m)^[\s{]*"?apiVersion"?\s*:`)

// looksLikeManifest matches YAML and JSON of API objects, and no program: a program has a colon
// only before ports.
var looksLikeManifest = regexp.MustCompile(`(?m)^[\s{]*"?(apiVersion|kind|items)"?\s*:|^\s*[{\[]|^---`)

// beginsProgram reports whether the first line that is no comment begins with a keyword or is an edge,
// as no manifest does. The program may go on with what is not zt.
func beginsProgram(text string) bool {
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if word, _, more := strings.Cut(line, " "); more && grammar.Keyword(word) == word {
			return true
		}
		source, _, edge := strings.Cut(line, "->")
		return edge && !strings.ContainsAny(source, `["':`)
	}
	return false
}
