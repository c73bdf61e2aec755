// Generates the types of the contract and the Prisma client: npm run generate.
import { run } from './generator.ts'

process.exitCode = await run(process.argv.slice(2), process)
