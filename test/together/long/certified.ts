import { runAtLength } from '../../support/together.ts'

await runAtLength('sandbox/counter/own-till.test.ts')
