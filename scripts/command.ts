// What the commands share: parse, help, run, one clear line on failure, an honest exit code.
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { ConfigFault } from '../src/config.ts'
import { Refusal, Unavailable } from '../src/domain/errors.ts'
import { meaningOf } from '../src/store/database/faults.ts'

/** A fault of whoever typed the command; its message says what to type instead. */
export class UsageFault extends Error {}

export interface Command<Options extends ParseArgsOptionsConfig> {
  /** Printed by --help; its first line is the usage. */
  help: string
  options: Options
  run: (values: Values<Options>, positionals: string[]) => Promise<void>
}

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true; strict: true }>
>['values']

/** Runs a command and sets the exit code: 0 done, 1 failed, 2 typed wrongly. */
export async function runCommand<Options extends ParseArgsOptionsConfig>({
  help,
  options,
  run,
}: Command<Options>): Promise<void> {
  const usage = help.split('\n')[0]!
  try {
    const { values, positionals } = parse(options)
    if ((values as { help?: boolean }).help === true) {
      process.stdout.write(`${help.trimEnd()}\n`)
      return
    }
    await run(values, positionals)
  } catch (error) {
    process.exitCode = error instanceof UsageFault ? 2 : 1
    const tail = error instanceof UsageFault ? `\n${usage}\nMore with --help.` : ''
    process.stderr.write(`${messageOf(error)}${tail}\n`)
  }
}

function parse<Options extends ParseArgsOptionsConfig>(options: Options) {
  try {
    return parseArgs({
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      strict: true,
    }) as { values: Values<Options>; positionals: string[] }
  } catch (error) {
    throw new UsageFault((error as Error).message)
  }
}

function messageOf(thrown: unknown): string {
  const error = meaningOf(thrown)
  if (error instanceof UsageFault || error instanceof ConfigFault || error instanceof Refusal) {
    return error.message
  }
  if (error instanceof Unavailable) {
    return 'The database cannot be reached; is DATABASE_URL right, and is it running?'
  }
  return error instanceof Error ? error.message : String(error)
}
