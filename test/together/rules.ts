import { runTogether } from '../support/together.ts'

await runTogether('domain', 'house', 'lib', 'limits.test.ts', 'operator', 'store')
