package lsp

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/textproto"
	"strconv"

	"github.com/sourcegraph/jsonrpc2"
)

// codec reads messages from the header Content-Length and as many bytes. It skips and logs messages
// that are not JSON-RPC: the length says where the next one starts.
type codec struct {
	jsonrpc2.VSCodeObjectCodec // to write
	log                        *log.Logger
}

// ReadObject implements jsonrpc2.ObjectCodec. It logs why no further message can be read: the
// connection logs that after its end, which is too late for a server that ends with it.
func (c codec) ReadObject(stream *bufio.Reader, v any) error {
	err := c.read(stream, v)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		c.log.Printf("protocol error: %v", err)
	}
	return err
}

func (c codec) read(stream *bufio.Reader, v any) error {
	for {
		header, err := textproto.NewReader(stream).ReadMIMEHeader()
		if err != nil {
			return err
		}
		length, err := strconv.ParseUint(header.Get("Content-Length"), 10, 32)
		if err != nil {
			return fmt.Errorf("wrong Content-Length: %w", err)
		}
		body, err := io.ReadAll(io.LimitReader(stream, int64(length)))
		if err == nil && uint64(len(body)) < length {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if err = json.Unmarshal(body, v); err == nil {
			return nil
		}
		c.log.Printf("skipped a message: %v", err)
	}
}
