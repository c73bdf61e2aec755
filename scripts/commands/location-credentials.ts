// What Dojo authenticates with when it calls a venue.
import type { Command } from 'commander'
import * as operator from '../../src/operator/credentials.ts'
import { withStore } from '../cli/context.ts'
import { jsonOption, locationOption, textOption } from '../cli/options.ts'
import { details } from '../cli/output.ts'
import { newCommand, type Cli } from '../cli/program.ts'

export function rotateCredential(cli: Cli): Command {
  return newCommand(
    cli,
    'rotate-credential',
    'print a new credential, which is shown once; earlier ones keep working until they are revoked',
  )
    .addOption(locationOption())
    .addOption(jsonOption())
    .action(async ({ location, json }: { location: string; json?: boolean }) => {
      await withStore(cli, async ({ store: { prisma }, database }) => {
        const credential = await operator.rotateCredential(prisma, location)
        reportCredential(cli, { locationId: location, credential, json, database })
      })
    })
}

export function revokeCredential(cli: Cli): Command {
  return newCommand(cli, 'revoke-credential', 'revoke a credential')
    .addOption(locationOption())
    .addOption(
      textOption('--username <name>', 'the credential to revoke (default: all but the newest)'),
    )
    .addOption(jsonOption())
    .action(
      async ({
        location,
        username,
        json,
      }: {
        location: string
        username?: string
        json?: boolean
      }) => {
        await withStore(cli, async ({ store, database }) => {
          const revoked = await operator.revokeCredentials(store.database, location, username)
          if (revoked.length === 0 && json !== true) {
            cli.remark('There is nothing to revoke: only the newest credential works.')
            return
          }
          cli.printChange({
            json,
            result: { locationId: location, revokedUsernames: revoked },
            text: revoked.map((name) => `${name} no longer works.`).join('\n'),
            database,
          })
        })
      },
    )
}

/** Prints a credential; the password is not kept anywhere, so this is the only time. */
export function reportCredential(
  cli: Cli,
  {
    locationId,
    credential: { username, password },
    json,
    database,
  }: {
    locationId: string
    credential: operator.IssuedCredential
    json: boolean | undefined
    database: string
  },
): void {
  cli.printChange({
    json,
    result: { locationId, username, password },
    text: details([
      ['location', locationId],
      ['username', username],
      ['password', password],
    ]),
    database,
  })
  if (json !== true) cli.remark('The password is not shown again.')
}
