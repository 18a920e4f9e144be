package ast

import "strings"

func trimComment(text string) string {
	return strings.TrimSpace(strings.TrimLeft(text, "#"))
}
