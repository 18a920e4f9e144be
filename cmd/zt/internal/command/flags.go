// Package command is what several commands do alike: their flags, and the steps from a command
// line to an answer.
package command

import (
	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
)

// Formats are the forms of manifests.
var Formats = map[string]manifest.Format{"yaml": manifest.FormatYAML, "json": manifest.FormatJSON}

// Stages are the stages of a rollout.
var Stages = map[string]topology.Stage{"ingress": topology.StageIngress, "egress": topology.StageEgress}

// BuildFlags are the flags of commands that build.
func BuildFlags() []cli.Flag {
	flags := append([]cli.Flag{
		cli.String("namespace", "the `NAMESPACE` of tiers outside every namespace", "default", ""),
		cli.String("environment", "compile only this `ENVIRONMENT`, for a cluster of its own", "", cli.Environments),
		cli.Choice("layout", "`LAYOUT` of the objects", target.Layouts...),
	}, TargetFlags()...)
	return append(flags, cli.Bool("strict", "make every warning an error"))
}

// TargetFlags are the flags of commands that make policies, or verify what was made.
func TargetFlags() []cli.Flag {
	return []cli.Flag{
		cli.Choices("target", "`TARGETS` to compile for, separated by commas", emit.Targets()...),
		cli.String("priority", "priorities of the guardrails, `FROM-TO`", target.Priorities{}.OrDefault().String(), ""),
	}
}

// StageFlag is the flag of commands that make or verify the policies of a rollout.
func StageFlag() cli.Flag {
	return cli.Choice("stage", "isolate only the directions of this `STAGE` of a rollout", "all", "ingress", "egress")
}

// ManifestsFlag is the flag of commands that read manifests beside a program.
func ManifestsFlag(usage string) cli.Flag {
	return cli.Strings("manifests", usage+" in `PATH`: a file, a directory, or standard input, -; "+
		"NAMESPACE=PATH is for objects that name no namespace; repeat the flag for more", cli.Files)
}

// AnswerFlags are the flags of commands that answer in one of several formats.
func AnswerFlags(formats ...string) []cli.Flag {
	return []cli.Flag{
		cli.Choice("format", "`FORMAT` of the answer", formats...),
		cli.Output("write the answer to the file `PATH`, or to standard output, -"),
	}
}

// QuestionFlags are the flags of commands that ask about inputs.
func QuestionFlags() []cli.Flag {
	return []cli.Flag{
		cli.String("namespace", "the `NAMESPACE` of tiers and objects that name none", "default", ""),
		cli.String("environment", "compile only this `ENVIRONMENT`, for a cluster of its own", "", cli.Environments),
	}
}
