// The start: reads the environment, and serves in this process or in several below it.
import { ConfigFault, loadConfig, readEnvFile } from './config.ts'
import { serveAlone } from './process/alone.ts'
import { outliveReaders } from './process/endings.ts'
import { serveWithWorkers } from './process/parent.ts'
import { reasonOf, say } from './process/words.ts'

async function main(): Promise<void> {
  outliveReaders()
  readEnvFile()
  const config = loadConfig(process.env)
  const serve = config.workers === 1 ? serveAlone : serveWithWorkers
  await serve(config, process.env)
}

main().catch((error: unknown) => {
  say(
    error instanceof ConfigFault
      ? error.message
      : `The server did not start: ${reasonOf(error as NodeJS.ErrnoException)}`,
  )
  process.exitCode = 1
})
