// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"time"
)

const (
	// scrubAgain is how soon folding the WAL into the file is tried again when a reader was in the way.
	scrubAgain = 200 * time.Millisecond
	// scrubWait is how long readers are waited for, in milliseconds. Writers wait meanwhile.
	scrubWait = "20"
)

// leavesTraces marks that the WAL must not keep what this write did. The WAL has one frame after the other as they were
// written, so it would show which answer came together with which invitation's being used, and what was erased.
func (t *txn) leavesTraces() { t.w.traces = true }

// scrub folds the WAL into the file and empties it, and says whether it is empty. A reader in the middle of something makes
// it wait for the next time.
func (w *writer) scrub() bool {
	if _, err := w.conn.ExecContext(context.Background(), `PRAGMA busy_timeout = `+scrubWait); err != nil {
		return false
	}
	var busy, frames, folded int
	err := w.conn.QueryRowContext(context.Background(), `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &folded)
	_, restore := w.conn.ExecContext(context.Background(), `PRAGMA busy_timeout = 5000`)
	return err == nil && restore == nil && busy == 0
}
