// Run before the server starts, by any Node.js: an older one could not read TypeScript, and would
// say so in words that help nobody.
import { isNewEnough, tooOld } from './node-version.js'

if (!isNewEnough()) {
  process.stderr.write(`${tooOld('The server')}\n`)
  process.exitCode = 1
}
