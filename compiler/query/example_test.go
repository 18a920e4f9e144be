package query_test

import (
	"fmt"
	"log"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/query"
)

// Ask whether a program permits a connection, and which line decides.
func ExampleAsk() {
	fsys := fstest.MapFS{"shop.zt": {Data: []byte(`tier frontend, backend, database by role
frontend -> backend  :80
backend  -> database :5432
`)}}
	inputs := []compiler.Input{{Path: "shop.zt"}}
	for _, question := range []string{"backend -> database :5432", "frontend -> database :5432"} {
		answer, diags, err := query.Ask(fsys, inputs, compiler.Options{}, question)
		if err != nil || diags.Errors() > 0 {
			log.Fatal(err, diags)
		}
		fmt.Println(question, answer.Permitted)
		for _, origin := range answer.Ingress.Because {
			fmt.Println("  line", origin.Edge.Span.Begin().Line)
		}
	}
	// Output:
	// backend -> database :5432 true
	//   line 3
	// frontend -> database :5432 false
}
