// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import "sync"

// maxCachedWaves bounds what the cache holds. A page is some ten kilobytes, with a logo more.
const maxCachedWaves = 100

// waveCache has published waves with their pages: each page that is opened and each answer needs one, and they hardly ever change.
// Nobody else writes to the file, so what is here is what is in the file. Who gets a wave must not change what is in it.
type waveCache struct {
	mu sync.Mutex
	// changes counts what was published; what was read before the last time must not be kept.
	changes int
	waves   map[int64]publishedWave
}

// get finds a wave by its number; nil when it is not published.
func (c *waveCache) get(ask asking, id int64) (*publishedWave, error) {
	c.mu.Lock()
	found, known := c.waves[id]
	changes := c.changes
	c.mu.Unlock()
	if known {
		return &found, nil
	}
	wave, err := waveByID(ask, id)
	if err != nil || wave == nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes == changes {
		if c.waves == nil || len(c.waves) >= maxCachedWaves {
			c.waves = map[int64]publishedWave{}
		}
		c.waves[id] = *wave
	}
	return wave, nil
}

// forget drops all waves. The writer calls it after each transaction in which one was published, before anybody is told so.
func (c *waveCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	c.waves = nil
}

func waveByID(ask asking, id int64) (*publishedWave, error) {
	return first(ask, scanPlain(scanWithPage), `SELECT `+pageColumns+` FROM published_waves AS w
		CROSS JOIN wave_progress AS p ON p.wave_id = w.id WHERE w.id = ?`, id)
}

// wave finds a wave by its number, as this transaction sees it.
func (t *txn) wave(id int64) (*publishedWave, error) {
	if t.published {
		return waveByID(t.asks(), id)
	}
	return t.w.waves.get(t.asks(), id)
}
