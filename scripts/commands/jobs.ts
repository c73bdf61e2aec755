// The work with Dojo that waits to be done, and the work that was given up.
import type { Command } from 'commander'
import { showLocation } from '../../src/operator/locations.ts'
import { retryJobs } from '../../src/actions/jobs/retry-jobs.ts'
import { readWaitingJobs, type WaitingJob } from '../../src/store/jobs/backlog.ts'
import { withStore } from '../cli/context.ts'
import { jsonOption, textOption } from '../cli/options.ts'
import { newCommand, type Cli } from '../cli/program.ts'

export function jobsCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description).addCommand(list(cli)).addCommand(retry(cli))
}

const venueOption = () => textOption('--location <id>', 'only this venue')

interface ListOptions {
  location?: string
  dead?: boolean
  json?: boolean
}

function list(cli: Cli): Command {
  return newCommand(cli, 'list', 'list the events and checks that are queued, oldest first')
    .addOption(venueOption())
    .option('--dead', 'only what was given up')
    .addOption(jsonOption())
    .action(async ({ location, dead = false, json }: ListOptions) => {
      const jobs = await withStore(cli, async ({ store: { prisma, database } }) => {
        if (location !== undefined) await showLocation(prisma, location)
        return await readWaitingJobs(database, { locationId: location, deadOnly: dead })
      })
      if (json === true) cli.printJson(jobs)
      else if (jobs.length === 0) cli.remark('No work is queued.')
      else {
        cli.printTable(
          ['queued', 'location', 'kind', 'subject', 'state', 'last error'],
          jobs.map((job) => [
            job.queuedAt.toISOString(),
            job.locationId,
            job.kind,
            job.entityId,
            stateOf(job),
            job.lastError ?? '',
          ]),
        )
      }
      if (json !== true && jobs.some(({ keyRefusedAt }) => keyRefusedAt !== null)) {
        cli.remark(
          "Dojo rejected the API key of a paused job's venue. Replace it with: " +
            'npx epos location set-dojo-key',
        )
      }
    })
}

function stateOf({ attempts, nextAttemptAt, deadAt, keyRefusedAt }: WaitingJob): string {
  if (deadAt !== null) return `given up at ${deadAt.toISOString()}`
  if (keyRefusedAt !== null) return `paused, key rejected at ${keyRefusedAt.toISOString()}`
  if (attempts === 0) return `due at ${nextAttemptAt.toISOString()}`
  return `attempt ${attempts + 1} at ${nextAttemptAt.toISOString()}`
}

function retry(cli: Cli): Command {
  return newCommand(cli, 'retry', 'queue again what was given up')
    .addOption(venueOption())
    .addOption(jsonOption())
    .action(async ({ location, json }: { location?: string; json?: boolean }) => {
      await withStore(cli, async ({ store, database }) => {
        if (location !== undefined) await showLocation(store.prisma, location)
        const count = await retryJobs(store.database, location)
        cli.printChange({
          json,
          result: { count },
          text: `${count === 1 ? '1 job is' : `${count} jobs are`} queued again.`,
          database,
        })
      })
    })
}
