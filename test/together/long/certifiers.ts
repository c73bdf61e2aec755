import { runOnlyAtLength } from '../../support/together.ts'

await runOnlyAtLength(
  'adapter/certified.test.ts',
  'sandbox/counter/certifier.test.ts',
  'sandbox/runs/certifier.test.ts',
)
