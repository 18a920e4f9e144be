package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// figures finds the README's numbers of objects, topologies and connections, and of those that guardrails deny.
var figures = regexp.MustCompile(`accepts ([\d,]+) objects of ([\d,]+) topologies(?s:.*?)([\d,]+) real connections(?s:.*?)keep ([\d,]+) of them closed`)

// holdFigures returns an error if a whole run tested less than the README says.
func holdFigures(readme string) error {
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	said := figures.FindSubmatch(text)
	if said == nil {
		return fmt.Errorf("%s does not say how much a run tests", readme)
	}
	for i, done := range []int64{total.objects.Load(), total.topologies.Load(), total.probes.Load(), total.guarded.Load()} {
		least, err := strconv.ParseInt(strings.ReplaceAll(string(said[i+1]), ",", ""), 10, 64)
		if err != nil {
			return err
		}
		if done < least {
			return fmt.Errorf("%s says %d, and this run tested %d: %q", readme, least, done, said[0])
		}
	}
	return nil
}
