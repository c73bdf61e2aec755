// What a failed connection or statement means to the operator: what is wrong, and what to do.

export interface Trouble {
  finding: string
  advice: string
}

const NO_RIGHT: Trouble = {
  finding: 'the user of DATABASE_URL may not do this there',
  advice:
    'As an owner of the database: GRANT USAGE, CREATE ON SCHEMA public TO that user, and let it ' +
    'own the tables.',
}
const NOT_THERE: Trouble = {
  finding: 'nothing answers there',
  advice: 'Check the host and port of DATABASE_URL, and that PostgreSQL is running.',
}
const NO_HOST: Trouble = {
  finding: 'no host has that name',
  advice: 'Check the host of DATABASE_URL.',
}
const NOT_LET_IN: Trouble = {
  finding: 'it refuses the user or the password',
  advice: 'Check both in DATABASE_URL; in a URL, special characters are percent-encoded.',
}
const TOO_OLD: Trouble = {
  finding: 'it does not have the tables of this version',
  advice: 'Run npm run migrate, or start with MIGRATE_ON_START=true.',
}
const UNTRUSTED: Trouble = {
  finding: 'its certificate is not trusted',
  advice: 'Set NODE_EXTRA_CA_CERTS to the certificate of its authority.',
}

/** By SQLSTATE or by the code of the system. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  '28P01': NOT_LET_IN,
  '28000': NOT_LET_IN,
  '3D000': {
    finding: 'PostgreSQL has no such database',
    advice: 'Create it with createdb, or correct the name at the end of DATABASE_URL.',
  },
  '42501': NO_RIGHT,
  '42P01': TOO_OLD,
  '42703': TOO_OLD,
  '3F000': {
    finding: 'it has no schema to work in',
    advice: 'Create one with CREATE SCHEMA public, and grant its rights to the user.',
  },
  '53300': {
    finding: 'it has no connection left',
    advice: "Lower DATABASE_POOL_SIZE, or raise PostgreSQL's max_connections.",
  },
  '53100': { finding: 'its disk is full', advice: 'Make room on the disk of PostgreSQL.' },
  '25006': {
    finding: 'it takes no writes',
    advice: 'Point DATABASE_URL at the primary, not at a standby.',
  },
  ECONNREFUSED: NOT_THERE,
  ETIMEDOUT: NOT_THERE,
  EHOSTUNREACH: NOT_THERE,
  ENOTFOUND: NO_HOST,
  EAI_AGAIN: NO_HOST,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
}

/** Where only a message is left of the error. */
const BY_MESSAGE: readonly (readonly [RegExp, Trouble])[] = [
  [/permission denied for (schema|table|database)/, NO_RIGHT],
  [/timeout exceeded when trying to connect/, NOT_THERE],
  [
    /does not support SSL/,
    {
      finding: 'it does not speak TLS',
      advice: 'Remove sslmode from DATABASE_URL, or switch TLS on in PostgreSQL.',
    },
  ],
]

/** Undefined for an error that is about something else, or unknown. */
export function databaseTrouble(error: unknown): Trouble | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; depth++) {
    const { code = '', message, cause } = each as NodeJS.ErrnoException & { cause?: unknown }
    const known = TROUBLES[code] ?? BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1]
    if (known !== undefined) return known
    each = each instanceof AggregateError ? each.errors[0] : cause
  }
  return undefined
}

/** @param place where the database is, for people */
export function inSentences(error: unknown, place: string): string {
  const { finding, advice } = databaseTrouble(error) ?? unknownTrouble(error)
  const name = place.startsWith('the ') ? place : `the database ${place}`
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} cannot be used: ${finding}. ${advice}`
}

function unknownTrouble(error: unknown): Trouble {
  const finding = error instanceof Error ? error.message : String(error)
  return { finding, advice: 'Check DATABASE_URL, and that PostgreSQL is running.' }
}
