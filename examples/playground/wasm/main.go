//go:build js && wasm

// Command wasm is zt for the playground page. It gives the page's worker the function zt, which
// answers a request in JSON.
package main

import (
	"encoding/json"
	"fmt"
	"syscall/js"

	"github.com/zt-lang/zt/examples/playground"
)

// request is what the page asks: to compile or format a text, or to import files.
type request struct {
	Do    string            `json:"do"`
	Text  string            `json:"text"`
	Files []playground.File `json:"files"`
}

func main() {
	js.Global().Set("zt", js.FuncOf(func(_ js.Value, args []js.Value) any {
		out, err := json.Marshal(answer(args[0].String()))
		if err != nil {
			return fmt.Sprintf(`{"error": %q}`, err)
		}
		return string(out)
	}))
	select {} // the function needs a running program
}

func answer(text string) (a playground.Answer) {
	defer func() {
		if p := recover(); p != nil {
			a = playground.Answer{Error: fmt.Sprint("this is a bug in zt; please report it with the program: ", p)}
		}
	}()
	var r request
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return playground.Answer{Error: err.Error()}
	}
	switch r.Do {
	case "compile":
		return playground.Compile(r.Text)
	case "format":
		return playground.Format(r.Text)
	case "import":
		return playground.Import(r.Files)
	}
	return playground.Answer{Error: "unknown request " + r.Do}
}
