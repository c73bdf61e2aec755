import { runOnlyAtLength } from '../../support/together.ts'

await runOnlyAtLength('browser')
