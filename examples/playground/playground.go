// Package playground is what the playground page asks of zt: it compiles the program in the editor,
// and imports manifests that the user opens. It reads and writes nothing else.
package playground

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/picture"
	"github.com/zt-lang/zt/emit/program"
	"github.com/zt-lang/zt/emit/program/policies"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/diag/render"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

// Name is what diagnostics call the program in the editor.
const Name = "playground.zt"

// defaultNamespace is where tiers and objects are that name no namespace.
const defaultNamespace = "default"

// File is a manifest that the user opened.
type File struct{ Name, Text string }

// Answer is what the page shows. What there is none of is empty.
type Answer struct {
	// Report is the diagnostics, as `zt check --format json` writes them.
	Report json.RawMessage `json:"report"`
	// Error is a problem that is not one of the input.
	Error string `json:"error,omitempty"`
	// Program is the text that the editor gets.
	Program string `json:"program,omitempty"`
	// Policies are the manifests, proven, as `zt build` writes them.
	Policies string `json:"policies,omitempty"`
	// Connections are what is permitted, as `zt reach` writes it.
	Connections string `json:"connections,omitempty"`
	// Picture is what is permitted, as `zt graph` draws it; empty if it is too much for a picture.
	Picture string `json:"picture,omitempty"`
}

// Compile compiles a program, proves its policies and lists what it permits.
func Compile(text string) Answer {
	in := []compiler.Input{{Path: Name, Name: Name, Text: &text}}
	result, diags, err := emit.Build(fstest.MapFS{}, in, emit.Options{})
	answer := answerOf(diags, err)
	if err != nil || diags.Errors() > 0 {
		return answer
	}
	for _, f := range result.Files {
		answer.Policies += string(f.Data)
	}
	model := query.OfTopology(result.Topology, query.FactsOf(result.Topology), defaultNamespace)
	connections, ok := model.Connections(nil, nil)
	if !ok {
		answer.Connections = "There are too many connections to list.\n"
		return answer
	}
	undecided := model.Undecided(connections, nil, nil)
	var list, drawing strings.Builder
	model.WriteConnections(&list, connections, undecided) // a builder can always be written to
	answer.Connections = list.String()
	if p, err := picture.Of(model, connections, picture.Options{Title: "What is permitted", Detail: picture.Auto, MostNodes: 120, MostArrows: 300}); err == nil {
		p.AddUndecided(undecided)
		p.WriteSVG(&drawing)
		answer.Picture = drawing.String()
	}
	return answer
}

// Format formats a program.
func Format(text string) Answer {
	formatted, diags, err := format.Source(source.NewFile(Name, text))
	answer := answerOf(diags, err)
	answer.Program = string(formatted)
	return answer
}

// Import writes a program that permits exactly what policies permit, as `zt import` does. Without
// policies, it writes a first program for the workloads, as `zt init` does.
func Import(files []File) Answer {
	var sources []*source.File
	var names []string
	for _, f := range files {
		sources = append(sources, source.NewFile(f.Name, f.Text))
		names = append(names, f.Name)
	}
	inv, diags := inventory.Read(sources, defaultNamespace)
	if diags.Errors() > 0 {
		return answerOf(diags, nil)
	}
	if len(inv.Policies)+len(inv.ClusterPolicies)+len(inv.CiliumPolicies)+len(inv.Foreign) > 0 {
		programs, more, err := policies.Import(inv, false)
		answer := answerOf(append(diags, more...), err)
		if len(programs) > 0 {
			answer.Program = string(programs[0].Text)
		}
		return answer
	}
	if inv, diags = inventory.ReadEvidence(sources, defaultNamespace); diags.Errors() > 0 {
		return answerOf(diags, nil)
	}
	if len(inv.Workloads) == 0 {
		return Answer{Report: report(diags), Error: "these files have neither NetworkPolicies nor workloads"}
	}
	text, err := program.Init(inv, defaultNamespace, strings.Join(names, " "))
	answer := answerOf(diags, err)
	answer.Program = string(text)
	return answer
}

func answerOf(diags diag.List, err error) Answer {
	answer := Answer{Report: report(diags)}
	if err != nil {
		answer.Error = err.Error()
	}
	return answer
}

func report(diags diag.List) json.RawMessage {
	var b bytes.Buffer
	render.JSON(&b, diags) // a buffer can always be written to
	return b.Bytes()
}
