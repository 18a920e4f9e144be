package outdir

import (
	"os"
	"os/signal"
	"syscall"
)

// hold keeps ctrl-C and the like from ending the process while a folder is
// neither the old one nor the new; it does not wait for anybody then.
func hold() (release func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	return func() { signal.Stop(signals) }
}
