import { runOverBothTransports } from '../support/together.ts'

await runOverBothTransports('dojo/capabilities')
