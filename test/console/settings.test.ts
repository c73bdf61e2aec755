// The page of settings has every setting that an owner may change.
import t from 'tap'
import { GROUPS } from '../../src/console/browser/setup/settings-list.ts'
import { operations } from '../../src/till/operations.ts'

t.test('each setting of the till API is on the page, once', (t) => {
  const change = operations.find(({ id }) => id === 'changeVenue')!
  const { properties } = change.body as unknown as { properties: object }
  const shown = GROUPS.flatMap(({ settings }) => settings.map(({ field }) => field))
  t.strictSame(shown.sort(), Object.keys(properties).sort())
  t.end()
})
