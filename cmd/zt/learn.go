package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing/fstest"
	"time"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/flows"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/program"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
)

func learnCommand() *cli.Command {
	return &cli.Command{
		Name:      "learn",
		Usage:     "write a program that permits observed connections",
		UsageText: "zt learn [flags] FLOW... [PROGRAM.zt...]",
		Reads:     cli.Files,
		Description: "hubble observe -o json --last 10000 | zt learn -\n" +
			"zt learn --internet flows.jsonl          # of Calico, which has no addresses\n" +
			"zt learn flows.jsonl --manifests base/   # labels that flows lack\n" +
			"zt learn flows.jsonl shop.zt             # only the edges that shop.zt lacks\n\n" +
			"A summary on standard error says how many of the flows the program permits, and\n" +
			"what else it permits.",
		Flags: append([]cli.Flag{
			cli.Choice("format", "`FORMAT` of the summary on standard error", "text", "json"),
			cli.Output("write the program to the file `PATH`, or to standard output, -"),
			command.ManifestsFlag("take labels that flows lack from workloads"),
			cli.Bool("internet", "permit the whole internet where one of its addresses was seen"),
			cli.String("block-size", "join addresses to blocks with a prefix of `BITS` bits", "32", ""),
		}, command.QuestionFlags()...),
		Action: learn,
	}
}

// certificate is what a program that was learned permits of the flows, and beside them.
type certificate struct {
	Flows           int                      `json:"flows"`
	Forwarded       int                      `json:"forwarded"`
	Dropped         int                      `json:"dropped"`
	Unclear         int                      `json:"unclear"`
	Permitted       int                      `json:"permitted"`
	PermittedDrops  int                      `json:"permittedDropped"`
	Edges           int                      `json:"edges"`
	First           *time.Time               `json:"first,omitempty"`
	Last            *time.Time               `json:"last,omitempty"`
	Generalizations []program.Generalization `json:"generalizations"`
}

func learn(c *cli.Context) error {
	var records, programs []string
	for _, arg := range c.Args().Slice() {
		if filepath.Ext(arg) == ".zt" {
			programs = append(programs, arg)
		} else {
			records = append(records, arg)
		}
	}
	if len(records) == 0 {
		return cli.Usagef("which flows to learn from? usage: %s", c.Command.UsageText)
	}
	bits, err := strconv.Atoi(c.String("block-size"))
	if err != nil || bits < 8 || bits > 32 {
		return cli.Usagef("--block-size is the length of a prefix, from 8 to 32")
	}
	if err := command.OnlyOneStdin(c); err != nil {
		return err
	}
	var log flows.Log
	for _, path := range records {
		_, one, diags, err := load.Flows(path, c.App.Reader)
		if err != nil {
			return err
		}
		if err := cli.Findings(c, diags); err != nil {
			return err
		}
		log.Merge(one)
	}
	inv, diags, err := command.Manifests(c)
	if err != nil {
		return err
	}
	if err := cli.Findings(c, diags); err != nil {
		return err
	}
	var known *topology.Topology
	if len(programs) > 0 {
		if known, err = command.Topology(c, programs); err != nil {
			return err
		}
	}
	var blocks []topology.Block
	if known != nil {
		blocks = known.Network.Services
	}
	log.Resolve(flows.NewServices(inv, blocks))
	lesson, err := program.Learn(&log, inv, known, program.LearnOptions{
		Internet: c.Bool("internet"), BlockSize: bits, DefaultNamespace: c.String("namespace"),
	})
	if err != nil {
		return err
	}
	proof, err := certify(c, &log, inv, lesson, programs)
	if err != nil {
		return err
	}
	name := strings.Join(records, " ")
	text := slices.Concat(proof.comment(name), lesson.Text)
	if len(lesson.Text) == 0 {
		text = nil
	}
	if err := cli.WriteResult(c, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
		return err
	}
	if c.String("format") == "json" {
		return cli.WriteJSON(c.App.ErrWriter, proof)
	}
	_, err = fmt.Fprintf(c.App.ErrWriter, "%s", proof.text(name))
	return err
}

