import { runTogether } from '../support/together.ts'

await runTogether(
  'dojo/client',
  'dojo/dispatch.test.ts',
  'dojo/ids-and-names.test.ts',
  'dojo/jobs',
  'dojo/longest-values.test.ts',
  'dojo/rest',
  'dojo/socket',
  'dojo/webhooks',
)
