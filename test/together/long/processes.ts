import { runOnlyAtLength } from '../../support/together.ts'

await runOnlyAtLength('processes', 'adapter/package.test.ts')
