import { runTogether } from '../support/together.ts'

await runTogether('dojo/counter-socket', 'dojo/terminals', 'till/payments')
