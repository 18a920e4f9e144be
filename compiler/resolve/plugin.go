package resolve

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

// declarePlugin reads `plugin NAME with KEY=VALUE, ...`. Statements of the same plugin add up.
func (r *resolver) declarePlugin(item ast.NetworkItem) {
	name := item.Plugin.Text
	at := slices.IndexFunc(topology.Plugins, func(p topology.PluginFacts) bool { return p.Name == name })
	if at < 0 {
		r.unknownPlugin(item.Plugin)
		return
	}
	p := r.network.Plugin
	switch {
	case p == nil:
		p = &topology.Plugin{PluginFacts: &topology.Plugins[at], Span: item.Plugin.At}
		r.network.Plugin = p
	case p.Name != name:
		r.report(diag.New(diag.Duplicate, item.Plugin.At, "the plugin is %s here and %s in another statement", name, p.Name).
			WithRelated(p.Span, "%s is stated here", p.Name).WithHelp("one plugin enforces the policies of a cluster; keep one"))
		return
	}
	for _, s := range item.Settings {
		r.pluginSetting(p, s)
	}
}

func (r *resolver) unknownPlugin(name *ast.Word) {
	var names []string
	for _, p := range topology.Plugins {
		names = append(names, p.Name)
	}
	d := diag.New(diag.UnknownPlugin, name.At, "zt knows no facts of the network plugin %s", name.Text).
		WithHelp("remove it, so that nothing is assumed; zt knows %s", strings.Join(names, ", "))
	near := strings.ToLower(name.Text)
	if !slices.Contains(names, near) {
		near = spell.Nearest(near, names)
	}
	if near != "" {
		d = d.WithFix(name.At, near, "write %s", near).WithHelp("did you mean %s?", near)
	}
	r.report(d)
}

// pluginSetting adds a setting, if it is one that changes a fact.
func (r *resolver) pluginSetting(p *topology.Plugin, l ast.Label) {
	key, value := l.Key.Text, l.Value.Text
	var keys, values []string
	for _, f := range p.Facts {
		if f.Setting == "" {
			continue
		}
		if !slices.Contains(keys, f.Setting) {
			keys = append(keys, f.Setting)
		}
		if f.Setting == key {
			values = append(values, f.Value)
		}
	}
	switch {
	case values == nil:
		r.badSetting(l.Key, "%s is no setting of %s that changes how it enforces policies", key, p.Title, keys)
	case !slices.Contains(values, value):
		r.badSetting(l.Value, "the setting %s cannot be %q here", key, value, values)
	case !slices.ContainsFunc(p.Settings, func(s topology.Setting) bool { return s.Key == key && s.Value == value }):
		p.Settings = append(p.Settings, topology.Setting{Key: key, Value: value, Span: l.At})
	}
}

func (r *resolver) badSetting(at ast.Word, format, a, b string, allowed []string) {
	d := diag.New(diag.BadSetting, at.At, format, a, b).WithHelp("it is one of %s; leave out a setting that has its default", strings.Join(allowed, ", "))
	if near := spell.Nearest(at.Text, allowed); near != "" {
		d = d.WithFix(at.At, near, "write %s", near).WithHelp("did you mean %s?", near)
	}
	r.report(d)
}
