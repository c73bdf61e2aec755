// The stand-in for Dojo. It is a program of its own, which reads its own options.
import type { Command } from 'commander'
import { newCommand, type Cli } from '../cli/program.ts'

export function sandboxCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options: object, { args }: Command) => {
      const { runSandbox } = await import('../../src/sandbox/main.ts')
      cli.exitCode = await runSandbox(args, cli.io)
    })
}
