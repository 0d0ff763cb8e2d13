// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0
//
// What owners do with the pages of offers. w.links['decide-' + walk] is a list of {answer}.

const views = {
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
}

const words = {
  en: { ask: 'Will you take this on?', why: 'Please give a reason', no: 'You have declined', yes: 'You have accepted', gone: 'nothing to decide' },
  ru: { ask: 'Возьмёте это на себя?', why: 'Укажите, пожалуйста, причину', no: 'Вы отказались', yes: 'Вы согласились', gone: 'решать нечего' },
}

const yes = (page) => page.locator('button[value="accept"]')
const no = (page) => page.locator('button[value="decline"]')

// looks visits every page that an owner may see: one declines after having forgotten the reason, another one accepts.
async function looks(w, view) {
  const links = w.links[`decide-${view}`]
  for (const [i, lang] of ['en', 'ru'].entries()) {
    const page = await w.open(views[view])
    const inspect = (name) => w.inspect(page, `${view}-${lang}-offer-${name}`)
    const say = words[lang]
    await page.goto(links[2 * i].answer)
    await w.says(page, say.ask, 'Returning something', 'counter', 'Head of CX')
    await inspect('asks')
    await w.follow(page, () => no(page).click())
    await w.says(page, say.why)
    await w.focuses(page, '.alert', 'what is wrong is not where one is')
    await inspect('problem')
    await page.locator('.alert a').click()
    await w.focuses(page, '#reason', 'the summary does not lead to the reason')
    await page.locator('#reason').fill(`Not my counter (${lang}).\nAsk the shops. `.repeat(3))
    await w.follow(page, () => no(page).click())
    await w.says(page, say.no, `Not my counter (${lang}). Ask the shops.`)
    await inspect('declined')
    await page.goto(links[2 * i].answer)
    await w.says(page, say.no, `Not my counter (${lang})`)
    w.check((await page.locator('form').count()) === 0, 'there is something to press after the answer')

    await page.goto(links[2 * i + 1].answer)
    await w.follow(page, () => yes(page).click())
    await w.says(page, say.yes)
    await inspect('accepted')
    await page.goto(`${links[2 * i + 1].answer}x?lang=${lang}`)
    await w.says(page, say.gone)
    await inspect('gone')
  }
}

// approval has the most that an offer can say.
async function approval(w) {
  for (const [view, options] of Object.entries(views)) {
    const page = await w.open(options)
    await page.goto(w.links['decide-approval'][0].answer)
    await w.says(page, 'Do you approve this?', 'budget 120000 EUR for 2027')
    await w.inspect(page, `${view}-offer-approval`)
  }
}

// keyboard switches the language in the middle and declines, without a mouse and without scripts.
async function keyboard(w) {
  const page = await w.open({ ...views.desktop, javaScriptEnabled: false })
  await page.goto(w.links['decide-keyboard'][0].answer)
  const reach = async (locator) => {
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press('Tab')
      if (await locator.evaluate((e) => e === document.activeElement)) return
    }
    throw new Error(`${locator} is not reached by Tab`)
  }
  await reach(page.locator('#reason'))
  await page.keyboard.type('By keyboard')
  await page.keyboard.press('Enter') // another line, and nothing else
  await page.keyboard.type('only')
  await page.getByRole('button', { name: 'Русский' }).focus()
  await w.follow(page, () => page.keyboard.press('Enter'))
  await w.says(page, words.ru.ask)
  w.check((await page.locator('#reason').inputValue()) === 'By keyboard\nonly', 'switching the language loses the reason')
  await reach(yes(page))
  await reach(no(page))
  await w.follow(page, () => page.keyboard.press('Enter'))
  await w.says(page, words.ru.no, 'By keyboard only')
}

export const decideWalks = {
  'decide-desktop': (w) => looks(w, 'desktop'),
  'decide-phone': (w) => looks(w, 'phone'),
  'decide-approval': approval,
  'decide-keyboard': keyboard,
}
