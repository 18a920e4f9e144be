package kustomize

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// FunctionName is the command that a Topology names as its function.
const FunctionName = "zt-kustomize"

// PluginPath returns where kustomize, and kubectl's own, look for the plugin of a Topology
// (https://kubectl.docs.kubernetes.io/guides/extending_kustomize/execpluginguidedexample/).
func PluginPath(getenv func(string) string) (string, error) {
	group, version, _ := strings.Cut(APIVersion, "/")
	below := filepath.Join(group, version, strings.ToLower(Kind), Kind)
	if home := getenv("KUSTOMIZE_PLUGIN_HOME"); home != "" {
		return filepath.Join(home, below), nil
	}
	config := getenv("XDG_CONFIG_HOME")
	if config == "" {
		home := getenv("HOME")
		if home == "" {
			return "", errors.New("neither KUSTOMIZE_PLUGIN_HOME nor HOME is set, so nothing says where plugins are")
		}
		config = filepath.Join(home, ".config")
	}
	return filepath.Join(config, "kustomize", "plugin", below), nil
}

// Link makes a link to the command, in the place of an earlier one. A file that is no link is
// left alone, and an error.
func Link(command, at string) error {
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	info, err := os.Lstat(at)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink == 0:
		return fmt.Errorf("%s is there and is no link, so it was left alone; move it out of the way", at)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	// A link cannot be changed, but one can take the place of another in one step, so that there is
	// one at every moment.
	next := fmt.Sprintf("%s.%d", at, os.Getpid())
	if err := os.Symlink(command, next); err != nil {
		return err
	}
	if err := os.Rename(next, at); err != nil {
		os.Remove(next)
		return err
	}
	return nil
}
