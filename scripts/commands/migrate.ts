// Brings the database to the tables of this version.
import type { Command } from 'commander'
import {
  editedMigrations,
  migrate,
  pendingMigrations,
} from '../../src/store/database/migrations.ts'
import { distributeNewTables } from '../../src/store/distribution/distribute.ts'
import { withStore, type Context } from '../cli/context.ts'
import { jsonOption } from '../cli/options.ts'
import { newCommand, type Cli } from '../cli/program.ts'

interface Options {
  status?: boolean
  json?: boolean
}

export function migrateCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .option('--status', 'only list what is missing; exit code 1 when something is')
    .addOption(jsonOption())
    .addHelpText('after', '\nSeveral runs at once wait for each other.')
    .action(async (options: Options) => {
      const work = async (context: Context): Promise<void> => {
        await migrateDatabase(cli, context, options)
      }
      await withStore(cli, work, { mustBeMigrated: false })
    })
}

async function migrateDatabase(
  cli: Cli,
  { store, databaseUrl, database }: Context,
  { status = false, json }: Options,
): Promise<void> {
  const { pool } = store.database
  const edited = status ? await editedMigrations(pool) : []
  if (edited.length > 0) {
    cli.remark(`edited since it was applied: ${edited.join(', ')}`)
    cli.exitCode = 1
  }
  const names = status ? await pendingMigrations(pool) : await migrate(pool, databaseUrl)
  const steps = await distributeNewTables(pool, databaseUrl, status)
  for (const { says } of steps) {
    cli.remark(status ? `to do with npx epos distribute: ${says}` : says)
  }
  if (status && steps.length > 0) cli.exitCode = 1
  const verb = status ? 'missing' : 'applied'
  const text = names.map((each) => `${verb} ${each}`).join('\n')
  if (json !== true && names.length === 0) cli.print('up to date')
  else if (json !== true && status) cli.print(text)
  else cli.printChange({ json, result: { [verb]: names }, text, database })
  if (status && names.length > 0) cli.exitCode = 1
}
