package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/answer"
	"github.com/zt-lang/zt/emit/inventory"
)

// questioned is what a question is about: a topology or manifests. One of the two is set.
type questioned struct {
	topology  *topology.Topology
	inventory *inventory.Inventory
}

// question reads what a question is about. With errors, which have been reported, it
// is errNo.
func question(c *cli.Context, args []string) (questioned, error) {
	manifests, err := areManifests(c, args)
	if err != nil {
		return questioned{}, err
	}
	if !manifests {
		t, err := topologyOf(c, args)
		return questioned{topology: t}, err
	}
	inv, err := readManifests(c, args)
	return questioned{inventory: inv}, err
}

// topologyOf compiles. Errors, which have been reported, are errNo.
func topologyOf(c *cli.Context, args []string) (*topology.Topology, error) {
	result, err := compileInputs(c, args, nil)
	if err != nil {
		return nil, err
	}
	if result.ok() {
		return result.topology, nil // its warnings are for check to say
	}
	if err := report(c, result.diags); err != nil {
		return nil, err
	}
	return nil, errNo
}

// labels returns what is stated of namespaces.
func (q questioned) labels() map[string]map[string]string {
	if q.topology != nil {
		return answer.FactsOf(q.topology)
	}
	return answer.LabelsOf(q.inventory)
}

// view returns what is permitted, where these are the labels of namespaces. Parties of
// manifests are called what names calls them, where it does.
func (q questioned) view(c *cli.Context, labels map[string]map[string]string, names *answer.View) (*answer.View, error) {
	if q.topology != nil {
		return answer.OfTopology(q.topology, labels, c.String("namespace")), nil
	}
	return answer.OfManifests(q.inventory, labels, names)
}

// areManifests reports whether inputs are manifests and not files of the language. They are
// all one or the other.
func areManifests(c *cli.Context, args []string) (bool, error) {
	var manifests, programs string
	for _, arg := range args {
		is, err := isManifests(c, arg)
		if err != nil {
			return false, err
		}
		if is {
			manifests = arg
		} else {
			programs = arg
		}
	}
	if manifests != "" && programs != "" {
		return false, usagef("%s is of manifests and %s of the language; ask of one or the other, or compare them with `zt diff` or `zt verify`", manifests, programs)
	}
	return manifests != "", nil
}

// isManifests decides by a file's name, by what is in a folder, and where that says
// nothing by what it reads.
func isManifests(c *cli.Context, arg string) (bool, error) {
	if arg == stdinArg {
		data, err := io.ReadAll(c.App.Reader)
		if err != nil {
			return false, fmt.Errorf("standard input: %w", err)
		}
		if len(bytes.TrimSpace(data)) == 0 { // most likely a pipe that broke
			return false, errors.New("standard input is empty; an empty List is what `kubectl get` prints where there is nothing")
		}
		c.App.Reader = bytes.NewReader(data)
		return looksLikeManifest.Match(data), nil
	}
	info, err := os.Stat(arg)
	if err != nil {
		return false, err
	}
	if info.IsDir() {
		if _, err := files(arg); err == nil {
			return false, nil
		}
		found := false
		err := filepath.WalkDir(arg, func(path string, e os.DirEntry, err error) error {
			if err == nil && isManifestName(e.Name()) {
				found = true
				return filepath.SkipAll
			}
			return err
		})
		if !found {
			err = errors.Join(err, fmt.Errorf("%s: no %s files in this directory, and no manifests below it", arg, extension))
		}
		return found, err
	}
	return isManifestName(arg), nil
}

func isManifestName(name string) bool { return slices.Contains(manifestExtensions, filepath.Ext(name)) }

// looksLikeManifest matches YAML and JSON of API objects, and no program: there a colon
// stands behind blanks and before ports.
var looksLikeManifest = regexp.MustCompile(`(?m)^[\s{]*"?(apiVersion|kind|items)"?\s*:|^\s*[{\[]|^---`)
