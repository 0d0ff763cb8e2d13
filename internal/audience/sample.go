// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"cmp"
	"container/heap"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"github.com/cx-operator/cx-operator/internal/store"
)

// draw is a number that belongs to a contact of a wave. It depends on the program's id, the survey, the slot and the contact's
// key alone, so it is the same on any cluster, whoever else is a contact and in whichever order they come. Other purposes get
// other numbers: when somebody is written to says nothing about whether they were drawn.
func draw(purpose string, wave store.WaveKey, key string) uint64 {
	h := sha256.New()
	for _, text := range []string{purpose, wave.ProgramID, wave.Survey, wave.Slot, key} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(text)))
		h.Write(length[:])
		h.Write([]byte(text))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// below maps a draw evenly to a number below n.
func below(draw, n uint64) uint64 {
	high, _ := bits.Mul64(draw, n)
	return high
}

// ticket is a contact in a draw of fixed size; the smallest ones win.
type ticket struct {
	draw uint64
	key  string
	// verdict is what becomes of the contact who wins; address is for the audience's hash.
	verdict Decision
	address string
}

func (t ticket) compare(other ticket) int {
	return cmp.Or(cmp.Compare(t.draw, other.draw), cmp.Compare(t.key, other.key))
}

// tickets keeps the winners so far, the largest on top.
type tickets []ticket

var _ heap.Interface = (*tickets)(nil)

func (t tickets) Len() int           { return len(t) }
func (t tickets) Less(i, j int) bool { return t[i].compare(t[j]) > 0 }
func (t tickets) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *tickets) Push(x any)        { *t = append(*t, x.(ticket)) }
func (t *tickets) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

// add keeps the size smallest.
func (t *tickets) add(next ticket, size int64) {
	if int64(len(*t)) < size {
		heap.Push(t, next)
		return
	}
	if next.compare((*t)[0]) < 0 {
		(*t)[0] = next
		heap.Fix(t, 0)
	}
}
