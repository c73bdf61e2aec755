// What can be wrong on our side: the environment, the database, the venue, and its Dojo API key.
import { Refusal } from '../../domain/errors.ts'
import { limits } from '../../limits.ts'
import { pendingMigrations, unknownMigrations } from '../../store/database/migrations.ts'
import { databaseTrouble } from '../../store/database/trouble.ts'
import { isDojoKey, readDojoKey } from '../dojo-keys.ts'
import { showLocation } from '../locations.ts'
import { judgeClock } from './clocks.ts'
import { misplacedTables, nodeClocks } from './nodes.ts'
import {
  broken,
  ok,
  registerCommand,
  warning,
  type DoctorDeps,
  type Examination,
  type Finding,
} from './examination.ts'

/** Variables that talking to Dojo needs, and what to do when one is missing. */
const needed = {
  SOFTWARE_HOUSE_ID: 'Set it to the id that Dojo gave your EPOS company.',
  PUBLIC_URL: 'Set it to the base URL at which Dojo reaches this server.',
  SECRETS_KEY: "Set it to the server's key. To make the first one: openssl rand -hex 32",
}

/** Needed variables that are not set; a faulty one counts as set. */
export function missingVariables({
  config,
  embedded,
  faults,
}: DoctorDeps): (keyof typeof needed)[] {
  const isThere = {
    SOFTWARE_HOUSE_ID: config.softwareHouseId,
    PUBLIC_URL: config.publicUrl,
    SECRETS_KEY: embedded ? 'made by itself' : config.secretsKey,
  }
  return (Object.keys(needed) as (keyof typeof needed)[]).filter(
    (name) => isThere[name] === undefined && !faults.has(name),
  )
}

export function configuration({ deps, location }: Examination): Finding[] {
  const isCalled = location?.transport !== 'socket'
  const missing = missingVariables(deps).filter((name) => isCalled || name !== 'PUBLIC_URL')
  const wrong = [
    ...[...deps.faults.values()].map((fault) =>
      broken(fault, 'Correct it in the environment of both the server and this command.'),
    ),
    ...missing.map((name) => broken(`${name} is not set.`, needed[name])),
  ]
  return wrong.length > 0
    ? wrong
    : [ok('Every variable is valid, and those that Dojo needs are set.')]
}

export async function database(examination: Examination): Promise<Finding> {
  let answer: { version: string; major: number } | undefined
  try {
    examination.store = await examination.deps.openStore()
    answer = (
      await examination.store.database.pool.query<typeof answer & object>(
        "SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major",
      )
    ).rows[0]
  } catch (error) {
    const trouble = examination.deps.embedded ? undefined : databaseTrouble(error)
    if (trouble !== undefined) {
      return broken(`The database cannot be used: ${trouble.finding}.`, trouble.advice)
    }
    const { message, code } = error as NodeJS.ErrnoException
    const advice = examination.deps.embedded
      ? 'Set DATA_DIR to the folder that the server uses, or DATABASE_URL to its database. ' +
        'The server creates one when it first starts.'
      : 'Check DATABASE_URL, that the database is running, and that it accepts this machine.'
    return broken(`The database does not answer: ${message === '' ? code : message}.`, advice)
  }
  const { version, major } = answer!
  if (major < limits.postgresLeastMajorVersion) {
    return broken(
      `PostgreSQL ${version} is too old.`,
      `Move the data to PostgreSQL ${limits.postgresLeastMajorVersion} or later.`,
    )
  }
  return ok(`PostgreSQL ${version} answers.`)
}

export async function migrations({ store }: Examination): Promise<Finding[]> {
  const { pool } = store!.database
  const [missing, unknown, misplaced] = await Promise.all([
    pendingMigrations(pool),
    unknownMigrations(pool),
    misplacedTables(store!.database),
  ])
  const wrong = [
    ...(missing.length === 0
      ? []
      : [broken(`The database is missing ${missing.join(', ')}.`, 'Apply with: npm run migrate')]),
    ...(unknown.length === 0
      ? []
      : [
          warning(
            `The database has ${unknown.join(', ')}, which this version does not have.`,
            'Run this command with the version of the server that applied it.',
          ),
        ]),
    ...(misplaced === undefined ? [] : [misplaced]),
  ]
  return wrong.length > 0 ? wrong : [ok('All are applied.')]
}

/** Locks expire by the database's clock. */
export async function databaseClock({
  store,
  deps: { nowMs = Date.now },
}: Examination): Promise<Finding[]> {
  const askedAtMs = nowMs()
  const { rows } = await store!.database.pool.query<{ now: Date }>(
    'SELECT clock_timestamp() AS now',
  )
  const answeredAtMs = nowMs()
  const reading = {
    aheadMs: (askedAtMs + answeredAtMs) / 2 - rows[0]!.now.getTime(),
    uncertaintyMs: (answeredAtMs - askedAtMs) / 2,
  }
  const judged = judgeClock(
    reading,
    "the database's",
    'Set both clocks from the network (NTP): locks are requested by one and expire by the other.',
  )
  return [judged, ...(await nodeClocks(store!.database))]
}

export async function venue(examination: Examination): Promise<Finding> {
  const { store, locationId } = examination
  try {
    examination.location = await showLocation(store!.prisma, locationId)
  } catch (error) {
    if (error instanceof Refusal) {
      return broken(
        `There is no venue with the id ${locationId}.`,
        'List the venues with: npx epos location list',
      )
    }
    throw error
  }
  const { name, currency, timeZone } = examination.location
  return ok(`${name}, ${currency}, ${timeZone}.`)
}

export function credential(examination: Examination): Finding {
  const working = workingUsernames(examination.location!)
  if (working.length === 0) {
    return broken(
      'The venue has no active credential, so Dojo cannot call it.',
      `Create one and register it with: ${registerCommand(examination)}`,
    )
  }
  return ok(`Active: ${working.join(', ')}.`)
}

export const workingUsernames = ({ credentials }: NonNullable<Examination['location']>): string[] =>
  credentials.filter(({ revokedAt }) => revokedAt === null).map(({ username }) => username)

export async function dojoKey(examination: Examination): Promise<Finding> {
  const { deps, store, location, locationId } = examination
  const set = `npx epos location set-dojo-key --location ${locationId}`
  if (!location!.hasDojoKey) {
    return broken(
      'The venue has no Dojo API key.',
      `Store the key that Dojo gave the venue with: ${set}`,
    )
  }
  let key: string
  try {
    key = await readDojoKey(store!.prisma, locationId, deps.secretsKey())
  } catch {
    return broken(
      'The stored key cannot be decrypted: it was stored under another SECRETS_KEY, or under ' +
        'another secrets-key file in DATA_DIR.',
      `Restore that, or store the key again with: ${set}`,
    )
  }
  if (!isDojoKey(key)) {
    return broken(
      'The stored value is not a Dojo API key: those begin with sk_sandbox_ or sk_prod_.',
      `Store the right one with: ${set}`,
    )
  }
  examination.key = key
  const kind = key.startsWith('sk_prod_') ? 'production' : 'sandbox'
  return ok(`A ${kind} key is stored and can be decrypted.`)
}
