import { runTogether } from '../support/together.ts'

await runTogether(
  'sandbox/counter/checklist.test.ts',
  'sandbox/counter/own-till.test.ts',
  'sandbox/counter/person.test.ts',
  'sandbox/runs/leftovers.test.ts',
  'sandbox/runs/socket-certifier.test.ts',
  'sandbox/runs/tester.test.ts',
)
