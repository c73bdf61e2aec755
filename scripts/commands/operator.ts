// The accounts of those who look after all venues.
import type { Command } from 'commander'
import {
  createOperator,
  listOperators,
  revokeOperator,
  setOperatorPassword,
  setOperatorToken,
} from '../../src/operator/accounts.ts'
import { withStore } from '../cli/context.ts'
import { jsonOption, readSecret, textOption } from '../cli/options.ts'
import { details } from '../cli/output.ts'
import { newCommand, type Cli } from '../cli/program.ts'

export function operatorCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addCommand(create(cli))
    .addCommand(setPassword(cli))
    .addCommand(createToken(cli))
    .addCommand(list(cli))
    .addCommand(revoke(cli))
}

interface Options {
  name: string
  passwordStdin?: boolean
  json?: boolean
}

const nameOption = () =>
  textOption('--name <name>', 'what the operator signs in with').makeOptionMandatory()

function create(cli: Cli): Command {
  const command = newCommand(cli, 'create', 'create an account that sees all venues')
  return withPassword(cli, command, createOperator)
}

function setPassword(cli: Cli): Command {
  const command = newCommand(cli, 'set-password', 'give a new password, and end every session')
  return withPassword(cli, command, setOperatorPassword)
}

/** @param give gives the account a password, and makes one where none is given */
function withPassword(cli: Cli, command: Command, give: typeof setOperatorPassword): Command {
  return command
    .addOption(nameOption())
    .option(
      '--password-stdin',
      'read the password from standard input (default: generate one, and print it once)',
    )
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const given =
        options.passwordStdin === true
          ? await readSecret(cli.io, "The operator's password (it is not shown): ")
          : undefined
      await withStore(cli, async ({ store: { prisma }, database }) => {
        const password = await give(prisma, options.name, given)
        report(cli, { ...options, password: given === undefined ? password : undefined, database })
      })
    })
}

/** A password that was made here is shown, this once. */
function report(
  cli: Cli,
  { name, password, json, database }: Options & { password: string | undefined; database: string },
): void {
  cli.printChange({
    json,
    result: { name, password },
    text: details([
      ['operator', name],
      ...(password === undefined ? [] : [['password', password] as [string, string]]),
    ]),
    database,
  })
  if (json !== true && password !== undefined) cli.remark('The password is not shown again.')
}

function createToken(cli: Cli): Command {
  return newCommand(
    cli,
    'create-token',
    "print a token for the operator's programs, in place of the one before",
  )
    .addOption(nameOption())
    .addOption(jsonOption())
    .action(async ({ name, json }: Options) => {
      await withStore(cli, async ({ store: { prisma }, database }) => {
        const token = await setOperatorToken(prisma, name)
        cli.printChange({
          json,
          result: { name, token },
          text: details([
            ['operator', name],
            ['token', token],
          ]),
          database,
        })
        if (json !== true) cli.remark('The token is not shown again.')
      })
    })
}

function list(cli: Cli): Command {
  return newCommand(cli, 'list', 'list the operators')
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      const operators = await withStore(
        cli,
        async ({ store: { prisma } }) => await listOperators(prisma),
      )
      if (json === true) cli.printJson(operators)
      else if (operators.length === 0) {
        cli.remark(
          'There is no operator yet. Create one with: npx epos operator create --name NAME',
        )
      } else {
        cli.printTable(
          ['operator', 'token', 'last used', 'created', 'revoked'],
          operators.map(({ name, hasToken, lastUsedAt, createdAt, revokedAt }) => [
            name,
            hasToken ? 'yes' : '',
            lastUsedAt?.toISOString() ?? '',
            createdAt.toISOString(),
            revokedAt?.toISOString() ?? '',
          ]),
        )
      }
    })
}

function revoke(cli: Cli): Command {
  return newCommand(cli, 'revoke', 'end an account at once: its sessions and its token')
    .addOption(nameOption())
    .addOption(jsonOption())
    .action(async ({ name, json }: Options) => {
      await withStore(cli, async ({ store: { prisma }, database }) => {
        await revokeOperator(prisma, name)
        cli.printChange({
          json,
          result: { name },
          text: `${name} is no operator any more.`,
          database,
        })
      })
    })
}
