// Distributes the database over the nodes of a Citus cluster, by venue.
import type { Command } from 'commander'
import { limits } from '../../src/limits.ts'
import { distribute } from '../../src/store/distribution/distribute.ts'
import { withStore, type Context } from '../cli/context.ts'
import { wholeNumberOption } from '../cli/options.ts'
import { newCommand, type Cli } from '../cli/program.ts'

interface Options {
  dryRun?: boolean
  shards: number
}

export function distributeCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .option('--dry-run', 'print the SQL, and change nothing')
    .addOption(
      wholeNumberOption(
        '--shards <number>',
        'how many shards; with more, more nodes can share the venues later',
        { least: 1, most: limits.mostShards },
      ).default(limits.shards),
    )
    .addHelpText(
      'after',
      '\nStop the servers first, and take a backup. Each step is a transaction of its own: run ' +
        'it again after an interruption. See docs/operating.md.',
    )
    .action(async (options: Options) => {
      await withStore(cli, async (context) => {
        await run(cli, context, options)
      })
    })
}

async function run(
  cli: Cli,
  { databaseUrl, database }: Context,
  { dryRun: isDryRun = false, shards }: Options,
): Promise<void> {
  const steps = await distribute(databaseUrl, {
    shards,
    isDryRun,
    onStep: ({ says, sql }) => {
      cli.print(isDryRun ? `-- ${says}\n${sql};\n` : says)
    },
  })
  if (steps.length === 0) cli.print('Every table is in its place.')
  else if (!isDryRun) {
    cli.printChange({
      json: false,
      result: {},
      text: 'The database is distributed by venue. Servers find that out when they start.',
      database,
    })
  }
}
