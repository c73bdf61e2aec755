// Stands for `tap` in a test file that together.ts runs.
import { currentTest } from './together.ts'

export default currentTest()
