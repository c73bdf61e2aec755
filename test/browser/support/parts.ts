// Parts of pages that several tests look at.
import type { Locator, Page } from 'playwright-core'

/** A table on the floor. */
export function tileOf(page: Page, name: string): Locator {
  return page.getByRole('article').filter({ has: page.getByText(name, { exact: true }) })
}

/** Goes to another page of the same app without loading it anew. */
export async function goTo(page: Page, path: string): Promise<void> {
  const go = `history.pushState(null, '', ${JSON.stringify(path)})`
  await page.evaluate(`${go}; dispatchEvent(new PopStateEvent('popstate'))`)
}
