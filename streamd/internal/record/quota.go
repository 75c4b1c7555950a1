// SPDX-License-Identifier: Apache-2.0

package record

import (
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// recording is a file that was recorded earlier.
type recording struct {
	path string
	size int64
}

// recordings lists them, oldest first. Files with other names are not ours.
func recordings(directory string) ([]recording, error) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, err
	}
	var found []recording
	for _, entry := range entries {
		stem, ours := strings.CutSuffix(entry.Name(), extension)
		if _, err := time.Parse(nameLayout, stem); !ours || err != nil || !entry.Type().IsRegular() {
			continue
		}
		if status, err := entry.Info(); err == nil {
			found = append(found, recording{filepath.Join(directory, entry.Name()), status.Size()})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].path < found[j].path })
	return found, nil
}

// makeRoom deletes the oldest recordings until all of them together take no more than the quota.
func makeRoom(directory string, quota int64) (deleted []string, err error) {
	found, err := recordings(directory)
	if err != nil {
		return nil, err
	}
	var total int64
	for _, each := range found {
		total += each.size
	}
	for _, each := range found {
		if total <= quota {
			break
		}
		if err := os.Remove(each.path); err != nil {
			return deleted, err
		}
		total -= each.size
		deleted = append(deleted, each.path)
	}
	return deleted, nil
}
