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

/** Drags a file of comma-separated values onto a part of the page, and lets go. */
export async function dropFile(
  page: Page,
  { name, text, onto }: { name: string; text: string; onto: Locator },
): Promise<void> {
  const dataTransfer = await page.evaluateHandle(`(() => {
    const data = new DataTransfer()
    data.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}, { type: 'text/csv' }))
    return data
  })()`)
  await onto.waitFor()
  await onto.dispatchEvent('drop', { dataTransfer })
}
