// The accounts of operators, who look after all venues: created, given a password or a token,
// ended.
import { randomBytes } from 'node:crypto'
import { checkOperatorName, checkPassword } from '../domain/access/operator.ts'
import { hashSecret } from '../domain/access/secret-hash.ts'
import { invalid, Refusal } from '../domain/errors.ts'
import { hashOperatorToken } from '../store/access/operators.ts'
import type { Prisma, PrismaInTransaction } from '../store/database/prisma.ts'

export interface OperatorSummary {
  name: string
  hasToken: boolean
  createdAt: Date
  revokedAt: Date | undefined
  /** When they last signed in, or used the console. */
  lastUsedAt: Date | undefined
}

const PASSWORD_BYTES = 15
const TOKEN_BYTES = 32

/**
 * @param password left out, one is made
 * @returns the password, which is shown once
 * @throws Refusal InvalidRequest: a name that somebody has or had, or not a name; a short password
 */
export async function createOperator(
  prisma: Prisma,
  name: string,
  password = randomBytes(PASSWORD_BYTES).toString('base64url'),
): Promise<string> {
  checkOperatorName(name)
  checkPassword(password)
  const { count } = await prisma.operator.createMany({
    data: { name, passwordHash: await hashSecret(password) },
    skipDuplicates: true,
  })
  if (count === 0) {
    throw invalid(`There is or was an operator ${name}. Names are not used twice: choose another.`)
  }
  return password
}

/**
 * Ends every session of the operator.
 * @returns the password, which is shown once
 * @throws Refusal NotFound; InvalidRequest: a short password
 */
export async function setOperatorPassword(
  prisma: Prisma,
  name: string,
  password = randomBytes(PASSWORD_BYTES).toString('base64url'),
): Promise<string> {
  checkPassword(password)
  const passwordHash = await hashSecret(password)
  await prisma.$transaction(async (tx) => {
    await change(tx, name, { passwordHash })
    await endSessions(tx, name)
  })
  return password
}

/**
 * A new token for programs, in place of the one before.
 * @returns the token, which is shown once
 * @throws Refusal NotFound
 */
export async function setOperatorToken(prisma: Prisma, name: string): Promise<string> {
  const token = `oper_${randomBytes(TOKEN_BYTES).toString('base64url')}`
  await change(prisma, name, { tokenHash: new Uint8Array(hashOperatorToken(token)) })
  return token
}

/** It ends at once, on every server: sessions, token, and what is open in venues. */
export async function revokeOperator(prisma: Prisma, name: string): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await change(tx, name, { revokedAt: new Date() })
    await endSessions(tx, name)
  })
}

/** By name. */
export async function listOperators(prisma: Prisma): Promise<OperatorSummary[]> {
  const rows = await prisma.operator.findMany({
    orderBy: { name: 'asc' },
    include: { sessions: { orderBy: { createdAt: 'desc' }, take: 1 } },
  })
  return rows.map(({ name, tokenHash, createdAt, revokedAt, sessions }) => ({
    name,
    hasToken: tokenHash !== null,
    createdAt,
    revokedAt: revokedAt ?? undefined,
    lastUsedAt: sessions[0]?.usedAt,
  }))
}

/** @throws Refusal NotFound */
async function change(
  prisma: PrismaInTransaction,
  name: string,
  data: { passwordHash?: string; tokenHash?: Uint8Array<ArrayBuffer>; revokedAt?: Date },
): Promise<void> {
  const { count } = await prisma.operator.updateMany({ where: { name, revokedAt: null }, data })
  if (count === 0) {
    throw new Refusal(
      'NotFound',
      'not-found',
      `There is no operator ${name}. See: npx epos operator list`,
    )
  }
}

async function endSessions(tx: PrismaInTransaction, operatorName: string): Promise<void> {
  const now = new Date()
  await tx.operatorSession.updateMany({
    where: { operatorName, endedAt: null },
    data: { endedAt: now },
  })
  await tx.tillToken.updateMany({
    where: { operatorName, revokedAt: null },
    data: { revokedAt: now },
  })
}
