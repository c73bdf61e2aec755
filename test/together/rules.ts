import { runTogether } from '../support/together.ts'

await runTogether('contract', 'domain', 'house', 'lib', 'limits.test.ts', 'operator', 'store')
