import { runTogether } from '../support/together.ts'

await runTogether(
  'sandbox/api',
  'sandbox/commands.test.ts',
  'sandbox/dojo',
  'sandbox/gateway',
  'sandbox/kit',
  'sandbox/products',
  'sandbox/scenarios',
  'sandbox/support',
)
