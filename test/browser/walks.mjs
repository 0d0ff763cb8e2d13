// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0
//
// What people do with the pages. Each walk has links of its own: w.links[walk] is a list of {answer, optOut}.

import { decideWalks } from './decide.mjs'

const views = {
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
}

const score = (page, n) => page.getByRole('radio', { name: String(n), exact: true }).first()
const send = (w, page) => w.follow(page, () => page.locator('button.main').click())

// looks visits every page there is, in both languages, and inspects it.
async function looks(w, view) {
  const links = w.links[view]
  for (const [i, lang] of ['en', 'ru'].entries()) {
    const page = await w.open(views[view])
    const { answer, optOut } = links[i]
    const inspect = (name) => w.inspect(page, `${view}-${lang}-${name}`)

    await page.goto(`${answer}?lang=${lang}`)
    await inspect('survey')
    await page.locator('textarea').fill('A long text. '.repeat(20))
    await page.locator('input.number').fill('soon')
    await send(w, page)
    await w.says(page, lang === 'en' ? 'Please look at these answers again' : 'Пожалуйста, посмотрите эти ответы ещё раз')
    await inspect('problems')
    await page.locator('input.number').fill('12')
    await score(page, 3).check()
    await send(w, page)
    await w.says(page, lang === 'en' ? 'What went wrong?' : 'Что было не так?')
    await inspect('further')
    await w.follow(page, () => page.locator('button.second').click())
    await inspect('saved')
    await page.goto(`${answer}?lang=${lang}`)
    w.check(await score(page, 3).isChecked(), 'what was saved is not there')
    await page.getByRole('checkbox').first().check()
    await send(w, page)
    await w.says(page, lang === 'en' ? 'Thank you' : 'Спасибо')
    await inspect('thanks')
    await page.goto(`${answer}?lang=${lang}`)
    await inspect('gone')
    await page.goto(`${optOut}?lang=${lang}`)
    await inspect('optout')
    await send(w, page)
    await inspect('optedout')
    await page.goto(`${answer}x/?lang=${lang}`)
    await inspect('nothing')
  }
}

// brands visits pages with the most that a questionnaire and a brand can have.
async function brands(w) {
  for (const [view, options] of Object.entries(views)) {
    const page = await w.open(options)
    for (const name of ['rich', 'yellow', 'anonymous']) {
      await page.goto(w.links[name][0].answer)
      await w.inspect(page, `${view}-${name}`)
    }
    await page.goto(w.links.rich[0].answer)
    await send(w, page)
    await w.inspect(page, `${view}-rich-problems`)
  }
}

// tab presses Tab until the element is reached, and notes stops at which nothing shows where one is.
async function tab(w, page, selector) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate((selector) => {
      const e = document.activeElement
      if (!e || e === document.body) return { body: true }
      const shown = e.closest('.boxes') ? e.nextElementSibling : e
      const { outlineStyle, outlineWidth } = getComputedStyle(shown)
      const { top, bottom } = shown.getBoundingClientRect()
      return {
        what: e.outerHTML.slice(0, 100),
        found: e.matches(selector),
        visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && bottom > 0 && top < window.innerHeight,
      }
    }, selector)
    if (stop.body) continue
    w.check(stop.visible, `nothing shows that ${stop.what} is where one is`)
    if (stop.found) return
  }
  throw new Error(`${selector} is not reached by Tab`)
}

// keyboard answers everything without a mouse.
async function keyboard(w) {
  const page = await w.open(views.desktop)
  await page.goto(w.links.keyboard[0].answer)
  await tab(w, page, '[name="q.nps"]')
  await page.keyboard.press('Space')
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight') // from 0 to 4
  await tab(w, page, 'button.main')
  await w.follow(page, () => page.keyboard.press('Enter'))
  await w.focuses(page, '.alert', 'what was added is not where one is')
  await tab(w, page, '[name="q.why"]')
  await tab(w, page, '[name="q.why"][value="staff"]')
  await page.keyboard.press('Space')
  await tab(w, page, '[name="q.minutes"]')
  await page.keyboard.type('a while')
  await w.follow(page, () => page.keyboard.press('Enter')) // in a field: sends, and does not switch the language
  await page.waitForSelector('.alert.problems')
  w.check((await page.locator('html').getAttribute('lang')) === 'en', 'Enter switched the language')
  await tab(w, page, '.alert a')
  await page.keyboard.press('Enter')
  await w.focuses(page, '[name="q.minutes"]', 'the summary does not lead to the field')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('15')
  await tab(w, page, '[name="q.more"]')
  await page.keyboard.type('By keyboard')
  await tab(w, page, 'button.main')
  await w.follow(page, () => page.keyboard.press('Enter'))
  await w.says(page, 'Thank you')
}