// certify compiles what was learned, with the programs that it completes, and evaluates each flow.
func certify(c *cli.Context, log *flows.Log, inv *inventory.Inventory, lesson *program.Lesson, programs []string) (*certificate, error) {
	proof := &certificate{Flows: log.Records, Unclear: log.Unclear + lesson.Skipped, Edges: lesson.Edges, Generalizations: lesson.Generalizations}
	if proof.Generalizations == nil {
		proof.Generalizations = []program.Generalization{}
	}
	proof.Forwarded, proof.Dropped = flows.Records(log.Flows), flows.Records(log.Dropped)
	if !log.First.IsZero() {
		proof.First, proof.Last = &log.First, &log.Last
	}
	var more []compiler.Input
	if text := string(lesson.Text); text != "" {
		more = append(more, compiler.Input{Path: "learned.zt", Name: "learned.zt", Text: &text})
	}
	if len(more)+len(programs) == 0 {
		return proof, nil
	}
	var t *topology.Topology
	var diags diag.List
	var err error
	if len(programs) > 0 {
		t, diags, err = command.Program(c, programs, more...)
	} else {
		t, diags, err = compiler.Program(fstest.MapFS{}, more, nil, compiler.Options{DefaultNamespace: c.String("namespace")})
	}
	if err != nil {
		return nil, err
	}
	if diags.Errors() > 0 {
		if err := cli.Findings(c, diags); len(programs) > 0 {
			return nil, err
		}
		return nil, fmt.Errorf("the program that zt wrote has errors; this is a bug in zt, please report it")
	}
	permitted, denied := flows.Judge(t, log.Flows, inv)
	denied = slices.DeleteFunc(denied, func(f flows.Flow) bool { // without --internet, these are not learned
		return (f.From.Internet || f.To.Internet) && !c.Bool("internet")
	})
	if len(denied) > 0 {
		return nil, fmt.Errorf("the program that zt wrote denies %d flows; this is a bug in zt, please report it", flows.Records(denied))
	}
	drops, _ := flows.Judge(t, log.Dropped, inv)
	proof.Permitted, proof.PermittedDrops = flows.Records(permitted), flows.Records(drops)
	return proof, nil
}

// text describes the certificate in a few lines.
func (p *certificate) text(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From %s: %s", safe.Text(name), command.Counted(p.Flows, "record", "records"))
	if p.First != nil {
		fmt.Fprintf(&b, ", %s to %s", p.First.UTC().Format("2006-01-02 15:04"), p.Last.UTC().Format("2006-01-02 15:04"))
	}
	fmt.Fprintf(&b, ".\n%s forwarded, and %s permitted (evaluated). %d dropped, and %s permitted.\n", command.Counted(p.Forwarded, "flow", "flows"), ofThem(p.Permitted), p.Dropped, ofThem(p.PermittedDrops))
	if p.Unclear > 0 {
		fmt.Fprintf(&b, "%s unclear: no port, no address, or a pod without labels; see --manifests and --internet.\n", command.Counted(p.Unclear, "flow", "flows"))
	}
	fmt.Fprintf(&b, "%s.\n", command.Counted(p.Edges, "edge", "edges"))
	for _, g := range p.Generalizations {
		more := fmt.Sprintf("%d more", g.More)
		if g.More < 0 {
			more = "all of it"
		}
		fmt.Fprintf(&b, "Generalized: %s (%s): %s.\n", g.What, g.Why, more)
	}
	return b.String()
}

// comment is the text as comments of a program.
func (p *certificate) comment(name string) []byte {
	var b strings.Builder
	for line := range strings.Lines(p.text(name)) {
		b.WriteString("# " + line)
	}
	return []byte(b.String() + "\n")
}

// ofThem begins what is said of some of several things.
func ofThem(n int) string {
	if n == 1 {
		return "1 of them is"
	}
	return fmt.Sprintf("%d of them are", n)
}
