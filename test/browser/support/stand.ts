// What tests of pages are made with: one browser, and one server with the stand-in for Dojo beside
// it, for all files. A test that changes a venue makes one of its own.
import { createOperator } from '../../../src/operator/accounts.ts'
import { createAsDojo } from '../../../src/operator/as-dojo.ts'
import { seedDemo } from '../../../src/operator/demo.ts'
import { openEvening } from '../../../src/operator/demo-evening.ts'
import { createToken } from '../../../src/operator/tokens.ts'
import type { TillRole } from '../../../src/domain/venue/till-role.ts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import { newVisitor, openBrowser, type Look } from '../../support/browser.ts'
import type { TestServer, Venue } from '../../support/server.ts'
import { root } from '../../support/tap-without-hooks.ts'
import { startWithDojo, type WithDojo } from '../../support/with-dojo.ts'

const OPERATOR = { name: 'anna', password: 'four words are enough' }

/** Only a browser in which an operator signed in asks whether one is. */
const KNOWN_HERE = "if (location.protocol === 'http:') localStorage.setItem('epos-operator', 'yes')"

const PERSON = { 'epos-console': 'person' }

export interface Stand {
  server: TestServer
  /** The stand-in, which calls `server.venue`. */
  withDojo: WithDojo
  /** What pages did that they must not; nothing, at the end. */
  faults: string[]
  /** Resolves when something of the stand-in is slow, with what ends that. */
  nextPause: () => Promise<() => void>
  /** Another venue, with the demo's evening. Dojo has no key for it and is played by the test. */
  newEvening: () => Promise<Venue>
  tokenOf: (venue: Venue, role: TillRole) => Promise<{ token: string; tokenId: string }>
  /** A person with a role in a venue, signed in, on a page of the console. */
  enter: (t: Test, venue: Venue, visit?: Visit) => Promise<Page>
  /** The operator, signed in. */
  enterAsOperator: (t: Test, visit?: Visit) => Promise<Page>
  /** Somebody at a page of the stand-in. */
  atStandIn: (t: Test, visit?: Visit) => Promise<Page>
  /** Somebody who has not signed in: at the server, or at another address. */
  stranger: (t: Test, path: string, baseURL?: string) => Promise<Page>
}

export interface Visit extends Look {
  role?: TillRole
  token?: string
  path?: string
}

/** What is slow at the stand-in is so until a test that waited for it says otherwise. */
class Pauses {
  #awaited: ((end: () => void) => void) | undefined

  next = async (): Promise<() => void> =>
    await new Promise((resolve) => {
      this.#awaited = resolve
    })

  wait = async (): Promise<void> => {
    const awaited = this.#awaited
    this.#awaited = undefined
    if (awaited !== undefined) await new Promise<void>(awaited)
  }
}

let opened: Promise<Stand | undefined> | undefined

/** Undefined, and said so, where there is no browser. It ends with the last file. */
export async function openStand(t: Test): Promise<Stand | undefined> {
  opened ??= open(root)
  const stand = await opened
  if (stand === undefined) t.pass('no browser, so no page was looked at')
  return stand
}

async function open(t: Test): Promise<Stand | undefined> {
  const browser = await openBrowser(t)
  if (browser === undefined) return undefined
  // What pages show without a reload comes from the announcement of a change, and not from a look.
  const stream = { tokenCheckMs: 100, pollMs: 3_600_000 }
  const pauses = new Pauses()
  const sandbox = { wait: pauses.wait }
  const withDojo = await startWithDojo(t, { overrides: { stream }, sandbox })
  const { server } = withDojo
  await server.asOwner(server.venue.locationId, seedDemo)
  await withDojo.register()
  await createOperator(server.store.prisma, OPERATOR.name, OPERATOR.password)
  return new OpenStand(browser, { withDojo, pauses, url: await withDojo.url() })
}

