// Package flows reads connections that were observed in a cluster, and reports those that a topology
// would cut.
package flows

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Flow is a connection, from the side that opened it.
type Flow struct {
	From, To Endpoint
	Port     relation.PortRange // one port of To
	Count    int                // of its records
	Line     int                // of the first of them
	Last     time.Time          // zero if they have no time
}

// Endpoint is one end of a flow: a pod, or an address outside the cluster.
type Endpoint struct {
	Namespace       string            // "" for an address
	NamespaceLabels map[string]string // in the record
	Labels          map[string]string // nil if the record has none
	Workload        string            // that made the pod, if the record has it
	Addr            netip.Addr        // not valid for a pod, or if the record has none
	Internet        bool              // an address of the internet that the record does not have
	Names           []string          // DNS names that resolved to the address
	Node            bool              // the address is of a node, or of the network plugin on one
	APIServer       bool              // the address is of the API server
}

// IsPod reports whether the end is a pod.
func (e Endpoint) IsPod() bool { return e.Namespace != "" }

// Log is the connections in records, each once.
type Log struct {
	Flows   []Flow // that were forwarded
	Dropped []Flow
	Records int       // in all
	First   time.Time // of the records of connections; zero if they have no time
	Last    time.Time
	// Unclear counts forwarded records without a port, or without an end of the connection.
	Unclear int
}

// Merge adds the connections of another log.
func (log *Log) Merge(other *Log) {
	log.Flows, log.Dropped = append(log.Flows, other.Flows...), append(log.Dropped, other.Dropped...)
	log.Records, log.Unclear = log.Records+other.Records, log.Unclear+other.Unclear
	if log.First.IsZero() || !other.First.IsZero() && other.First.Before(log.First) {
		log.First = other.First
	}
	if other.Last.After(log.Last) {
		log.Last = other.Last
	}
}

// maxLine is the maximum length of a record, in bytes.
const maxLine = 4 << 20

// Read reads flows, a JSON object on each line: as Hubble exports them, {"flow": {...}} or the flow
// alone, as before Hubble 0.10; or as Calico's Goldmane emits them and Whisker lists them. It returns the flows that are no replies, and ignores
// records of other things. It reports a line that is no record; the file has this name. The error is
// of reading.
func Read(name string, r io.Reader) (*Log, diag.List, error) {
	log := &Log{}
	byKey := map[string]int{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n := 1
	for ; lines.Scan() && lines.Err() == nil; n++ {
		line := lines.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		log.Records++
		add := log.addHubble
		if isCalico.Match(line) && !bytes.Contains(line, []byte(`"verdict"`)) {
			add = log.addCalico
		}
		if err := add(line, n, byKey); err != nil {
			return nil, unreadable(name, string(line), n, err), nil
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, unreadable(name, "", n, fmt.Errorf("a record of more than %d MiB", maxLine>>20)), nil
	case err != nil:
		return nil, nil, err
	case log.Records == 0:
		return nil, unreadable(name, "", n, errors.New("there is no flow in it")), nil
	}
	return log, nil, nil
}

// unreadable reports a line that is no record.
func unreadable(name, line string, number int, err error) diag.List {
	span := source.Span{File: source.NewExcerpt(name, line, number), End: len(line)}
	return diag.List{diag.New(diag.UnreadableFlows, span, "%v", err).
		WithHelp("a file of flows is what `hubble observe -o json` prints, or flows of Calico: a JSON object on each line")}
}

// addHubble adds the flow of a record of Hubble.
func (log *Log) addHubble(line []byte, n int, byKey map[string]int) error {
	var rec record
	if err := json.Unmarshal(line, &rec); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return fmt.Errorf("%s cannot be of the type %s", strings.TrimPrefix(wrong.Field, "hubbleFlow."), wrong.Value)
		}
		return fmt.Errorf("not a JSON object on one line: %w", err)
	}
	f := rec.Flow
	switch {
	case f != nil:
	case rec.isOther():
		return nil
	case rec.Verdict == "" && rec.Source == nil && rec.Destination == nil && rec.IP == nil:
		return errors.New("neither a flow nor anything else that Hubble exports")
	default:
		f = &rec.hubbleFlow
	}
	flow, ok := f.read()
	if !ok {
		flow = Flow{Count: 1}
	}
	flow.Line = n
	flow.Last, _ = time.Parse(time.RFC3339Nano, f.Time)
	log.addFlow(flow, f.Verdict == "DROPPED", f.counts(), byKey)
	return nil
}

// addFlow adds a flow that counts, to those with the same ends and port.
func (log *Log) addFlow(flow Flow, dropped, counts bool, byKey map[string]int) {
	unclear := func(e Endpoint) bool { return !e.IsPod() && !e.Addr.IsValid() && !e.Internet }
	switch {
	case !counts:
		return
	case unclear(flow.From) || unclear(flow.To):
		if !dropped {
			log.Unclear += flow.Count
		}
		return
	}
	if at := flow.Last; !at.IsZero() && (log.First.IsZero() || at.Before(log.First)) {
		log.First = at
	}
	if flow.Last.After(log.Last) {
		log.Last = flow.Last
	}
	list := &log.Flows
	if dropped {
		list = &log.Dropped
	}
	key := fmt.Sprint(dropped) + "\x00" + flow.From.key() + "\x00" + flow.To.key() + "\x00" + flow.Port.String()
	i, seen := byKey[key]
	if !seen {
		byKey[key] = len(*list)
		*list = append(*list, flow)
		return
	}
	(*list)[i].Count += flow.Count
	if flow.Last.After((*list)[i].Last) {
		(*list)[i].Last = flow.Last
	}
}

// key returns a text that differs for different ends.
func (e Endpoint) key() string {
	if !e.IsPod() {
		return fmt.Sprint(e.Internet, e.Node, e.APIServer, e.Addr)
	}
	return e.Namespace + "\x01" + e.Workload + "\x01" + labelText(e.Labels) + "\x01" + labelText(e.NamespaceLabels)
}
