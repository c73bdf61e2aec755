import { runTogether } from '../support/together.ts'

await runTogether('adapter/client.test.ts', 'isolation', 'races', 'scenarios')
