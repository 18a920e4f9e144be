package command

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
)

// Program compiles inputs, and more inputs that are not files. With more, the inputs were compiled before. If the
// command line does not choose targets, and only policies of the network plugin's own can express the program, it is
// compiled for those.
func Program(c *cli.Context, args []string, more ...compiler.Input) (*topology.Topology, diag.List, error) {
	in, err := load.Inputs(args, c.App.Reader)
	if err != nil {
		return nil, nil, err
	}
	files, chosen := load.Record(), options(c)
	if len(more) == 0 {
		defer tellUnread(c, args, files)
	}
	in = append(in, more...)
	t, diags, err := compiler.Program(files, in, load.DisplayName, chosen)
	if err != nil || c.IsSet("target") || !onlyPlugin(diags) {
		return t, diags, err
	}
	chosen.Native = true
	native, others, err := compiler.Program(files, in, load.DisplayName, chosen)
	if err != nil || native == nil || native.Network.Plugin.Target == "" {
		return t, diags, err
	}
	_, unsupported, err := emit.Lower(native, emit.Options{Targets: []string{native.Network.Plugin.Target}})
	if err != nil || unsupported.Errors() > 0 || dropped(unsupported) {
		return t, diags, err
	}
	if len(more) == 0 { // else it was said of the program without these
		noteTarget(c, diags, native.Network.Plugin)
	}
	return native, others, nil
}

// onlyPlugin reports whether all errors are that the network plugin does not enforce NetworkPolicies in this way.
func onlyPlugin(diags diag.List) bool {
	return diags.Errors() > 0 && !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool {
		return d.Severity == diag.Error && d.Code != diag.PluginUnsupported
	})
}

// dropped reports whether the plugin drops connections that its own policies permit.
func dropped(diags diag.List) bool {
	return slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.CiliumDropsSCTP })
}

// noteTarget says on standard error for which target the answer is, and the first reason.
func noteTarget(c *cli.Context, diags diag.List, p *topology.Plugin) {
	at := diags[slices.IndexFunc(diags, func(d diag.Diagnostic) bool { return d.Severity == diag.Error })].Span
	where := fmt.Sprintf("%s:%d", at.File.Name, at.Begin().Line)
	fmt.Fprintf(c.App.ErrWriter, "zt: note: NetworkPolicies cannot express %s with %s; this answer is for --target %s\n", safe.Text(where), p.Title, p.Target)
}