class OpenStand implements Stand {
  readonly faults: string[] = []
  readonly server: TestServer
  readonly withDojo: WithDojo
  readonly nextPause: Pauses['next']
  readonly #browser: Browser
  readonly #url: string
  /** By who is signed in and how they look: the browser keeps its cache in each. */
  readonly #contexts = new Map<string, Promise<BrowserContext>>()
  /** The operator's cookie: their password takes long to check, and on purpose. */
  #operator: ReturnType<BrowserContext['storageState']> | undefined

  constructor(
    browser: Browser,
    { withDojo, pauses, url }: { withDojo: WithDojo; pauses: Pauses; url: string },
  ) {
    this.#browser = browser
    this.withDojo = withDojo
    this.nextPause = pauses.next
    this.server = withDojo.server
    this.#url = url
  }

  async newEvening(): Promise<Venue> {
    const { app, asOwner, newVenue } = this.server
    const venue = await newVenue('The Red Lion')
    const dojo = createAsDojo(app, '', venue)
    await asOwner(venue.locationId, async (till) => {
      const { orderIds } = await seedDemo(till)
      await openEvening({ till, dojo }, orderIds)
    })
    return venue
  }

  async tokenOf({ locationId }: Venue, role: TillRole) {
    return await createToken(this.server.store.prisma, locationId, { role, tillName: 'Office' })
  }

  async enter(t: Test, venue: Venue, { role = 'manager', ...visit }: Visit = {}): Promise<Page> {
    const { locationId } = venue
    const context = await (visit.token === undefined
      ? this.#sharedContext(`${locationId} ${role}`, visit)
      : this.#newContext(t, visit))
    const token = visit.token ?? (await this.tokenOf(venue, role)).token
    const signedIn = await context.request.post('/console/session', {
      headers: PERSON,
      data: { token },
    })
    t.equal(signedIn.status(), 200, `signed in as ${role}`)
    return await this.#openPage(t, context, visit.path ?? '/console')
  }

  async enterAsOperator(t: Test, visit: Visit = {}): Promise<Page> {
    this.#operator ??= this.#signInOperator(t)
    const { cookies } = await this.#operator
    const context = await this.#sharedContext('operator', visit)
    await context.addCookies(cookies)
    await context.addInitScript(KNOWN_HERE)
    return await this.#openPage(t, context, visit.path ?? '/console/venues')
  }

  async #signInOperator(t: Test): ReturnType<BrowserContext['storageState']> {
    const context = await this.#newContext(t, {})
    const signedIn = await context.request.post('/console/session/operator', {
      headers: PERSON,
      data: OPERATOR,
    })
    t.equal(signedIn.status(), 200, 'signed in as the operator')
    return await context.storageState()
  }

  async atStandIn(t: Test, { path = '/', ...look }: Visit = {}): Promise<Page> {
    const { key, url: baseURL } = this.withDojo.dojo
    const context = await this.#sharedContext('stand-in', look, baseURL)
    return await this.#openPage(t, context, `${path}#${key}`)
  }

  async stranger(t: Test, path: string, baseURL?: string): Promise<Page> {
    return await this.#openPage(t, await this.#newContext(t, {}, baseURL), path)
  }

  async #sharedContext(who: string, look: Look, baseURL?: string): Promise<BrowserContext> {
    const key = JSON.stringify([who, look.width, look.colorScheme])
    const known = this.#contexts.get(key) ?? this.#newContext(root, look, baseURL)
    this.#contexts.set(key, known)
    return await known
  }

  async #newContext(t: Test, look: Look, baseURL = this.#url): Promise<BrowserContext> {
    return await newVisitor(t, { browser: this.#browser, baseURL, faults: this.faults, ...look })
  }

  async #openPage(t: Test, context: BrowserContext, path: string): Promise<Page> {
    const page = await context.newPage()
    t.teardown(async () => {
      await page.close()
    })
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    return page
  }
}
