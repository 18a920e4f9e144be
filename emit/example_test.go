package emit_test

import (
	"fmt"
	"log"
	"os"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit"
)

// Compile a program to NetworkPolicies. Build proves them before it returns them.
func ExampleBuild() {
	fsys := fstest.MapFS{"shop.zt": {Data: []byte(`tier web, api by app
web -> api :80
`)}}
	result, diags, err := emit.Build(fsys, []compiler.Input{{Path: "shop.zt"}}, emit.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range diags {
		fmt.Println(d.Severity, d.Message)
	}
	if diags.Errors() > 0 {
		return
	}
	fmt.Println(result.Objects, "policies")
	for _, f := range result.Files {
		os.Stdout.Write(f.Data[:len("apiVersion: networking.k8s.io/v1")])
	}
	// Output:
	// 3 policies
	// apiVersion: networking.k8s.io/v1
}

// A program with errors has no result; the diagnostics say what is wrong, and where.
func ExampleBuild_errors() {
	fsys := fstest.MapFS{"shop.zt": {Data: []byte(`tier web, api by app
web -> apj :80
`)}}
	result, diags, err := emit.Build(fsys, []compiler.Input{{Path: "shop.zt"}}, emit.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(result.Files), "files")
	for _, d := range diags {
		at := d.Span.Begin()
		fmt.Printf("%s:%d:%d: %s\n", d.Span.File.Name, at.Line, at.Column, d.Code)
	}
	// Output:
	// 0 files
	// shop.zt:2:8: ZT201
}
