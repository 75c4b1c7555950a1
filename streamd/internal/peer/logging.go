// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// quietLoggers gives pion's own words to those who debug; what matters to an operator this package says itself.
type quietLoggers struct{ log *slog.Logger }

func (q quietLoggers) NewLogger(scope string) logging.LeveledLogger {
	return quietLogger{q.log.With("library", "pion", "part", scope)}
}

type quietLogger struct{ log *slog.Logger }

func (q quietLogger) Trace(string)              {}
func (q quietLogger) Tracef(string, ...any)     {}
func (q quietLogger) Debug(string)              {}
func (q quietLogger) Debugf(string, ...any)     {}
func (q quietLogger) Info(string)               {}
func (q quietLogger) Infof(string, ...any)      {}
func (q quietLogger) Warn(text string)          { q.log.Debug(text) }
func (q quietLogger) Warnf(f string, a ...any)  { q.log.Debug(fmt.Sprintf(f, a...)) }
func (q quietLogger) Error(text string)         { q.log.Debug(text) }
func (q quietLogger) Errorf(f string, a ...any) { q.log.Debug(fmt.Sprintf(f, a...)) }
