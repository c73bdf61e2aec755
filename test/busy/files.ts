// Runs the test files that it is given, in one process: see run.ts.
import { runTogether } from '../support/together.ts'

await runTogether(...process.argv.slice(2))
