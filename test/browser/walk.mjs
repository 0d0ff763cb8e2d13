// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0
//
// Drives a real browser through the gateway's pages. browser_test.go starts the gateway, tells on stdin where the links
// lead, and judges afterwards what was stored. One line of JSON on stdout for each walk: its name and what was wrong.

import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { walks } from './walks.mjs'

const config = JSON.parse(readFileSync(0, 'utf8'))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// Rules of WCAG 2.0 to 2.2, level A and AA, and what axe's authors call best practice.
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// How long the browser may take for one step, on a busy machine.
const patience = 120000

// What the browser may say: a page with a mistake in it is answered with 422, a link that takes nothing with 410, an
// address that does not exist with 404; and an address that it does not trust gets no COOP.
const expected = [/the server responded with a status of (422|410|404)/, /Cross-Origin-Opener-Policy header has been ignored/]

// Walk is one visit with a clean browser. Its methods note what is wrong and go on.
class Walk {
  constructor(browser, name) {
    Object.assign(this, { browser, name, wrong: [], links: config.links, shots: config.screenshots })
  }

  note(what) {
    this.wrong.push(what)
  }

  check(ok, what) {
    if (!ok) this.note(what)
  }

  // open is a new tab that notes what the browser complains about and what leaves for elsewhere.
  async open(options, allowed = []) {
    const context = await this.browser.newContext({ locale: 'en-GB', ...options })
    context.setDefaultTimeout(patience)
    const page = await context.newPage()
    page.on('console', (m) => {
      if (!expected.some((e) => e.test(m.text()))) this.note(`console: ${m.text()}`)
    })
    page.on('pageerror', (e) => this.note(`error in the page: ${e.message}`))
    page.on('request', (r) => {
      const { protocol, host } = new URL(r.url())
      if (protocol !== 'data:' && host !== config.host && !allowed.includes(host)) this.note(`asks ${host}`)
    })
    return page
  }

  // follow does what leads to another document, and is back when that is there. A key that is pressed does not wait for
  // what it leads to.
  async follow(page, act) {
    const there = page.waitForEvent('load')
    await Promise.all([there, act()])
  }

  // focuses waits until the element has the focus: a browser sets autofocus when it draws, which is after the load.
  async focuses(page, selector, otherwise) {
    try {
      await page.locator(`${selector}:focus`).first().waitFor()
    } catch (e) {
      this.note(`${otherwise}: ${e.message}`)
    }
  }

  async says(page, ...texts) {
    const body = await page.locator('body').innerText()
    for (const text of texts) this.check(body.includes(text), `does not say "${text}" but "${body.slice(0, 400)}"`)
  }

  // inspect looks at what is shown: axe, nothing beside the screen, targets large enough; and takes a picture.
  async inspect(page, name) {
    const at = `${name}: `
    // By the debugger's own door: the page's policy lets no script in.
    const debug = await page.context().newCDPSession(page)
    await debug.send('Runtime.evaluate', { expression: axe })
    const found = await page.evaluate(
      async (rules) =>
        (await window.axe.run(document, { runOnly: rules })).violations.map(
          (v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.html).join(' | ').slice(0, 300)})`,
        ),
      rules,
    )
    for (const violation of found) this.note(at + violation)
    for (const problem of await page.evaluate(measure)) this.note(at + problem)
    if (this.shots) {
      await mkdir(this.shots, { recursive: true })
      await page.screenshot({ path: join(this.shots, `${name}.png`), fullPage: true })
    }
  }
}

// measure runs in the page: what is wider than the screen, and what is too small to be hit (WCAG 2.2, 2.5.8).
function measure() {
  const wrong = []
  if (document.documentElement.scrollWidth > window.innerWidth) {
    wrong.push(`is ${document.documentElement.scrollWidth} wide on a screen of ${window.innerWidth}`)
  }
  for (const e of document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea')) {
    if (e.closest('[aria-hidden=true]') || e.closest('.alert li, .promise p')) continue // links in a sentence may be as small as its words
    if (!e.checkVisibility()) continue
    const target = e.matches('input[type=radio], input[type=checkbox]') ? e.closest('label') : e
    const { width, height } = target.getBoundingClientRect()
    if (width < 24 || height < 24) wrong.push(`${e.outerHTML.slice(0, 120)} is ${width} by ${height}`)
  }
  return wrong
}

const profile = await mkdtemp(join(tmpdir(), 'cx-browser-'))
const browser = await chromium.launch({
  executablePath: config.chromium,
  timeout: patience,
  args: [
    ...(config.root ? ['--no-sandbox'] : []), // Chromium refuses to run as root inside its own sandbox
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--host-resolver-rules=${config.resolve}`,
  ],
  env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
})
try {
  for (const [name, walk] of Object.entries(walks)) {
    const w = new Walk(browser, name)
    const began = Date.now()
    try {
      await walk(w)
    } catch (e) {
      w.note(`stopped: ${e.message}`)
    }
    await Promise.all(browser.contexts().map((c) => c.close()))
    console.log(JSON.stringify({ name, wrong: w.wrong, ms: Date.now() - began }))
  }
} finally {
  await browser.close()
  await rm(profile, { recursive: true, force: true })
}