// noscript answers, switches the language on the way, takes a choice back and opts out in a browser that runs no script.
async function noscript(w) {
  const page = await w.open({ ...views.phone, javaScriptEnabled: false })
  const { answer, optOut } = w.links.noscript[0]
  await page.goto(`${answer}?q=nps&v=2`)
  await page.locator('[name="q.nps"][value="2"]:checked').waitFor({ state: 'attached' })
  await page.locator('textarea').fill('Ohne Skript')
  await w.follow(page, () => page.getByRole('button', { name: 'Русский' }).click())
  await w.says(page, 'Ваш последний визит', 'Что было не так?')
  await page.locator('[name="q.why"][value="price"]').check()
  const none = page.locator('label:has([id="q.where.none"])')
  w.check(!(await none.isVisible()), 'there is something to take back before something was chosen')
  await page.locator('[name="q.where"][value="staff"]').check()
  await none.click()
  await send(w, page)
  await w.says(page, 'Спасибо')
  await page.goto(optOut)
  await send(w, page)
  await w.says(page, 'You will get no more surveys')
}

// redirect is sent to another host in the end: the page's policy must let the form lead there.
async function redirect(w) {
  const target = new URL(w.links.redirect[0].target)
  const page = await w.open({ ...views.desktop, ignoreHTTPSErrors: true }, [target.host])
  let referrer
  page.on('request', (r) => {
    if (new URL(r.url()).host === target.host) referrer = r.headers().referer
  })
  await page.goto(w.links.redirect[0].answer)
  await score(page, 9).check()
  await send(w, page)
  await page.waitForURL(target.href)
  await w.says(page, 'You are on the company page')
  w.check(referrer === undefined, `the link is told to the other host: ${referrer}`)
}

// unencrypted answers at an address that a browser does not trust: it sends no Sec-Fetch-Site there, and hides the origin.
async function unencrypted(w) {
  const { answer, name } = w.links.unencrypted[0]
  const page = await w.open(views.desktop, [name])
  let sent
  page.on('request', (r) => {
    if (r.method() === 'POST') sent = r
  })
  await page.goto(answer)
  await score(page, 9).check()
  await send(w, page)
  await w.says(page, 'Thank you')
  const headers = await sent.allHeaders()
  w.check(headers.origin === 'null' && !headers['sec-fetch-site'], `the browser sends an origin here: ${JSON.stringify(headers)}`)
}

// zoom has text twice as large on the smallest screen, and forced colours.
async function zoom(w) {
  const page = await w.open({ viewport: { width: 640, height: 480 } })
  await page.goto(w.links.rich[0].answer)
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%' })
  await w.inspect(page, 'zoom-text-200')
  await page.setViewportSize({ width: 320, height: 480 }) // what 400 % leaves of a screen of 1280
  await page.evaluate(() => { document.documentElement.style.fontSize = '' })
  await w.inspect(page, 'zoom-page-400')
  await page.emulateMedia({ forcedColors: 'active' })
  await score(page, 9).check()
  await w.inspect(page, 'zoom-forced-colours')
}

// hostile opens a page whose every text is an attack, and enters some more.
async function hostile(w) {
  const page = await w.open(views.desktop)
  page.on('dialog', (d) => { w.note(`a script ran: ${d.message()}`); return d.dismiss() })
  await page.goto(w.links.hostile[0].answer)
  await page.locator('textarea').fill('</textarea><img src=x onerror=alert(2)>')
  await send(w, page)
  await page.waitForSelector('.alert.problems')
  w.check((await page.locator('textarea').inputValue()) === '</textarea><img src=x onerror=alert(2)>', 'what was entered is not shown as it was')
  w.check((await page.locator('main img, main script').count()) === 0, 'there is an element that is not ours')
}

// preview walks through a survey that nobody is asked: with the link of a test mail, and with a password at the cluster's address.
async function preview(w) {
  const [trial, inside] = w.links.preview
  const phone = await w.open(views.phone)
  await phone.goto(`${trial.answer}?q=nps&v=3`)
  await w.says(phone, 'Preview: nothing is stored.', 'What went wrong?')
  await w.inspect(phone, 'preview-survey')
  await send(w, phone)
  await phone.waitForSelector('.alert.problems')
  await w.inspect(phone, 'preview-problems')
  await phone.getByRole('checkbox').first().check()
  await send(w, phone)
  await w.says(phone, 'Thank you', 'Preview: nothing is stored.')
  await w.inspect(phone, 'preview-thanks')
  await phone.goto(trial.answer)
  await w.follow(phone, () => phone.getByRole('link', { name: 'No more surveys by mail' }).click())
  await w.inspect(phone, 'preview-optout')
  await send(w, phone)
  await w.says(phone, 'You will get no more surveys', 'Preview: nothing is stored.')

  const page = await w.open({ ...views.desktop, httpCredentials: { username: 'anybody', password: 'preview-token' } }, [inside.name])
  await page.goto(inside.optOut)
  await w.inspect(page, 'preview-list')
  await w.follow(page, () => page.getByRole('link', { name: 'mail (en)' }).click())
  await w.says(page, 'How likely are you to recommend us')
  await page.goto(inside.answer)
  await score(page, 9).check()
  await send(w, page)
  await w.says(page, 'Спасибо', 'Предварительный просмотр')
  await w.inspect(page, 'preview-inside-thanks')
}

export const walks = {
  ...decideWalks,
  desktop: (w) => looks(w, 'desktop'),
  phone: (w) => looks(w, 'phone'),
  brands,
  keyboard,
  noscript,
  redirect,
  unencrypted,
  zoom,
  hostile,
  preview,
}
