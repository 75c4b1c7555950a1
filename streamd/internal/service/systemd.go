// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

func notifyReady()    { _, _ = daemon.SdNotify(false, daemon.SdNotifyReady) }
func notifyStopping() { _, _ = daemon.SdNotify(false, daemon.SdNotifyStopping) }

// watchdog tells systemd, if it wants to know, that pictures are still being worked on: an encoder that hangs ends
// that, and systemd starts the program anew.
func (s *service) watchdog(ctx context.Context) {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil || interval == 0 {
		return
	}
	ticker := time.NewTicker(interval / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if time.Since(s.pump.Beat()) < interval {
				_, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog)
			}
		}
	}
}
