import { runTogether } from '../support/together.ts'

await runTogether('isolation', 'races', 'scenarios')
