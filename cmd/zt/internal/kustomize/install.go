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
			return "", errors.New("neither KUSTOMIZE_PLUGIN_HOME nor HOME is set, so the folder of plugins is unknown")
		}
		config = filepath.Join(home, ".config")
	}
	return filepath.Join(config, "kustomize", "plugin", below), nil
}

// Link makes a link to the command, and replaces an earlier link. It never replaces a file.
func Link(command, at string) error {
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	info, err := os.Lstat(at)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink == 0:
		return fmt.Errorf("%s exists and is not a link; move it away", at)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	// A rename replaces a link in one step, so there is one at every moment.
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
