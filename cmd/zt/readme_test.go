package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// session matches a command in the README, and the output that the README shows for it.
var session = regexp.MustCompile("(?ms)^```console\n\\$ (.*?)\n(.*?)^```$")

// TestReadme runs the commands of the READMEs and compares their output. kubectl is not run: its
// output must list the objects that zt writes.
func TestReadme(t *testing.T) {
	var sessions [][]string
	for _, name := range []string{"README.md", "examples/learn/README.md", "examples/import/README.md"} {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, session.FindAllStringSubmatch(string(text), -1)...)
	}
	if len(sessions) < 4 {
		t.Fatalf("found %d commands", len(sessions))
	}
	for _, m := range sessions {
		command, want := m[1], m[2]
		t.Run(command, func(t *testing.T) {
			zt, _, applied := strings.Cut(command, " | kubectl apply ")
			if applied {
				zt = strings.Replace(zt, "shop.zt", "examples/three-tier", 1)
			}
			c := exec.Command("sh", "-c", zt)
			c.Dir = "../.."
			out, err := c.Output()
			if err != nil {
				t.Fatal(err)
			}
			got := string(out)
			if applied {
				got = created(got)
			}
			if got != want {
				t.Errorf("the output is\n%s\nand the README shows\n%s", got, want)
			}
		})
	}
}

// created returns what kubectl prints when it creates the objects of a stream.
func created(stream string) string {
	var out strings.Builder
	for _, m := range regexp.MustCompile(`(?m)^  name: (.*)$`).FindAllStringSubmatch(stream, -1) {
		out.WriteString("networkpolicy.networking.k8s.io/" + m[1] + " created\n")
	}
	return out.String()
}
