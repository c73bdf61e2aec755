// The tokens that a venue's tills, kitchen screens and back office authenticate with.
import type { Command } from 'commander'
import { createToken, listTokens, revokeToken } from '../../src/operator/tokens.ts'
import { tillRoles, type TillRole } from '../../src/domain/venue/till-role.ts'
import { withStore } from '../cli/context.ts'
import { choiceOption, jsonOption, locationOption, textOption } from '../cli/options.ts'
import { details } from '../cli/output.ts'
import { newCommand, UsageFault, type Cli } from '../cli/program.ts'

export function tokenCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addCommand(create(cli))
    .addCommand(list(cli))
    .addCommand(revoke(cli))
}

interface CreateOptions {
  location: string
  role: TillRole
  waiter?: string
  till?: string
  json?: boolean
}

function create(cli: Cli): Command {
  return newCommand(cli, 'create', 'create a token and print it, which happens once')
    .addOption(locationOption())
    .addOption(
      choiceOption(
        '--role <role>',
        'kitchen sees orders and marks them ready; waiter also serves; manager also changes ' +
          'prices, cancels and sets up; owner may do everything',
        tillRoles,
      ).makeOptionMandatory(),
    )
    .addOption(
      textOption('--waiter <id>', "one waiter's own token; otherwise a request names its waiter"),
    )
    .addOption(
      textOption('--till <name>', 'the till or screen that uses it, for the record of changes'),
    )
    .addOption(jsonOption())
    .action(async ({ location: locationId, role, waiter, till, json }: CreateOptions) => {
      await withStore(cli, async ({ store: { prisma }, database }) => {
        const given = { role, waiterId: waiter, tillName: till }
        const { tokenId, token } = await createToken(prisma, locationId, given)
        cli.printChange({
          json,
          result: { locationId, tokenId, token, ...given },
          text: details([
            ['location', locationId],
            ['id', tokenId],
            ['role', role],
            ['token', token],
          ]),
          database,
        })
        if (json !== true) cli.remark('The token is not shown again.')
      })
    })
}

function list(cli: Cli): Command {
  return newCommand(cli, 'list', 'list the tokens of a venue, newest first')
    .addOption(locationOption())
    .addOption(jsonOption())
    .action(async ({ location, json }: { location: string; json?: boolean }) => {
      const tokens = await withStore(
        cli,
        async ({ store: { prisma } }) => await listTokens(prisma, location),
      )
      if (json === true) cli.printJson(tokens)
      else if (tokens.length === 0) {
        cli.remark(
          'There is no token yet. Create one with: ' +
            `npx epos token create --location ${location} --role ROLE`,
        )
      } else {
        cli.printTable(
          ['token', 'role', 'waiter', 'till', 'created', 'revoked'],
          tokens.map(({ tokenId, role, waiterId, tillName, createdAt, revokedAt }) => [
            tokenId,
            role,
            waiterId ?? '',
            tillName ?? '',
            createdAt.toISOString(),
            revokedAt?.toISOString() ?? '',
          ]),
        )
      }
    })
}

interface RevokeOptions {
  location: string
  token: string
  json?: boolean
}

function revoke(cli: Cli): Command {
  return newCommand(cli, 'revoke', 'end a token at once')
    .addOption(locationOption())
    .addOption(
      textOption(
        '--token <id>',
        'the id of the token, as list shows it, and never the token itself',
      ).makeOptionMandatory(),
    )
    .addOption(jsonOption())
    .action(async ({ location: locationId, token: tokenId, json }: RevokeOptions) => {
      // The text is not said back: it may be the token.
      if (!tokenId.startsWith('tok_')) {
        throw new UsageFault(
          "--token takes the token's id, which begins with tok_. See: npx epos token list",
        )
      }
      await withStore(cli, async ({ store: { prisma }, database }) => {
        await revokeToken(prisma, locationId, tokenId)
        cli.printChange({
          json,
          result: { locationId, tokenId },
          text: `${tokenId} no longer works.`,
          database,
        })
      })
    })
}
