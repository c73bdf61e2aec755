// The venues' keys to the Dojo API, as an operator sets and reads them.
import { invalid } from '../domain/errors.ts'
import { noDojoKey, noVenue } from '../domain/venue/venue.ts'
import type { Prisma } from '../store/database/prisma.ts'
import { seal, unseal } from './secrets.ts'

/** The form of Dojo's keys: printable ASCII, since a key goes into a header as it is. */
export const isDojoKey = (key: string): boolean => /^sk_(sandbox|prod)_[\x21-\x7e]+$/.test(key)

/**
 * The venue's Dojo account is forgotten, since the key may be another account's.
 * @throws Refusal NotFound; InvalidRequest: not a Dojo API key
 */
export async function setDojoKey(
  prisma: Prisma,
  locationId: string,
  key: string,
  secretsKey: string,
): Promise<void> {
  if (!isDojoKey(key)) throw invalid('A Dojo API key begins with sk_sandbox_ or sk_prod_.')
  const [{ count }] = await prisma.$transaction([
    prisma.location.updateMany({
      where: { locationId },
      data: {
        dojoKeySealed: new Uint8Array(seal(key, secretsKey, locationId)),
        dojoAccountId: null,
      },
    }),
    prisma.dojoKeyRefusal.deleteMany({ where: { locationId } }),
  ])
  if (count === 0) throw noVenue(locationId)
}

/** @throws Refusal NotFound; InvalidRequest: it cannot be sent in a header */
export async function setCounterKey(
  prisma: Prisma,
  locationId: string,
  key: string,
  secretsKey: string,
): Promise<void> {
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw invalid('The key must have visible ASCII characters only, and at least one.')
  }
  const { count } = await prisma.location.updateMany({
    where: { locationId },
    data: { counterKeySealed: new Uint8Array(seal(key, secretsKey, locationId)) },
  })
  if (count === 0) throw noVenue(locationId)
}

/**
 * @throws Refusal NotFound: no such venue; InvalidRequest: it has no key. Error: the key was stored
 *   under another SECRETS_KEY
 */
export async function readDojoKey(
  prisma: Prisma,
  locationId: string,
  secretsKey: string,
): Promise<string> {
  const location = await prisma.location.findUnique({
    where: { locationId },
    select: { dojoKeySealed: true },
  })
  if (location === null) throw noVenue(locationId)
  if (location.dojoKeySealed === null) throw noDojoKey(locationId)
  return unseal(location.dojoKeySealed, secretsKey, locationId)
}

/**
 * A warning when other venues have the same key; undefined when none has. Dojo calls one URL for
 * each account. Keys of other venues that cannot be decrypted are skipped.
 * @throws Refusal and Error as `readDojoKey`
 */
export async function sharedKeyWarning(
  prisma: Prisma,
  locationId: string,
  secretsKey: string,
): Promise<string | undefined> {
  const key = await readDojoKey(prisma, locationId, secretsKey)
  const others = await prisma.location.findMany({
    where: { locationId: { not: locationId }, dojoKeySealed: { not: null } },
    select: { locationId: true, name: true, dojoKeySealed: true },
    orderBy: { locationId: 'asc' },
  })
  const same = others.filter(({ locationId, dojoKeySealed }) => {
    try {
      return unseal(dojoKeySealed!, secretsKey, locationId) === key
    } catch {
      return false
    }
  })
  if (same.length === 0) return undefined
  const names = same.map(({ locationId, name }) => `${locationId} (${name})`).join(', ')
  return (
    `${names} already ${same.length === 1 ? 'has' : 'have'} this Dojo API key. Dojo calls only the ` +
    'venue that was registered last with a key, so registering one cuts off the others. ' +
    'Ask Dojo for a key for each venue.'
  )
}
