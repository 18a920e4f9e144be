package program

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/flows"
	"github.com/zt-lang/zt/compiler/topology"
)

type dict = map[string]any

// traffic writes random records as Hubble does: workloads with several pods, addresses, replies, drops
// and noise. No connection is both forwarded and dropped.
func traffic(r *rand.Rand) []string {
	var ends []dict
	for i := range 2 + r.IntN(6) {
		ends = append(ends, dict{"namespace": []string{"shop", "pay"}[r.IntN(2)], "workload": fmt.Sprintf("w%d", i), "app": fmt.Sprintf("a%d", r.IntN(6))})
	}
	for range r.IntN(5) {
		ends = append(ends, dict{"ip": fmt.Sprintf("203.0.113.%d", r.IntN(256))})
	}
	endpoint := func(e dict) (dict, string) {
		if ip, ok := e["ip"].(string); ok {
			return dict{"labels": []string{"reserved:world"}}, ip
		}
		pod := r.IntN(3)
		labels := []string{fmt.Sprintf("k8s:app=%s", e["app"]), fmt.Sprintf("k8s:part=%s", e["workload"]), fmt.Sprintf("k8s:pod-template-hash=h%d", pod)}
		return dict{"namespace": e["namespace"], "pod_name": fmt.Sprintf("%s-%d", e["workload"], pod), "labels": labels, "workloads": []dict{{"name": e["workload"]}}}, fmt.Sprintf("10.0.0.%d", pod)
	}
	verdicts := map[string]string{}
	var lines []string
	for range 1 + r.IntN(40) {
		from, to, port := ends[r.IntN(len(ends))], ends[r.IntN(len(ends))], 80+r.IntN(3)
		pair := fmt.Sprint(from["workload"], from["ip"], to["workload"], to["ip"], port)
		if fmt.Sprint(from) == fmt.Sprint(to) || from["ip"] != nil && to["ip"] != nil {
			continue
		}
		if verdicts[pair] == "" {
			verdicts[pair] = []string{"FORWARDED", "FORWARDED", "DROPPED"}[r.IntN(3)]
		}
		source, sourceIP := endpoint(from)
		destination, destinationIP := endpoint(to)
		flow := dict{"time": fmt.Sprintf("2026-11-%02dT09:00:00Z", 1+r.IntN(28)), "verdict": verdicts[pair], "is_reply": false,
			"IP": dict{"source": sourceIP, "destination": destinationIP}, "l4": dict{"TCP": dict{"source_port": 40000, "destination_port": port}},
			"source": source, "destination": destination}
		lines = append(lines, text(dict{"flow": flow}))
		if r.IntN(3) == 0 {
			lines = append(lines, text(dict{"flow": dict{"verdict": "FORWARDED", "is_reply": true, "IP": dict{"source": destinationIP, "destination": sourceIP},
				"l4": dict{"TCP": dict{"source_port": port, "destination_port": 40000}}, "source": destination, "destination": source}}))
		}
	}
	return append(lines, `{"node_status":{"state_change":"NODE_CONNECTED"}}`)
}

func text(value any) string {
	b, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func logOf(t *testing.T, lines []string) *flows.Log {
	t.Helper()
	log, diags, err := flows.Read("flows.jsonl", strings.NewReader(strings.Join(lines, "\n")))
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	return log
}

func compiled(t *testing.T, text string) *topology.Topology {
	t.Helper()
	top, diags, err := compiler.Program(fstest.MapFS{}, []compiler.Input{{Path: "p.zt", Name: "p.zt", Text: &text}}, nil, compiler.Options{})
	if err != nil || diags.Errors() > 0 {
		t.Fatalf("%v %v\n%s", err, diags, text)
	}
	return top
}

// What is learned permits each forwarded flow and no dropped one; without any of its edges it cuts a
// flow; and the order of the flows makes no difference.
func TestLearn(t *testing.T) {
	edges := 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		lines := traffic(r)
		log := logOf(t, lines)
		learned, err := Learn(log, nil, nil, LearnOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(learned.Text) == 0 {
			continue
		}
		program := string(learned.Text)
		clean(t, program)
		top := compiled(t, program)
		if _, denied := flows.Judge(top, log.Flows, nil); len(denied) > 0 {
			t.Fatalf("seed %d: denied: %+v\n%s", seed, denied[0], program)
		}
		if permitted, _ := flows.Judge(top, log.Dropped, nil); len(permitted) > 0 && len(learned.Generalizations) == 0 {
			t.Fatalf("seed %d: permitted: %+v\n%s", seed, permitted[0], program)
		}
		all := slices.Collect(strings.Lines(program))
		for i, line := range all {
			if !strings.Contains(line, " -> ") {
				continue
			}
			edges++
			less := compiled(t, strings.Join(slices.Delete(slices.Clone(all), i, i+1), ""))
			if _, denied := flows.Judge(less, log.Flows, nil); len(denied) == 0 {
				t.Fatalf("seed %d: nothing needs %s in\n%s", seed, line, program)
			}
			missing, err := Learn(log, nil, less, LearnOptions{})
			pair := strings.Join(strings.Fields(line)[:3], " ") // FROM -> TO
			if err != nil || missing.Edges != 1 || !strings.Contains(strings.Join(strings.Fields(string(missing.Text)), " "), pair) {
				t.Fatalf("seed %d: %v: beside the rest of the program, learned\n%s and not %s", seed, err, missing.Text, line)
			}
		}
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		again, err := Learn(logOf(t, lines), nil, nil, LearnOptions{})
		if diff := cmp.Diff(program, string(again.Text)); err != nil || diff != "" {
			t.Fatalf("seed %d: %v %s", seed, err, diff)
		}
	}
	if edges < 500 {
		t.Errorf("only %d edges", edges)
	}
}
