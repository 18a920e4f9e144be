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
	networkingv1 "k8s.io/api/networking/v1"

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
	list, err := readResources(c, legacy)
	if err != nil {
		return err
	}
	config, err := kustomize.ParseConfig(list.Config)
	if err != nil {
		return err
	}
	dir := "."
	if root := os.Getenv(pluginRoot); legacy && root != "" {
		dir = root
	}
	policies, diags, err := answerKustomize(config, list, dir)
	if err != nil {
		return err
	}
	if err := report(c, diags); err != nil {
		return err
	}
	// A host that reads results takes them from a function that failed, too.
	if failed := diags.Errors() > 0; failed && legacy {
		return errNo
	} else if failed {
		policies = nil
	}
	items := kustomize.Items{} // kustomize refuses a validator that returns anything
	if config.Spec.Use != kustomize.Validator {
		if items, err = list.With(policies); err != nil {
			return err
		}
	}
	out := kustomize.Stream(items)
	if !legacy {
		if out, err = kustomize.List(items, list.Results(diags, stdinName)); err != nil {
			return err
		}
	}
	if _, err := c.App.Writer.Write(out); err != nil {
		return err
	}
	if diags.Errors() > 0 {
		return errNo
	}
	return nil
}

// readResources reads what kustomize gives. A legacy plugin's configuration is a file.
func readResources(c *cli.Context, legacy bool) (*kustomize.ResourceList, error) {
	in, terminal := c.App.Reader, isTerminal(c.App.Reader)
	switch {
	case !legacy && terminal:
		return nil, usagef("standard input is a terminal; kustomize gives a function a ResourceList there; usage: %s", c.Command.UsageText)
	case !legacy:
		return kustomize.ReadList(in)
	case terminal:
		in = strings.NewReader("") // somebody tries it by hand
	}
	config, err := os.ReadFile(c.Args().First())
	if err != nil {
		return nil, err
	}
	return kustomize.ReadStream(in, config)
}

// answerKustomize compiles what a configuration says, and holds it to the resources that there are.
func answerKustomize(config *kustomize.Config, list *kustomize.ResourceList, dir string) ([]byte, diag.List, error) {
	if config.Spec.Use == kustomize.Validator && !list.HasResources() {
		return nil, nil, fmt.Errorf("%s %q: a validator has nothing to do without resources; list it under validators, or leave spec.use out to generate policies", kustomize.Kind, config.Name)
	}
	policies, diags, err := generate(config, dir)
	if err != nil || diags.Errors() > 0 || !list.HasResources() {
		return policies, diags, err
	}
	found, err := checkItems(config, list, dir)
	if err != nil {
		return nil, nil, err
	}
	if config.Spec.Strict {
		found.Strict()
	}
	diags = append(diags, found...)
	diags.Sort()
	return policies, diags, nil
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
	files, err := result.lower(layout, manifest.FormatYAML, manifest.Stream[*networkingv1.NetworkPolicy])
	if err != nil {
		return nil, nil, err
	}
	var policies bytes.Buffer
	err = writeStream(&policies, files)
	return policies.Bytes(), result.diags, err
}

func compileConfig(config *kustomize.Config, dir string) (*compiled, error) {
	in, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	files, err := configInputs(config, in)
	if err != nil {
		return nil, err
	}
	return compileFiles(in, files, in.display, compiler.Options{
		DefaultNamespace: config.Spec.Namespace,
		Environment:      config.Spec.Environment,
		Stage:            stages[config.Spec.Stage],
	}, config.Spec.Strict)
}

// configInputs lists the files that a configuration names, and its own source.
func configInputs(config *kustomize.Config, in *folder) ([]compiler.Input, error) {
	var out []compiler.Input
	for _, name := range config.Spec.Files {
		files, err := filesOf(in, name)
		if err != nil {
			return nil, fmt.Errorf("spec.files: %w", err)
		}
		for _, file := range files {
			out = append(out, compiler.Input{Path: path.Join(in.at, file), Name: file})
		}
	}
	if text := config.Spec.Source; text != "" {
		out = append(out, compiler.Input{
			Path: path.Join(in.at, "<source>"), // where its imports start
			Name: fmt.Sprintf("<source of %s %s>", kustomize.Kind, config.Name),
			Text: &text,
		})
	}
	return out, nil
}

// filesOf lists what a name in a folder stands for: a file, or of a folder the .zt files in it.
func filesOf(in *folder, name string) ([]string, error) {
	clean := path.Clean(filepath.ToSlash(name))
	if !fs.ValidPath(clean) {
		return nil, fmt.Errorf("%q is outside the kustomization's folder; zt reads nothing there: copy the file into the folder", name)
	}
	info, err := in.root.Stat(clean)
	if err != nil {
		return nil, fmt.Errorf("%q cannot be read: %w", name, reason(err))
	}
	if !info.IsDir() {
		return []string{clean}, nil
	}
	entries, err := fs.ReadDir(in.root.FS(), clean)
	if err != nil {
		return nil, fmt.Errorf("%q cannot be read: %w", name, reason(err))
	}
	var files []string
	for _, e := range entries {
		if path.Ext(e.Name()) == extension && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, path.Join(clean, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no %s files in %q", extension, name)
	}
	return files, nil
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
