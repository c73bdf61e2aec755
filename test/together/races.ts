import { runTogether } from '../support/together.ts'

await runTogether('adapter', 'isolation', 'races', 'scenarios')
