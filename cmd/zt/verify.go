package main

import (
	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/answer"
	"github.com/zt-lang/zt/emit/inventory"
	"github.com/zt-lang/zt/emit/networkpolicy"
)

func verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "say whether manifests permit exactly what a topology says",
		UsageText: "zt verify [flags] TOPOLOGY... --manifests PATH",
		Description: "kubectl get networkpolicies -A -o yaml | zt verify shop.zt --manifests -\n" +
			"kustomize build | zt verify shop.zt --manifests -   # after other transformers\n" +
			"Exit code 0: exactly that; 1: every difference is shown, with a connection that shows it.",
		Flags: append(append(answerFlags("text", "json"),
			&cli.StringFlag{Name: "manifests", Usage: "the manifests to verify: a file, a directory, or standard input, - (`PATH`)"},
			stageFlag(),
		), questionFlags()...),
		Action: verify,
	}
}

func verify(c *cli.Context) error {
	path := c.String("manifests")
	if path == "" {
		return usagef("--manifests says what to verify; usage: %s", c.Command.UsageText)
	}
	args := c.Args().Slice()
	if len(args) == 0 {
		args = []string{"."}
	}
	for _, arg := range args {
		if arg == stdinArg && path == stdinArg {
			return usagef("only one of the topology and the manifests can come from standard input")
		}
	}
	t, err := topologyOf(c, args)
	if err != nil {
		return err
	}
	inv, err := readManifests(c, []string{path})
	if err != nil {
		return err
	}
	comparison, err := compareSides(c, questioned{topology: t}, questioned{inventory: inv})
	if err != nil {
		return err
	}
	if !comparison.Equal() {
		comparison.Objects = changes(t, inv)
	}
	return writeComparison(c, comparison)
}

// changes lists the objects that are not as zt emits them, in the layout that
// manifests are in: the one that leaves the fewest.
func changes(t *topology.Topology, inv *inventory.Inventory) []answer.ObjectChange {
	var fewest []answer.ObjectChange
	for _, layout := range []networkpolicy.Layout{networkpolicy.ByTier, networkpolicy.ByEdge} {
		policies, _ := networkpolicy.Lower(t, layout)
		if list := answer.ObjectChanges(policies, inv); fewest == nil || len(list) < len(fewest) {
			fewest = list
		}
	}
	return fewest
}
