import { runTogether } from '../support/together.ts'

await runTogether('readme.test.ts', 'scripts')
