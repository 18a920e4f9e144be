package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/cmd/zt/internal/kustomize"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/grammar/diag"
)

func kustomizeCommand() *cli.Command {
	return &cli.Command{
		Name:      "kustomize",
		Usage:     "generate policies as a function of kustomize",
		UsageText: "zt kustomize < RESOURCELIST\n   zt kustomize --install",
		Description: "kustomize build --enable-alpha-plugins --enable-exec .      # runs zt-kustomize, a link to zt\n" +
			"zt kustomize --install && kubectl kustomize --enable-alpha-plugins .\n" +
			"kustomize build . | zt verify shop.zt --manifests -        # the guard: what other transformers changed",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "install", Usage: "link zt to where kustomize and kubectl look for it", DisableDefaultText: true},
		},
		Action: atMost(1, runKustomize),
	}
}

// pluginRoot is the variable by which kustomize tells a legacy plugin where the kustomization is.
const pluginRoot = "KUSTOMIZE_PLUGIN_CONFIG_ROOT"

// kustomizeNames are the names under which zt is `zt kustomize`: exec paths of functions take
// no arguments, and a legacy plugin is called like the kind of its configuration.
var kustomizeNames = []string{kustomize.FunctionName, kustomize.Kind}

func runKustomize(c *cli.Context) error {
	if c.Bool("install") {
		return installKustomize(c)
	}
	legacy := c.NArg() == 1
	dir := "."
	var list *kustomize.ResourceList
	var err error
	if legacy {
		if set := os.Getenv(pluginRoot); set != "" {
			dir = set
		}
		var config []byte
		if config, err = os.ReadFile(c.Args().First()); err != nil {
			return err
		}
		in := c.App.Reader
		if isTerminal(in) {
			in = strings.NewReader("") // somebody tries it by hand
		}
		if list, err = kustomize.ReadStream(in); err == nil {
			list.Config = config
		}
	} else {
		if isTerminal(c.App.Reader) {
			return usagef("standard input is a terminal; kustomize gives a function a ResourceList there; usage: %s", c.Command.UsageText)
		}
		list, err = kustomize.ReadList(c.App.Reader)
	}
	if err != nil {
		return err
	}
	config, err := kustomize.ParseConfig(list.Config)
	if err != nil {
		return err
	}
	data, diags, err := generate(config, dir)
	if err != nil {
		return err
	}
	if list.HasItems() && diags.Errors() == 0 {
		found, err := checkItems(config, list, dir)
		if err != nil {
			return err
		}
		diags = append(diags, found...)
		if config.Spec.Strict {
			diags.Strict()
		}
		diags.Sort()
	}
	if err := report(c, diags); err != nil {
		return err
	}
	failed := diags.Errors() > 0
	if failed {
		data = nil
	}
	if config.Spec.Use == "validator" {
		data = nil // kustomize refuses a validator that returns anything
	}
	keep := config.Spec.Use != "validator" && list.HasItems()
	var out bytes.Buffer
	switch {
	case !legacy:
		err = list.WriteList(&out, keep, data, kustomize.Results(diags))
	case !failed:
		err = list.WriteStream(&out, keep, data)
	}
	if err != nil {
		return err
	}
	if _, err := c.App.Writer.Write(out.Bytes()); err != nil {
		return err
	}
	if failed {
		return errNo
	}
	return nil
}

// generate compiles what a configuration names to policies. Files are read from below
// the folder of the kustomization only, wherever links in it lead.
func generate(config *kustomize.Config, dir string) ([]byte, diag.List, error) {
	result, err := compileConfig(config, dir)
	if err != nil || !result.ok() {
		return nil, result.list(), err
	}
	layout := config.Spec.Layout
	if layout == "" {
		layout = "tier"
	}
	_, data, err := result.lower(layout, manifest.FormatYAML)
	return data, result.diags, err
}

func compileConfig(config *kustomize.Config, dir string) (*compiled, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	in, err := configInputs(config, root.FS())
	if err != nil {
		return nil, err
	}
	return compileFiles(regularFiles{root.FS()}, in, func(p string) string { return p }, compiler.Options{
		DefaultNamespace: config.Spec.Namespace,
		Environment:      config.Spec.Environment,
		Stage:            stages[config.Spec.Stage],
	}, config.Spec.Strict)
}

// configInputs lists the files that a configuration names, and its own source.
func configInputs(config *kustomize.Config, root fs.FS) ([]compiler.Input, error) {
	var in []compiler.Input
	for _, name := range config.Spec.Files {
		clean := path.Clean(filepath.ToSlash(name))
		if path.IsAbs(clean) || !fs.ValidPath(clean) {
			return nil, fmt.Errorf("spec.files: %q is outside the kustomization's folder; zt reads nothing there: copy the file into the folder", name)
		}
		info, err := fs.Stat(root, clean)
		if err != nil {
			return nil, fmt.Errorf("spec.files: %q cannot be read: %w", name, reason(err))
		}
		if !info.IsDir() {
			in = append(in, compiler.Input{Path: clean, Name: clean})
			continue
		}
		entries, err := fs.ReadDir(root, clean)
		if err != nil {
			return nil, fmt.Errorf("spec.files: %q cannot be read: %w", name, reason(err))
		}
		before := len(in)
		for _, e := range entries {
			if path.Ext(e.Name()) == extension && !strings.HasPrefix(e.Name(), ".") {
				file := path.Join(clean, e.Name())
				in = append(in, compiler.Input{Path: file, Name: file})
			}
		}
		if len(in) == before {
			return nil, fmt.Errorf("spec.files: no %s files in %q", extension, name)
		}
	}
	if text := config.Spec.Source; text != "" {
		name := "<source of " + kustomize.Kind + " " + config.Name() + ">"
		in = append(in, compiler.Input{Path: name, Name: name, Text: &text})
	}
	return in, nil
}

// reason leaves away the system call and the path, which the message names already.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// list returns the diagnostics of what may not have come to be.
func (c *compiled) list() diag.List {
	if c == nil {
		return nil
	}
	return c.diags
}
