// The tokens that a venue's tills, kitchen screens and back office authenticate with.
import { tillRoles, type TillRole } from '../src/domain/venue/till-role.ts'
import {
  createToken,
  listTokens,
  revokeToken,
  type NewToken,
  type TokenSummary,
} from '../src/operator/tokens.ts'
import { runCommand, UsageFault } from './command.ts'
import { withStore } from './cli-context.ts'

const subcommands = ['create', 'list', 'revoke'] as const

const HELP = `Usage: npm run token -- ${subcommands.join('|')} --location ID [--role ${tillRoles.join('|')}] [--waiter ID] [--till NAME] [--token ID] [--json]

  create   a new token, which is printed this once; it goes with --role
  list     the tokens of the venue, newest first, without what they are
  revoke   ends the token with the id --token; it opens nothing from then on

  --location ID   the venue
  --role ROLE     what it may do: kitchen sees orders and says what is done, waiter serves, manager also changes prices,
                  cancels and sets up, owner everything
  --waiter ID     of one waiter of the venue; without it each request may name the waiter
  --till NAME     the till or screen that has it, for the record of who did what
  --token ID      the id of a token, as list shows it, and never the token itself
  --json          prints JSON
`

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
const remark = (text: string): void => {
  process.stderr.write(`${text}\n`)
}
const printJson = (value: unknown): void => {
  print(JSON.stringify(value, null, 2))
}

await runCommand({
  help: HELP,
  options: {
    location: { type: 'string' },
    role: { type: 'string' },
    waiter: { type: 'string' },
    till: { type: 'string' },
    token: { type: 'string' },
    json: { type: 'boolean' },
  },
  run: async ({ location, role, waiter, till, token, json = false }, [word, extra]) => {
    const subcommand = subcommands.find((each) => each === word)
    if (subcommand === undefined || extra !== undefined) {
      throw new UsageFault(`One of ${subcommands.join(', ')}?`)
    }
    const locationId = required(location, '--location')
    for (const [option, value] of Object.entries({ role, waiter, till })) {
      mustGoWith('create', subcommand, option, value)
    }
    mustGoWith('revoke', subcommand, 'token', token)
    switch (subcommand) {
      case 'create':
        await tellCreated(
          locationId,
          {
            role: roleOf(role),
            ...(waiter === undefined ? {} : { waiterId: waiter }),
            ...(till === undefined ? {} : { tillName: till }),
          },
          json,
        )
        break
      case 'list':
        await tellList(locationId, json)
        break
      case 'revoke':
        await tellRevoked(locationId, tokenIdOf(token), json)
        break
    }
  },
})

// --- reading what was typed

function required(value: string | undefined, option: string): string {
  if (value === undefined || value === '') throw new UsageFault(`${option} is missing.`)
  return value
}

function mustGoWith(
  only: (typeof subcommands)[number],
  subcommand: string,
  option: string,
  value: string | undefined,
): void {
  if (value !== undefined && subcommand !== only) {
    throw new UsageFault(`--${option} goes with ${only} only.`)
  }
}

function roleOf(text: string | undefined): TillRole {
  const role = tillRoles.find((each) => each === required(text, '--role'))
  if (role === undefined) {
    throw new UsageFault(`--role is one of ${tillRoles.join(', ')}, not ${text}.`)
  }
  return role
}

/** What is no id is not said back: it may be the token. */
function tokenIdOf(text: string | undefined): string {
  const tokenId = required(text, '--token')
  if (!tokenId.startsWith('tok_')) {
    throw new UsageFault(
      '--token is the id of a token, which begins with tok_. See: npm run token -- list',
    )
  }
  return tokenId
}

// --- doing it

async function tellCreated(locationId: string, given: NewToken, json: boolean): Promise<void> {
  const { tokenId, token } = await withStore(
    async ({ store: { prisma } }) => await createToken(prisma, locationId, given),
  )
  if (json) {
    printJson({ locationId, tokenId, token, ...given })
    return
  }
  print(
    `location  ${locationId}\nid        ${tokenId}\nrole      ${given.role}\ntoken     ${token}`,
  )
  remark('The token is not shown again.')
}

async function tellList(locationId: string, json: boolean): Promise<void> {
  const tokens = await withStore(
    async ({ store: { prisma } }) => await listTokens(prisma, locationId),
  )
  if (json) printJson(tokens)
  else if (tokens.length === 0) {
    remark(
      `There is no token yet. Make one with: npm run token -- create --location ${locationId} --role ROLE`,
    )
  } else for (const token of tokens) print(lineOf(token))
}

function lineOf({ tokenId, role, waiterId, tillName, createdAt, revokedAt }: TokenSummary): string {
  const whose = [
    ...(waiterId === undefined ? [] : [`waiter ${waiterId}`]),
    ...(tillName === undefined ? [] : [tillName]),
  ]
    .map((each) => `  ${each}`)
    .join('')
  return `${tokenId}  ${role}${whose}  made ${createdAt.toISOString()}${revokedAt === undefined ? '' : `, revoked ${revokedAt.toISOString()}`}`
}

async function tellRevoked(locationId: string, tokenId: string, json: boolean): Promise<void> {
  await withStore(async ({ store: { prisma } }) => {
    await revokeToken(prisma, locationId, tokenId)
  })
  if (json) printJson({ locationId, tokenId })
  else print(`${tokenId} no longer works.`)
}
