// Brings the database to the tables of this version.
import { migrate, pendingMigrations } from '../src/store/database/migrations.ts'
import { runCommand, UsageFault } from './command.ts'
import { withStore } from './cli-context.ts'

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

await runCommand({
  help: `Usage: npm run migrate -- [--status]

Applies the migrations that the database lacks, and prints their names. Several at once wait for each other.

  --status   only tells which are missing; exit code 1 when some are
`,
  options: { status: { type: 'boolean' } },
  run: async ({ status }, [extra]) => {
    if (extra !== undefined) {
      throw new UsageFault('There is nothing to give but options, which begin with --.')
    }
    await withStore(
      async ({
        store: {
          database: { pool },
        },
        databaseUrl,
      }) => {
        const names =
          status === true ? await pendingMigrations(pool) : await migrate(pool, databaseUrl)
        if (names.length === 0) print('up to date')
        for (const name of names) print(status === true ? `missing ${name}` : `applied ${name}`)
        if (status === true && names.length > 0) process.exitCode = 1
      },
      { mustBeMigrated: false },
    )
  },
})
