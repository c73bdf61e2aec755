// Finds what is wrong between a venue, this server and Dojo, and says what to do about it.
import type { Command } from 'commander'
import { loadWhatIsRight } from '../../src/config.ts'
import { diagnose, diagnoseAndFix, type Check, type State } from '../../src/operator/doctor.ts'
import { secretsKeyOf } from '../../src/operator/secrets-key.ts'
import { isEmbeddedThere } from '../../src/store/database/embedded-postgres.ts'
import { placeOf } from '../../src/store/database/database-url.ts'
import { openStore, type OpenStore } from '../cli/context.ts'
import { insecureOption, jsonOption, locationOption } from '../cli/options.ts'
import type { Style } from '../cli/output.ts'
import { newCommand, type Cli } from '../cli/program.ts'

const HELP = `
Run it with the environment of the server. Without --fix it changes nothing. ✓ is right, ! is worth
knowing, ✗ is broken, - was not checked.

Exit code 0 when nothing is broken, 1 when something is.`

const signs: Record<State, { sign: string; colour: Style }> = {
  ok: { sign: '✓', colour: 'green' },
  warning: { sign: '!', colour: 'yellow' },
  broken: { sign: '✗', colour: 'red' },
  skipped: { sign: '-', colour: 'dim' },
}
const LABEL_COLUMNS = 20

interface Options {
  location: string
  fix?: boolean
  allowInsecure?: boolean
  json?: boolean
}

export function doctorCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addOption(locationOption())
    .option('--fix', 'register again if only the registration is broken, and check once more')
    .addOption(insecureOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      await examine(cli, options)
    })
}

async function examine(
  cli: Cli,
  { location: locationId, fix = false, allowInsecure, json }: Options,
): Promise<void> {
  const { config, faults } = loadWhatIsRight(cli.io.env)
  const embedded = config.databaseUrl === undefined && !faults.has('DATABASE_URL')
  let opening: Promise<OpenStore> | undefined
  const deps = {
    config,
    faults,
    embedded,
    openStore: async () => {
      // A look must not create a database.
      if (embedded && !isEmbeddedThere(config.dataDir)) {
        throw new Error(`there is none under ${config.dataDir}`)
      }
      return (await (opening ??= openStore(config))).store
    },
    secretsKey: () => secretsKeyOf({ ...config, embedded }, { mayMake: false }),
  }
  const subject = { locationId, allowInsecure }
  try {
    const { healthy, checks, fixed } = await (fix ? diagnoseAndFix : diagnose)(deps, subject)
    const result = { locationId, healthy, checks }
    const text = checks.map((check) => checkInWords(cli, check)).join('\n')
    if (fix) cli.printChange({ json, result, text, database: placeOf(config) })
    else if (json === true) cli.printJson(result)
    else cli.print(text)
    if (fixed !== undefined) cli.remark(fixed)
    if (!healthy) cli.exitCode = 1
  } finally {
    await (await opening?.catch(() => undefined))?.close()
  }
}

function checkInWords(cli: Cli, { name, state, finding, advice }: Check): string {
  const { sign, colour } = signs[state]
  const line = `${cli.paint(colour, `${sign} ${name.padEnd(LABEL_COLUMNS)}`)}${finding}`
  return advice === undefined ? line : `${line}\n${' '.repeat(LABEL_COLUMNS + 2)}${advice}`
}
