package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/grammar/safe"
)

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:      "version",
		Usage:     "print the version",
		UsageText: "zt version [--format json]",
		Flags:     []cli.Flag{cli.Choice("format", "`FORMAT` of the answer", "text", "json")},
		Action: cli.AtMost(0, func(c *cli.Context) error {
			info, _ := debug.ReadBuildInfo()
			return originOf(info).write(c.App.Writer, c.String("format"))
		}),
	}
}

// origin says which zt this is. Go records all of it in the binary: the version is the tag of the
// commit, or of the module that `go install` read, which then knows no commit.
type origin struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Date     string `json:"date,omitempty"` // of the commit, so that a build can be repeated
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// originOf returns what Go recorded; info may be nil.
func originOf(info *debug.BuildInfo) origin {
	o := origin{Version: "(unknown)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		return o
	}
	if info.Main.Version != "" {
		o.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			o.Commit = s.Value
		case "vcs.time":
			o.Date = s.Value
		case "vcs.modified":
			o.Modified = s.Value == "true"
		}
	}
	return o
}

// write writes it for people, or as JSON.
func (o origin) write(w io.Writer, format string) error {
	if format == "json" {
		_, err := w.Write(append(safe.JSON(o, ""), '\n'))
		return err
	}
	text := fmt.Sprintf("zt %s\n", o.Version)
	if o.Commit != "" {
		text += "commit   " + o.Commit
		if o.Modified {
			text += ", with changes"
		}
		text += "\ndate     " + o.Date + "\n"
	}
	_, err := fmt.Fprintf(w, "%sgo       %s\nplatform %s\n", text, o.Go, o.Platform)
	return err
}
