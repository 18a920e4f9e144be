package cli

import (
	"maps"
	"slices"
	"strings"
)

// scripts are the completion scripts. Each asks `zt __complete -- WORD...` what the last word can
// be, so it is never out of date. The answer has a line for each candidate, with its description
// after a tab; the lines :files and :inputs stand for names of files.
var scripts = map[string]string{
	"bash": `# zt completion for bash: source <(zt completion bash)
_zt_add() { # adds the lines of standard input that begin with the current word
  local line
  while IFS= read -r line; do
    [[ $line == "$cur"* ]] && COMPREPLY+=("$line")
  done
}
_zt() {
  local cur word words=() lines
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    cur=$word
    [[ $word == = ]] && cur= || words+=("$word") # bash splits --flag=value into three words
  done
  [[ -n $cur || $word == '' ]] || words+=("")
  lines=$(zt ` + CompleteCommand + ` -- "${words[@]}" 2>/dev/null | cut -f1)
  case $lines in
  *:files) _zt_add < <(compgen -f -- "$cur") ;;
  *:inputs) _zt_add < <(compgen -f -X '!*.zt' -- "$cur"; compgen -d -- "$cur") ;;
  esac
  _zt_add <<<"${lines%:*s}"
}
complete -o filenames -F _zt zt
`,
	"zsh": `#compdef zt
# zt completion for zsh: source <(zt completion zsh)
_zt() {
  local line
  local -a candidates
  for line in "${(@f)$(zt ` + CompleteCommand + ` -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
    :files) _files ;;
    :inputs) _files -g '*.zt' ;;
    *$'\t'*) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    ?*) candidates+=("${line//:/\\:}") ;;
    esac
  done
  ((${#candidates})) && _describe zt candidates
}
if [[ ${funcstack[1]} == _zt ]]; then
  _zt "$@"
else
  compdef _zt zt
fi
`,
	"fish": `# zt completion for fish: zt completion fish | source
function __zt_complete
  set -l current (commandline -ct)
  for line in (zt ` + CompleteCommand + ` -- (commandline -opc)[2..-1] "$current" 2>/dev/null)
    switch $line
      case :files :inputs
        __fish_complete_path "$current"
      case '*'
        echo $line
    end
  end
end
complete -c zt -f -a '(__zt_complete)'
`,
	"kubectl": `#!/bin/sh
# Completion of kubectl zt: an executable file kubectl_complete-zt with this, on PATH.
exec kubectl-zt ` + CompleteCommand + ` --kubectl -- "$@"
`,
}

// Shells lists what zt completes in: shells, and kubectl, which completes its plugins.
var Shells = slices.Sorted(maps.Keys(scripts))

// CompletionFile returns the usual name of the file with the script for a shell.
func CompletionFile(shell string) string {
	if shell == "kubectl" {
		return "kubectl_complete-zt" // where kubectl looks
	}
	return "zt." + shell
}

// CompleteCommand is the hidden command that the scripts run.
const CompleteCommand = "__complete"

// CompletionScript returns the script for a shell.
func CompletionScript(shell string) (string, error) {
	if shell == "" {
		return "", Usagef("which shell? zt completion %s", strings.Join(Shells, "|"))
	}
	script, ok := scripts[shell]
	if !ok {
		return "", Usagef("there is no completion for %q; %s", shell, Instead(shell, Shells))
	}
	return script, nil
}

// Complete lists what the last word of a command line can be, as the scripts read it. The function
// names lists names of the program that the other words name.
func Complete(commands []*Command, words []string, names func(kind Values, others []string) []string) []string {
	last := len(words) - 1
	if last < 0 {
		return nil
	}
	if last == 0 || words[0] == "help" {
		var all []string
		for _, c := range shown(commands) {
			all = append(all, c.Name+"\t"+c.Usage)
		}
		return matching(append(all, "help\tprint the help of a command"), words[last])
	}
	c := find(commands, words[0])
	if c == nil {
		return nil
	}
	current, before := words[last], words[last-1]
	written, value, assigned := strings.Cut(current, "=")
	if assigned && isFlag(current) { // zsh and fish complete --flag=value as one word
		before, current, written = written, value, written+"="
	} else {
		written = ""
	}
	if f, ok := flagOf(c, before).(*ValueFlag); ok {
		values := f.allowed
		if f.completes == Files {
			return []string{":" + string(Files)}
		} else if f.completes != "" {
			values = names(f.completes, words[1:last])
		}
		values = matching(values, current)
		for i, v := range values {
			values[i] = written + v
		}
		return values
	}
	if isFlag(current) {
		flags := []string{"--help"}
		for _, f := range c.flags() {
			for _, n := range f.Names() {
				flags = append(flags, dash(n)+"\t"+description(f))
			}
		}
		return matching(flags, current)
	}
	out := matching(c.Arguments, current)
	if c.Reads != "" {
		out = append(out, ":"+string(c.Reads))
	}
	return out
}

// What kubectl does with the candidates: the directives of github.com/spf13/cobra.
const (
	filesIfNone    = ":0" // it completes names of files if there is no candidate
	noFiles        = ":4"
	filesEndingSo  = ":8" // the candidates are what names of files end with
	programsEnding = "zt"
)

// ForKubectl turns candidates for the last of some words into what kubectl reads from the
// completion of a plugin: candidates, and in the last line what to do with them.
func ForKubectl(candidates, words []string) []string {
	var current string
	if len(words) > 0 {
		current = words[len(words)-1]
	}
	prefix, _, assigned := strings.Cut(current, "=")
	var out []string
	directive := noFiles
	for _, c := range candidates {
		switch {
		case c == ":"+string(Files), c == ":"+string(Programs) && len(out) > 0:
			directive = filesIfNone
		case c == ":"+string(Programs):
			out, directive = append(out, programsEnding), filesEndingSo
		case assigned && isFlag(current):
			out = append(out, strings.TrimPrefix(c, prefix+"=")) // kubectl adds the flag again
		default:
			out = append(out, c)
		}
	}
	return append(out, directive)
}

// matching returns the sorted words that begin with another.
func matching(words []string, with string) []string {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !strings.HasPrefix(w, with) })
	slices.Sort(words)
	return words
}
