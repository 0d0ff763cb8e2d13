// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0
//
// Answers surveys as people do: opens the links in a browser, chooses, writes, sends. The demo tells on stdin where the
// links lead and what is answered.

import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

// How long the browser may take for one step, on a busy machine.
const patience = 120000

const { answers, browser } = JSON.parse(readFileSync(0, 'utf8'))
const home = await mkdtemp(join(tmpdir(), 'cx-answers-'))
const context = await chromium.launchPersistentContext(home, {
  executablePath: browser || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  locale: 'en-GB',
  timeout: patience,
})
try {
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  // A click does not wait for the page that it leads to.
  const send = () => Promise.all([page.waitForEvent('load'), page.locator('button.main').click()])
  for (const { url, score, reason, comment, contact } of answers) {
    await page.goto(`${url}?q=recommend&v=${score}`) // the button in the mail preselects
    await page.locator(`[name="q.recommend"][value="${score}"]:checked`).waitFor({ state: 'attached' })
    if (comment) await page.locator('textarea').fill(comment)
    if (contact) await page.locator('#contact').check()
    await send()
    if (reason) {
      // The answer leads to one more question.
      const choice = page.locator(`[name="q.what-went-wrong"][value="${reason}"]`)
      if (await choice.count()) {
        await choice.check()
        await send()
      }
    }
    await page.getByText(/Thank you|Спасибо/).first().waitFor()
  }
} finally {
  await context.close()
  await rm(home, { recursive: true, force: true })
}
