package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// figures is how the README puts what a run does at least: objects, topologies and connections.
var figures = regexp.MustCompile(`is given ([\d,]+) objects of ([\d,]+) topologies[^.]*lets ([\d,]+) real connections`)

// holdFigures fails where a whole run has done less than the README says of it.
func holdFigures(readme string) error {
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	said := figures.FindSubmatch(text)
	if said == nil {
		return fmt.Errorf("%s does not say how much is tried", readme)
	}
	for i, done := range []int64{total.objects.Load(), total.topologies.Load(), total.probes.Load()} {
		least, err := strconv.ParseInt(strings.ReplaceAll(string(said[i+1]), ",", ""), 10, 64)
		if err != nil {
			return err
		}
		if done < least {
			return fmt.Errorf("%s says %d, and this run has done %d: %q", readme, least, done, said[0])
		}
	}
	return nil
}
