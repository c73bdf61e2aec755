// A task that a stranger does: every click is counted, and the time. Keys are free, and a field
// that has no focus costs a click before somebody can type into it.
import type { Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { dropFile } from './parts.ts'

const MOST_CLICKS = 3
const MOST_SECONDS = 30
const MOST_TABS = 40

/** Once the page has drawn itself: what opens takes the focus then. */
const DRAWN = 'new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))'

export class Task {
  readonly page: Page
  readonly #startedMs = performance.now()
  #clicks = 0

  constructor(page: Page) {
    this.page = page
  }

  async click(what: Locator): Promise<void> {
    this.#clicks++
    await what.click()
  }

  /** A button or a link by its name. */
  async press(name: string | RegExp, within: Page | Locator = this.page): Promise<void> {
    const exact = typeof name === 'string'
    const button = within.getByRole('button', { name, exact })
    await this.click(button.or(within.getByRole('link', { name, exact })).first())
  }

  async type(field: Locator, text: string): Promise<void> {
    await field.waitFor()
    await this.page.evaluate(DRAWN)
    const focused = field.and(this.page.locator(':focus'))
    if ((await focused.count()) === 0) await this.click(field)
    await field.fill(text)
  }

  /** Goes to what it is with the key for it, as somebody does whose hand is at the keys. */
  async tabTo(what: Locator): Promise<void> {
    await what.waitFor()
    const focused = what.and(this.page.locator(':focus'))
    for (let keys = 0; keys < MOST_TABS && (await focused.count()) === 0; keys++) {
      await this.key('Tab')
    }
  }

  /** A file that is dragged onto a part of the page. */
  async drop(name: string, text: string, onto: Locator): Promise<void> {
    await dropFile(this.page, { name, text, onto })
  }

  async key(name: string): Promise<void> {
    await this.page.keyboard.press(name)
  }

  /** At the end of each. */
  ends(t: Test): void {
    const seconds = (performance.now() - this.#startedMs) / 1000
    t.ok(this.#clicks <= MOST_CLICKS, `${this.#clicks} clicks`)
    t.ok(seconds <= MOST_SECONDS, `${seconds.toFixed(1)} s`)
  }
}
