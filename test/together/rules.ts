import { runTogether } from '../support/together.ts'

await runTogether('domain', 'house', 'lib', 'operator', 'store')
