import { runTogether } from '../support/together.ts'

await runTogether(
  'contract',
  'distributed',
  'domain',
  'house',
  'lib',
  'limits.test.ts',
  'operator',
  'store',
)
