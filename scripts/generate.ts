// Generates all that is generated, see generator.ts: npm run generate.
import { run } from './generator.ts'

process.exitCode = await run(process.argv.slice(2), process)
