// The operator's command: `npx epos COMMAND [options]`. A command is loaded only when it is run.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { readEnvFile } from '../src/config.ts'
import { processIo, type Io } from './cli/io.ts'
import { Cli, newCommand, runProgram } from './cli/program.ts'

interface Entry {
  description: string
  load: () => Promise<(cli: Cli, name: string, description: string) => Command>
}

const commands: Readonly<Record<string, Entry>> = {
  location: {
    description: 'create venues, set them up, and issue their credentials',
    load: async () => (await import('./commands/location.ts')).locationCommand,
  },
  token: {
    description: 'the tokens of tills, kitchen screens and back offices',
    load: async () => (await import('./commands/token.ts')).tokenCommand,
  },
  operator: {
    description: 'the accounts of those who look after all venues',
    load: async () => (await import('./commands/operator.ts')).operatorCommand,
  },
  payment: {
    description: 'payments that do not match between Dojo and the orders here',
    load: async () => (await import('./commands/payment.ts')).paymentCommand,
  },
  register: {
    description: 'register a venue with Dojo; run it on every deploy',
    load: async () => (await import('./commands/register.ts')).registerCommand,
  },
  webhooks: {
    description: "subscribe this server to Dojo's webhooks",
    load: async () => (await import('./commands/webhooks.ts')).webhooksCommand,
  },
  endpoint: {
    description: 'your systems that receive the events of all venues',
    load: async () => (await import('./commands/endpoint.ts')).endpointCommand,
  },
  doctor: {
    description: 'find what is wrong between a venue, this server and Dojo',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  jobs: {
    description: 'the work with Dojo that is queued, and the work that was given up',
    load: async () => (await import('./commands/jobs.ts')).jobsCommand,
  },
  audit: {
    description: "compare a day's payments with Dojo's",
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  adapter: {
    description: 'begin a program that connects your till',
    load: async () => (await import('./commands/adapter.ts')).adapterCommand,
  },
  migrate: {
    description: 'apply the migrations that the database lacks',
    load: async () => (await import('./commands/migrate.ts')).migrateCommand,
  },
  distribute: {
    description: 'spread the venues over the nodes of a Citus cluster',
    load: async () => (await import('./commands/distribute.ts')).distributeCommand,
  },
  seed: {
    description: "open the demo's orders in a venue",
    load: async () => (await import('./commands/seed.ts')).seedCommand,
  },
  sandbox: {
    description: 'start a stand-in for Dojo',
    load: async () => (await import('./commands/sandbox.ts')).sandboxCommand,
  },
  tester: {
    description: "run a flow of Dojo's tester tool in a sandbox",
    load: async () => (await import('./commands/tester.ts')).testerCommand,
  },
  certify: {
    description: "play Dojo's go-live checklist against an EPOS Data server",
    load: async () => (await import('./commands/certify.ts')).certifyCommand,
  },
}

/**
 * Runs one command line.
 * @param argv what follows `epos`
 * @returns the exit code: 0 done, 1 failed, 2 typed wrongly; certify has more
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [word = '', ...rest] = argv
  const line = word === 'help' ? [...rest, '--help'] : argv
  const cli = new Cli(io)
  const program = newCommand(cli, 'npx epos', 'Runs and looks after an EPOS Data server.')
    .usage('<command> [options]')
    .version(versionOfPackage(), '-V, --version', 'show the version')
    .addHelpText('after', '\nRun any command with --help for its details.')
  for (const [name, { description, load }] of Object.entries(commands)) {
    const create = name === line[0] ? await load() : newCommand
    program.addCommand(create(cli, name, description))
  }
  return await runProgram(program, cli, line)
}

/** Runs the command line of this process. */
export async function main(): Promise<void> {
  try {
    readEnvFile()
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
    return
  }
  process.exitCode = await run(process.argv.slice(2), processIo())
}

function versionOfPackage(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

if (import.meta.main) await main()
