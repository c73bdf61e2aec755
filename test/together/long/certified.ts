import { runTogether } from '../../support/together.ts'

await runTogether(
  'adapter/certified.test.ts',
  'adapter/package.test.ts',
  'sandbox/counter',
  'sandbox/runs',
)
