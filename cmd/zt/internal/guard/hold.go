// Package guard keeps a change of files from being disturbed: by ctrl-C, and by other
// processes that change files of the same folder.
package guard

import (
	"os"
	"os/signal"
	"syscall"
)

// Hold keeps ctrl-C and the like from ending the process while its files are
// neither the old ones nor the new; nothing that takes long may happen then.
func Hold() (release func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	return func() { signal.Stop(signals) }
}
