package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/kustomize"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
)

func kustomizeCommand() *cli.Command {
	return &cli.Command{
		Name:      "kustomize",
		Usage:     "generate policies as a function of kustomize",
		UsageText: "zt kustomize (--install | < RESOURCELIST)",
		Description: "kustomize build --enable-alpha-plugins --enable-exec .\n" +
			"zt kustomize --install && kubectl kustomize --enable-alpha-plugins .\n" +
			"kustomize build . | zt verify shop.zt --manifests -\n\n" +
			"kustomize runs zt-kustomize, a link to zt. Other transformers can change what\n" +
			"policies permit: run `zt verify` on the result.",
		Flags: []cli.Flag{
			cli.Bool("install", "link zt to where kustomize and kubectl look for it"),
		},
		Action: cli.AtMost(1, runKustomize),
	}
}

// pluginRoot is the variable by which kustomize tells a legacy plugin where the kustomization is.
const pluginRoot = "KUSTOMIZE_PLUGIN_CONFIG_ROOT"

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
	if err := cli.Report(c, diags); err != nil {
		return err
	}
	// A host that reads results reads them from a function that failed, too.
	if failed := diags.Errors() > 0; failed && legacy {
		return cli.ErrFindings
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
		if out, err = kustomize.List(items, list.Results(diags, load.StdinName)); err != nil {
			return err
		}
	}
	if _, err := c.App.Writer.Write(out); err != nil {
		return err
	}
	if diags.Errors() > 0 {
		return cli.ErrFindings
	}
	return nil
}

// readResources reads what kustomize gives. The configuration of a legacy plugin is a file.
func readResources(c *cli.Context, legacy bool) (*kustomize.ResourceList, error) {
	in, terminal := c.App.Reader, cli.IsTerminal(c.App.Reader)
	switch {
	case !legacy && terminal:
		return nil, cli.Usagef("standard input is a terminal, without the ResourceList of kustomize; usage: %s", c.Command.UsageText)
	case !legacy:
		return kustomize.ReadList(in)
	case terminal:
		in = strings.NewReader("") // someone tries it by hand
	}
	config, err := os.ReadFile(c.Args().First())
	if err != nil {
		return nil, err
	}
	return kustomize.ReadStream(in, config)
}

// answerKustomize builds what a configuration says, and checks it against the resources that there
// are.
func answerKustomize(config *kustomize.Config, list *kustomize.ResourceList, dir string) ([]byte, diag.List, error) {
	if config.Spec.Use == kustomize.Validator && !list.HasResources() {
		return nil, nil, fmt.Errorf("%s %q: a validator needs resources; list it under validators, or remove spec.use to generate policies", kustomize.Kind, config.Name)
	}
	result, diags, err := buildConfig(config, dir)
	if err != nil || diags.Errors() > 0 {
		return nil, diags, err
	}
	var policies bytes.Buffer
	if err := command.WriteStream(&policies, result.Files); err != nil {
		return nil, nil, err
	}
	if list.HasResources() {
		found := checkItems(config, list, result.Topology)
		if config.Spec.Strict {
			found.Strict()
		}
		diags = append(diags, found...)
		diags.Sort()
	}
	return policies.Bytes(), diags, nil
}

// checkItems checks the program against the resources that a transformer or validator is given, as
// `zt check --manifests` does.
func checkItems(config *kustomize.Config, list *kustomize.ResourceList, t *topology.Topology) diag.List {
	inv, diags := inventory.ReadEvidence([]*source.File{source.NewFile(load.StdinName, string(list.Text))}, config.Spec.Namespace)
	if diags.Errors() > 0 {
		return diags
	}
	return append(diags, command.CrossCheck(t, inv)...)
}

// buildConfig builds what a configuration names. It reads files only in the kustomization's folder
// and below, wherever links lead.
func buildConfig(config *kustomize.Config, dir string) (emit.Result, diag.List, error) {
	folder, err := load.OpenFolder(dir)
	if err != nil {
		return emit.Result{}, nil, err
	}
	defer folder.Close()
	var inputs []compiler.Input
	for _, name := range config.Spec.Files {
		found, err := folder.Inputs(name)
		if err != nil {
			return emit.Result{}, nil, fmt.Errorf("spec.files: %w", err)
		}
		inputs = append(inputs, found...)
	}
	if text := config.Spec.Source; text != "" {
		inputs = append(inputs, compiler.Input{
			Path: folder.Path("<source>"), // where its imports start
			Name: fmt.Sprintf("<source of %s %s>", kustomize.Kind, config.Name),
			Text: &text,
		})
	}
	options := emit.Options{
		Options: compiler.Options{
			DefaultNamespace: config.Spec.Namespace,
			Environment:      config.Spec.Environment,
			Stage:            command.Stages[config.Spec.Stage],
		},
		Targets:     config.Spec.Target,
		Layout:      target.Layout(config.Spec.Layout),
		Strict:      config.Spec.Strict,
		DisplayName: folder.DisplayName,
	}
	if text := config.Spec.Priority; text != "" {
		if options.Priorities, err = target.ParsePriorities(text); err != nil {
			return emit.Result{}, nil, fmt.Errorf("%s %q: spec.priority: %w", kustomize.Kind, config.Name, err)
		}
	}
	return emit.Build(folder, inputs, options)
}

// installKustomize makes the links by which kustomize finds zt: next to the command for functions,
// and among the plugins for kubectl.
func installKustomize(c *cli.Context) error {
	if runtime.GOOS == "windows" {
		return cli.Usagef("kustomize runs no plugins on Windows: copy zt.exe to zt-kustomize.exe on your PATH, and run kustomize with --enable-exec")
	}
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	if executable, err = filepath.EvalSymlinks(executable); err != nil {
		return err
	}
	plugin, err := kustomize.PluginPath(os.Getenv)
	if err != nil {
		return err
	}
	var failed []error // if one link fails, the other is still useful
	for _, at := range []string{plugin, filepath.Join(filepath.Dir(executable), kustomize.FunctionName)} {
		if err := kustomize.Link(executable, at); err != nil {
			failed = append(failed, cli.Unwritten(at, err))
			continue
		}
		safe.Fprintf(c.App.Writer, "%s -> %s\n", at, executable)
	}
	return errors.Join(failed...)
}
