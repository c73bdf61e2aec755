// The frame of every command: parse, help, run, one clear line on failure, an honest exit code.
import { Command, CommanderError } from 'commander'
import { ConfigFault } from '../../src/config.ts'
import { Refusal, Unavailable } from '../../src/domain/errors.ts'
import { meaningOf } from '../../src/store/database/faults.ts'
import { databaseTrouble } from '../../src/store/database/trouble.ts'
import type { Io } from './io.ts'
import { paint, table, type Style, type TableOptions } from './output.ts'

const HELP_COLUMNS = 100

/** The command was typed wrongly; the message says what to type instead. */
export class UsageFault extends Error {}

/** One run of a command: its streams, and the exit code that it will have. */
export class Cli {
  readonly io: Io
  exitCode = 0
  /** The command that is being parsed or run: a usage error shows its usage. */
  command: Command | undefined
  #isDatabaseTold = false

  constructor(io: Io) {
    this.io = io
  }

  print(text: string): void {
    this.io.stdout.write(`${text}\n`)
  }

  remark(text: string): void {
    this.io.stderr.write(`${text}\n`)
  }

  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2))
  }

  printTable(
    headers: readonly string[],
    rows: ReadonlyArray<readonly string[]>,
    options: TableOptions = {},
  ): void {
    const { isTTY, columns } = this.io.stdout
    this.print(table(headers, rows, { columns: isTTY === true ? columns : undefined, ...options }))
  }

  /** Prints what a change did, and always which database it was made in. */
  printChange({
    json,
    result,
    text,
    database,
  }: {
    json: boolean | undefined
    result: object
    text: string
    database: string
  }): void {
    this.#isDatabaseTold = true
    if (json === true) this.printJson({ ...result, database })
    else this.print(`${text}\nDatabase: ${database}`)
  }

  /** Tells a person at a terminal which database it was, unless a change did. */
  tellDatabase(database: string): void {
    if (this.io.stdout.isTTY === true && !this.#isDatabaseTold) {
      this.remark(`Database: ${database}`)
    }
  }

  paint(style: Style, text: string): string {
    return paint(this.io, style, text)
  }
}

/** A command with the manners of this house; subcommands are added with `addCommand`. */
export function newCommand(cli: Cli, name: string, description: string): Command {
  const columns = Math.min(cli.io.stdout.columns ?? HELP_COLUMNS, HELP_COLUMNS)
  return new Command(name)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.io.stdout.write(text),
      writeErr: () => {}, // `run` says what is wrong
      getOutHelpWidth: () => columns,
      getOutHasColors: () => false,
    })
    .configureHelp({ commandUsage: usageOf, commandDescription: descriptionOf })
    .hook('preSubcommand', (_command, subcommand) => {
      cli.command = subcommand
    })
}

/** Names the options that must be given, since commander would say only [options]. */
function usageOf(command: Command): string {
  const names = []
  for (let each: Command | null = command; each !== null; each = each.parent) {
    names.unshift(each.name())
  }
  const mandatory = command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags)
  return [...names, ...mandatory, command.usage()].join(' ')
}

function descriptionOf(command: Command): string {
  const text = command.description()
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
}

/** @returns the exit code: 0 done, 1 failed, 2 typed wrongly, or what the command chose */
export async function runProgram(
  program: Command,
  cli: Cli,
  argv: readonly string[],
): Promise<number> {
  cli.command ??= program
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return cli.exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0 // --help, --version
    const fault = error instanceof CommanderError ? usageFaultOf(error) : error
    cli.remark(messageOf(fault))
    if (!(fault instanceof UsageFault)) return 1
    const isGroup = cli.command.commands.length > 0
    cli.remark(
      isGroup
        ? `\n${cli.command.helpInformation().trimEnd()}`
        : `Usage: ${usageOf(cli.command)}\nMore with --help.`,
    )
    return 2
  }
}

/** Says back only what is certainly a name: anything else that was typed may be a key. */
function usageFaultOf({ code, message }: CommanderError): UsageFault {
  const [, quoted = ''] = /'([^']*)'/.exec(message) ?? []
  const [flag = ''] = /^--?[a-z][a-z-]*/.exec(quoted) ?? []
  switch (code) {
    case 'commander.help':
      return new UsageFault('A subcommand is missing.')
    case 'commander.unknownCommand':
      return new UsageFault(
        /^[A-Za-z-]{1,30}$/.test(quoted)
          ? `There is no subcommand ${quoted}.`
          : 'There is no such subcommand.',
      )
    case 'commander.unknownOption':
      return new UsageFault(flag === '' ? 'Unknown option.' : `Unknown option ${flag}.`)
    case 'commander.optionMissingArgument':
      return new UsageFault(`${flag} needs a value.`)
    case 'commander.missingMandatoryOptionValue':
      return new UsageFault(`${flag} is missing.`)
    case 'commander.excessArguments':
      return new UsageFault('Unexpected argument; options start with --.')
    case 'commander.conflictingOption': {
      const [, other = ''] = /with option '(--[a-z-]+)/.exec(message) ?? []
      return new UsageFault(`${flag} and ${other} exclude each other.`)
    }
    default:
      return new UsageFault(`The command line is wrong (${code}).`)
  }
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof UsageFault || thrown instanceof ConfigFault) return thrown.message
  const error = meaningOf(thrown)
  if (error instanceof Refusal) return error.message
  const trouble = databaseTrouble(thrown)
  if (trouble !== undefined) {
    return `The database cannot be used: ${trouble.finding}. ${trouble.advice}`
  }
  if (error instanceof Unavailable) {
    return 'The database cannot be reached. Check DATABASE_URL, and that PostgreSQL is running.'
  }
  return error instanceof Error ? error.message : String(error)
}
