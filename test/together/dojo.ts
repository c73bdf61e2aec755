import { runTogether } from '../support/together.ts'

await runTogether('dojo/client', 'dojo/jobs', 'dojo/rest', 'dojo/webhooks')
