package cli

import "slices"

// commandHints say what to use instead of the commands of other tools.
var commandHints = map[string]string{}

func init() {
	for hint, words := range map[string][]string{
		"zt contacts no cluster: use `zt build | kubectl apply -f -`": {"apply", "deploy", "install", "push", "up"},
		"to see what a change permits, use `zt diff OLD NEW`":         {"plan", "preview", "compare", "changes"},
		"to find mistakes, use `zt check`":                            {"lint", "validate", "vet", "test", "analyze"},
		"to make manifests, use `zt build`":                           {"generate", "gen", "compile", "render", "template", "synth", "emit", "make"},
		"to rewrite files in the canonical form, use `zt fmt`":        {"format", "fmtcheck", "gofmt", "tidy"},
		"to ask whether a connection is permitted, use `zt why`":      {"ask", "query", "can", "can-i", "test-connection", "whynot", "trace"},
		"to list permitted connections, use `zt reach`":               {"list", "ls", "show", "get", "connectivity", "graph"},
		"to compare manifests with a topology, use `zt verify`":       {"audit", "drift"},
		"for a diagnostic or the language, use `zt explain`":          {"docs", "doc", "man", "describe"},
	} {
		for _, word := range words {
			commandHints[word] = hint
		}
	}
}

// flagHints are flags of other tools, with the flag of zt that was probably meant.
var flagHints = map[string]string{
	"-n": "--namespace", "-e": "--environment", "--env": "--environment", "-m": "--manifests", "--manifest": "--manifests",
	"--out": "--output", "--output-dir": "--output", "--dest": "--output", "-t": "--target", "-l": "--layout",
	"--src": "--from", "--source": "--from", "--dst": "--to", "--destination": "--to",
}

// flagHint says what to write instead of a flag of other tools, or "".
func flagHint(c *Command, written string) string {
	if meant := flagHints[written]; meant != "" && flagOf(c, meant) != nil {
		return "did you mean " + meant + "?"
	}
	if f, ok := flagOf(c, "--format").(*ValueFlag); ok && len(written) > 2 && slices.Contains(f.allowed, written[2:]) {
		return "write `--format " + written[2:] + "`"
	}
	switch written {
	case "-f", "--file", "--filename", "-i", "--input", "-R", "--recursive":
		return "inputs need no flag: " + c.UsageText
	case "-w", "--write":
		if c.Name == "fmt" {
			return "zt fmt rewrites files unless --check or --diff is given"
		}
	case "--dry-run":
		return "zt changes no cluster; `zt build` prints manifests"
	case "-A", "--all-namespaces":
		return "zt always reads all namespaces of its inputs"
	}
	return ""
}
