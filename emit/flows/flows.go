// Package flows reads connections that were observed in a cluster, and holds a
// topology against them: what it would cut that was let through so far.
package flows

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Flow is a connection that was seen and forwarded, from the side that opened it.
type Flow struct {
	From, To Endpoint
	Port     relation.PortRange // one port of To
	Count    int                // of the records that are of it
	Line     int                // of the first of them
}

// Endpoint is one end of a flow: a pod, or an address outside the cluster.
type Endpoint struct {
	Namespace       string            // "" for an address
	NamespaceLabels map[string]string // those that the record tells
	Labels          map[string]string // nil where the record does not tell them
	Workload        string            // what made the pod, where it is told
	Addr            netip.Addr
	Names           []string // DNS names that the address was found by
}

// IsPod reports whether the end is a pod.
func (e Endpoint) IsPod() bool { return e.Namespace != "" }

// Log is what records tell: each connection once.
type Log struct {
	Flows []Flow
	// Unclear counts forwarded records that do not tell between whom the connection was, or on which port.
	Unclear int
}

// maxLine is how long a record may be, in bytes.
const maxLine = 4 << 20

// ReadHubble reads flows as Hubble exports them, a JSON object on each line: both the shape of today,
// {"flow": {...}}, and the flow by itself, as it was before Hubble 0.10. Of the flows only those count that
// were forwarded and are no replies; records of other things than flows are passed over. What is
// not such a record is reported at its line of the file, of which this is the name. The error is of reading.
func ReadHubble(name string, r io.Reader) (*Log, diag.List, error) {
	log := &Log{}
	byKey := map[string]int{}
	lines := bufio.NewReaderSize(r, 64<<10)
	records := 0
	for n := 1; ; n++ {
		line, err := readLine(lines)
		switch {
		case errors.Is(err, errTooLong):
			return nil, unreadable(name, "", n, err), nil
		case err != nil && !errors.Is(err, io.EOF):
			return nil, nil, err
		}
		if len(strings.TrimSpace(string(line))) > 0 {
			records++
			if err := log.take(line, n, byKey); err != nil {
				return nil, unreadable(name, string(line), n, err), nil
			}
		}
		switch {
		case err != nil && records == 0:
			return nil, unreadable(name, "", n, errors.New("there is no flow in it")), nil
		case err != nil:
			return log, nil, nil
		}
	}
}

// unreadable reports a line that is no record.
func unreadable(name, line string, number int, err error) diag.List {
	line = strings.TrimRight(line, "\r\n")
	span := source.Span{File: source.NewExcerpt(name, line, number), End: len(line)}
	return diag.List{diag.New(diag.UnreadableFlows, span, "%v", err).
		WithHelp("a file of flows is what `hubble observe -o json` prints: a JSON object on each line")}
}

var errTooLong = fmt.Errorf("a record of more than %d MiB", maxLine>>20)

// readLine returns the next line, and io.EOF with the last.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, errTooLong
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// take adds what one record tells.
func (log *Log) take(line []byte, n int, byKey map[string]int) error {
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
	if !f.counts() {
		return nil
	}
	flow, ok := f.read()
	if !ok {
		log.Unclear++
		return nil
	}
	key := flow.key()
	i, seen := byKey[key]
	if !seen {
		i = len(log.Flows)
		byKey[key] = i
		flow.Line = n
		log.Flows = append(log.Flows, flow)
	}
	log.Flows[i].Count++
	return nil
}

// key returns a text that flows share only if they are the same connection.
func (f Flow) key() string {
	return f.From.key() + "\x00" + f.To.key() + "\x00" + f.Port.String()
}

func (e Endpoint) key() string {
	if !e.IsPod() {
		return e.Addr.String()
	}
	return e.Namespace + "\x01" + e.Workload + "\x01" + labelText(e.Labels) + "\x01" + labelText(e.NamespaceLabels)
}
