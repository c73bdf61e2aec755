// What Dojo has still to be told, and what was given up.
import { readWaitingJobs, retryDeadJobs, type WaitingJob } from '../src/store/jobs/backlog.ts'
import { showLocation } from '../src/operator/locations.ts'
import { runCommand, UsageFault } from './command.ts'
import { withStore } from './cli-context.ts'

const HELP = `Usage: npm run outbox -- list|retry [--location ID] [--dead] [--json]

  list    the changes that Dojo was not told of yet and the payments that it was not asked about, oldest first, with the last error
  retry   sends once more what was given up

  --location ID   of one venue only
  --dead          lists only what was given up
  --json          prints JSON
`

await runCommand({
  help: HELP,
  options: { location: { type: 'string' }, dead: { type: 'boolean' }, json: { type: 'boolean' } },
  run: async ({ location, dead = false, json = false }, [subcommand, extra]) => {
    if (extra !== undefined || (subcommand !== 'list' && subcommand !== 'retry')) {
      throw new UsageFault('list or retry?')
    }
    await withStore(async ({ store: { prisma, database } }) => {
      if (location !== undefined) await showLocation(prisma, location)
      const of = location === undefined ? {} : { locationId: location }
      if (subcommand === 'list') {
        list(await readWaitingJobs(database, { ...of, deadOnly: dead }), json)
      } else {
        const count = await retryDeadJobs(database, location)
        process.stdout.write(
          json
            ? `${JSON.stringify({ count })}\n`
            : `${count === 1 ? 'One errand is' : `${count} errands are`} sent once more, by the next server that runs.\n`,
        )
      }
    })
  },
})

function list(errands: WaitingJob[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(errands, null, 2)}\n`)
    return
  }
  if (errands.length === 0) process.stdout.write('Dojo was told and asked everything.\n')
  for (const errand of errands) {
    const { locationId, kind, entityId, queuedAt, lastError } = errand
    process.stdout.write(
      `${queuedAt.toISOString()} ${locationId} ${kind} ${entityId}: ${stateOf(errand)}${lastError === null ? '' : `. ${lastError}`}\n`,
    )
  }
}

function stateOf({ attempts, nextAttemptAt, deadAt, keyRefusedAt }: WaitingJob): string {
  if (deadAt !== null) return `given up at ${deadAt.toISOString()}`
  if (keyRefusedAt !== null) {
    return `paused, the key was refused at ${keyRefusedAt.toISOString()}; set it again with npm run location -- set-dojo-key`
  }
  return `${attempts === 0 ? 'due' : `tried ${attempts === 1 ? 'once' : `${attempts} times`}, again`} at ${nextAttemptAt.toISOString()}`
}
