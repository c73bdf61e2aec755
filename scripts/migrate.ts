// Brings the database to the tables of this version.
import type { Command } from 'commander'
import { migrate, pendingMigrations } from '../src/store/database/migrations.ts'
import { withStore } from './cli/context.ts'
import { processIo, type Io } from './cli/io.ts'
import { jsonOption } from './cli/options.ts'
import { Cli, newCommand, runProgram } from './cli/program.ts'

/** Runs one command line, and returns its exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const cli = new Cli(io)
  return await runProgram(migrateCommand(cli), cli, argv)
}

function migrateCommand(cli: Cli): Command {
  return newCommand(
    cli,
    'npm run migrate --',
    'Applies the migrations that the database lacks. Several runs at once wait for each other.',
  )
    .option('--status', 'only list what is missing; exit code 1 when something is')
    .addOption(jsonOption())
    .action(async ({ status = false, json }: { status?: boolean; json?: boolean }) => {
      await withStore(
        cli,
        async ({ store, databaseUrl, database }) => {
          const { pool } = store.database
          const names = status ? await pendingMigrations(pool) : await migrate(pool, databaseUrl)
          const verb = status ? 'missing' : 'applied'
          const text = names.map((each) => `${verb} ${each}`).join('\n')
          if (json !== true && names.length === 0) cli.print('up to date')
          else if (json !== true && status) cli.print(text)
          else cli.printChange({ json, result: { [verb]: names }, text, database })
          if (status && names.length > 0) cli.exitCode = 1
        },
        { mustBeMigrated: false },
      )
    })
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2), processIo())
