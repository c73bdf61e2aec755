// The venue that an embedded database has from the first start.
import type { Config } from '../config.ts'
import { createAsDojo } from '../operator/as-dojo.ts'
import { DEMO_NAME, seedDemo } from '../operator/demo.ts'
import { openEvening } from '../operator/demo-evening.ts'
import { demoFile, readDemo, writeDemo, type Demo } from '../operator/demo-file.ts'
import { rotateCredential } from '../operator/credentials.ts'
import { createLocation, listLocations } from '../operator/locations.ts'
import { createToken } from '../operator/tokens.ts'
import type { Server } from '../server.ts'
import { findTillAccess } from '../store/venue/till-tokens.ts'
import { say } from './words.ts'

/** Creates the demo venue the first time, and says every time how to try it. */
export async function introduceDemo(server: Server, config: Config, url: string): Promise<void> {
  const { dataDir } = config
  const { prisma } = server.store
  const known = (await knownDemo(dataDir, prisma)) ?? (await newDemo(server, config))
  const consoleToken = await usableToken(server, known)
  const demo = { ...known, consoleToken, url }
  writeDemo(dataDir, demo)
  const file = demoFile(dataDir)
  const credential = `${demo.username}:${demo.password}`
  const curl = `curl -s -u '${credential}' -H 'content-type: application/json'`
  say(`The demo venue is ${DEMO_NAME}, ${demo.locationId}; its credential is in ${file}:
  username ${demo.username}
  password ${demo.password}

Ask for the orders that can be paid, as a card machine does:

  ${curl} -d '{"payableOnly":true}' ${url}/v1/orders/search
`)
  if (config.console) {
    say(`See the venue as its manager does, in a browser:

  ${url}/console
  token    ${consoleToken}
`)
  }
}

/** The token for the console that demo.json has, or a new one. */
async function usableToken(
  { store: { prisma, database } }: Server,
  { locationId, consoleToken = '' }: Known,
): Promise<string> {
  if ((await findTillAccess(database, consoleToken)) !== undefined) return consoleToken
  const manager = { role: 'manager', tillName: 'Office' } as const
  return (await createToken(prisma, locationId, manager)).token
}

type Prisma = Server['store']['prisma']
type Known = Omit<Demo, 'url' | 'consoleToken'> & Partial<Pick<Demo, 'consoleToken'>>

async function knownDemo(dataDir: string, prisma: Prisma): Promise<Known | undefined> {
  const locations = await listLocations(prisma)
  const demo = readDemo(dataDir)
  const isOpen = locations.some(
    ({ locationId, credentials }) =>
      locationId === demo?.locationId &&
      credentials.some(
        ({ username, revokedAt }) => username === demo.username && revokedAt === null,
      ),
  )
  if (isOpen) return demo
  // The file is gone, and the password with it, but the venue is still there.
  const venue = locations.find(({ name }) => name === DEMO_NAME)
  return (
    venue && { locationId: venue.locationId, ...(await rotateCredential(prisma, venue.locationId)) }
  )
}

async function newDemo(
  { app, store: { prisma }, asOwner }: Server,
  { routePrefix }: Config,
): Promise<Known> {
  const { locationId, credential } = await createLocation(prisma, {
    name: DEMO_NAME,
    currency: 'GBP',
  })
  const dojo = createAsDojo(app, routePrefix, credential)
  const tables = await withoutLog(
    app.log,
    async () =>
      await asOwner(locationId, async (till) => {
        const { orderIds, tables } = await seedDemo(till)
        await openEvening({ till, dojo }, orderIds)
        return tables
      }),
  )
  say(`Seeded the demo venue with ${tables} tables and an evening.`)
  return { locationId, ...credential }
}

/** The server's own calls would bury what a newcomer is to read. */
async function withoutLog<T>(log: Server['app']['log'], work: () => Promise<T>): Promise<T> {
  const { level } = log
  log.level = 'error'
  try {
    return await work()
  } finally {
    log.level = level
  }
}
