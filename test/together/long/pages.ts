import { runTogether } from '../../support/together.ts'

await runTogether('browser', 'docs/sessions.test.ts')
