import { runAtLength } from '../../support/together.ts'

await runAtLength('docs/sessions.test.ts')
