// Tells what is wrong between a venue, this server and Dojo, and what to do about it.
import { loadWhatIsRight } from '../src/config.ts'
import { isEmbeddedThere } from '../src/store/database/embedded-postgres.ts'
import { diagnose, diagnoseAndMend, type Check, type State } from '../src/operator/doctor.ts'
import { secretsKeyOf } from '../src/operator/secrets-key.ts'
import { runCommand, UsageFault } from './command.ts'
import { openStore, type OpenStore } from './cli-context.ts'
import { paint } from './terminal.ts'

const HELP = `Usage: npm run doctor -- --location ID [--fix] [--allow-insecure] [--json]

Looks for all that can be wrong between a venue, this server and Dojo, and tells what to do about each: ✓ is right, ! is for
somebody to know, ✗ is broken, - was not looked at. Run it with the environment of the server. It changes nothing, but with --fix.

  --location ID      the venue
  --fix              where the registration is broken, and nothing before it, registers again, and looks once more
  --allow-insecure   also a PUBLIC_URL without TLS or inside a network, for a Dojo of your own
  --json             prints JSON: { locationId, healthy, checks }

Exit code 0 when nothing is broken, 1 when something is.
`

const signs: Record<State, { sign: string; colour: Parameters<typeof paint>[0] }> = {
  ok: { sign: '✓', colour: 'green' },
  warning: { sign: '!', colour: 'yellow' },
  broken: { sign: '✗', colour: 'red' },
  skipped: { sign: '-', colour: 'dim' },
}
const LABEL_COLUMNS = 20

await runCommand({
  help: HELP,
  options: {
    location: { type: 'string' },
    fix: { type: 'boolean' },
    'allow-insecure': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: async ({ location, fix, json, ...flags }, [extra]) => {
    if (extra !== undefined) {
      throw new UsageFault('There is nothing to give but options, which begin with --.')
    }
    if (location === undefined || location === '') throw new UsageFault('--location is missing.')
    const { config, faults } = loadWhatIsRight(process.env)
    const embedded = config.databaseUrl === undefined && !faults.has('DATABASE_URL')
    let opening: Promise<OpenStore> | undefined
    const deps = {
      config,
      faults,
      embedded,
      openStore: async () => {
        // It changes nothing, and so makes none.
        if (embedded && !isEmbeddedThere(config.dataDir)) {
          throw new Error(`there is none under ${config.dataDir}`)
        }
        return (await (opening ??= openStore(config))).store
      },
      secretsKey: () => secretsKeyOf({ ...config, embedded }, { mayMake: false }),
    }
    try {
      const { healthy, checks, mending } = await (fix === true ? diagnoseAndMend : diagnose)(deps, {
        locationId: location,
        allowInsecure: flags['allow-insecure'],
      })
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ locationId: location, healthy, checks }, null, 2)}\n`
          : checks.map(linesOf).join(''),
      )
      if (mending !== undefined) process.stderr.write(`${mending}\n`)
      if (!healthy) process.exitCode = 1
    } finally {
      await (await opening?.catch(() => undefined))?.close()
    }
  },
})

function linesOf({ name, state, finding, advice }: Check): string {
  const { sign, colour } = signs[state]
  const line = `${paint(colour, `${sign} ${name.padEnd(LABEL_COLUMNS)}`)}${finding}\n`
  return advice === undefined ? line : `${line}${' '.repeat(LABEL_COLUMNS + 2)}${advice}\n`
}
