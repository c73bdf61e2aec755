// Finds what is wrong between a venue, this server and Dojo, and says what to do about it. It
// changes nothing, except for a registration that it is asked to fix.
import type { VenueCheck, VenueDiagnosis } from '../actions/venue/examine-venue.ts'
import { DojoFault } from '../dojo/client/errors.ts'
import { limits } from '../limits.ts'
import { audit, jobs, unmatched, verification } from './doctor/backlog.ts'
import { account, clock, dojo } from './doctor/dojo.ts'
import {
  broken,
  skipped,
  type DoctorDeps,
  type Examination,
  type Finding,
  type Subject,
} from './doctor/examination.ts'
import {
  configuration,
  credential,
  database,
  databaseClock,
  dojoKey,
  migrations,
  missingVariables,
  venue,
} from './doctor/here.ts'
import { certificate, hostName, publicUrl, reachable } from './doctor/public-address.ts'
import { extentOf, namesToRegister, registration } from './doctor/registration.ts'
import {
  counterSocket,
  socket,
  socketNamesToRegister,
  socketRegistration,
} from './doctor/socket.ts'
import { webhooks } from './doctor/webhooks.ts'
import type { Store } from '../store/index.ts'
import { registerVenue } from './register.ts'

export type { State } from './doctor/examination.ts'
export type { VenueCheck as Check } from '../actions/venue/examine-venue.ts'

interface Step {
  name: string
  /** Checks that must not have failed. */
  needs?: readonly string[]
  /** Environment variables that it needs. */
  reads?: readonly string[]
  /** Only for venues with this transport, or both; or whose tills reach card machines so. */
  over?: 'rest' | 'socket' | 'counter'
  check: (examination: Examination) => Finding | Finding[] | Promise<Finding | Finding[]>
}

const steps: readonly Step[] = [
  { name: 'database', reads: ['DATABASE_URL'], check: database },
  { name: 'migrations', needs: ['database'], check: migrations },
  { name: 'venue', needs: ['migrations'], check: venue },
  { name: 'credential', needs: ['venue'], check: credential },
  { name: 'Dojo key', needs: ['venue'], reads: ['SECRETS_KEY'], check: dojoKey },
  {
    name: 'Dojo',
    needs: ['Dojo key'],
    reads: ['DOJO_API_URL', 'SOFTWARE_HOUSE_ID', 'RESELLER_ID'],
    check: dojo,
  },
  { name: 'clock', needs: ['Dojo key'], check: clock },
  { name: 'database clock', needs: ['database'], check: databaseClock },
  { name: 'public URL', over: 'rest', reads: ['PUBLIC_URL', 'ROUTE_PREFIX'], check: publicUrl },
  { name: 'host name', over: 'rest', needs: ['public URL'], check: hostName },
  { name: 'reachable', over: 'rest', needs: ['host name'], check: reachable },
  { name: 'certificate', over: 'rest', needs: ['host name'], check: certificate },
  { name: 'registration', over: 'rest', needs: ['Dojo', 'public URL'], check: registration },
  { name: 'socket registration', over: 'socket', needs: ['Dojo'], check: socketRegistration },
  { name: 'socket', over: 'socket', needs: ['venue'], check: socket },
  { name: 'counter socket', over: 'counter', needs: ['venue'], check: counterSocket },
  { name: 'webhooks', over: 'rest', needs: ['Dojo', 'public URL'], check: webhooks },
  { name: 'account', needs: ['venue'], check: account },
  { name: 'verification', needs: ['venue'], check: verification },
  { name: 'jobs', needs: ['venue'], check: jobs },
  { name: 'unmatched payments', needs: ['venue'], check: unmatched },
  { name: 'audit', needs: ['venue'], check: audit },
]

export interface Diagnosis extends VenueDiagnosis {
  /** What came of the fix, in a sentence, when one was asked for. */
  fixed?: string
}

/** Runs every check, in the order in which they build on each other. No fault makes it throw. */
export async function diagnose(deps: DoctorDeps, subject: Subject): Promise<Diagnosis> {
  return diagnosisOf(await examine(deps, subject))
}

/** The doctor of a server that runs: its configuration was checked when it started. */
export function createExaminer({ store, ...deps }: ExaminerDeps) {
  return async (subject: Subject): Promise<Diagnosis> =>
    await diagnose({ ...deps, faults: new Map(), openStore: async () => store }, subject)
}

export interface ExaminerDeps extends Pick<DoctorDeps, 'config' | 'embedded' | 'secretsKey'> {
  store: Store
}

/** The same; if a broken registration comes first, registers again and repeats the checks. */
export async function diagnoseAndFix(deps: DoctorDeps, subject: Subject): Promise<Diagnosis> {
  const examined = await examine(deps, subject)
  const { checks, examination } = examined
  const first = checks.find(({ state }) => state === 'broken')
  if (first === undefined) {
    return { ...diagnosisOf(examined), fixed: 'Nothing is broken, so nothing was changed.' }
  }
  const namesToFix = namesFor(first.name, examination)
  if (namesToFix === undefined) {
    return {
      ...diagnosisOf(examined),
      fixed:
        `Nothing was changed: only a registration can be fixed, and ${first.name} is broken ` +
        'before that.',
    }
  }
  const { config, secretsKey } = deps
  try {
    await registerVenue(
      { store: examination.store!, config, secretsKey },
      { ...subject, capabilities: namesToFix() },
    )
  } catch (error) {
    return {
      ...diagnosisOf(examined),
      fixed: `Registering again failed. ${(error as Error).message}`,
    }
  }
  return {
    ...diagnosisOf(await examine(deps, subject)),
    fixed: 'Registered again with a new credential; the checks above were run afterwards.',
  }
}

/**
 * Chooses what to register when this check is broken. Undefined when registering mends nothing, or
 * when somebody has to say which capability goes over which transport.
 */
function namesFor(
  broken: string,
  examination: Examination,
): (() => string[] | undefined) | undefined {
  const { transport = 'rest' } = examination.location ?? {}
  if (transport === 'rest' && broken === 'registration') return () => namesToRegister(examination)
  if (transport === 'socket' && broken === 'socket registration') {
    return () => socketNamesToRegister(examination)
  }
  return undefined
}

const diagnosisOf = ({ checks, examination }: Examined): Diagnosis => ({
  healthy: checks.every(({ state }) => state !== 'broken'),
  checks,
  extent: extentOf(examination),
})

interface Examined {
  checks: VenueCheck[]
  examination: Examination
}

async function examine(deps: DoctorDeps, subject: Subject): Promise<Examined> {
  const examination: Examination = { ...subject, deps }
  const unusable = new Set([...deps.faults.keys(), ...missingVariables(deps)])
  /** Why the checks that need this one are skipped. */
  const obstacles = new Map<string, string>()
  const checks: VenueCheck[] = []
  for (const { name, needs = [], reads = [], over, check } of steps) {
    if (!isMeantFor(examination, over)) continue
    const needed = needs.find((each) => obstacles.has(each))
    const variable = reads.find((each) => unusable.has(each))
    const unset = variable === undefined ? undefined : `${variable} is missing or invalid`
    const obstacle = needed === undefined ? unset : obstacles.get(needed)
    const findings =
      obstacle === undefined
        ? await attempt(check, examination)
        : [skipped(`Not checked: ${obstacle}.`)]
    if (obstacle !== undefined) obstacles.set(name, obstacle)
    else if (findings.some(({ state }) => state === 'broken')) {
      obstacles.set(name, `${name} is broken`)
    }
    checks.push(...findings.map((finding) => ({ name, ...finding })))
  }
  await examination.dojo?.close()
  // It comes first, but which variables are needed is known when the venue is.
  for (const finding of configuration(examination).reverse()) {
    checks.unshift({ name: 'configuration', ...finding })
  }
  return { checks, examination }
}

function isMeantFor({ location }: Examination, over: Step['over']): boolean {
  const { transport = 'rest', counterTransport = 'rest' } = location ?? {}
  if (over === 'counter') return counterTransport === 'socket'
  return over === undefined || transport === 'both' || transport === over
}

/** What a check throws becomes its finding, and the other checks go on. */
async function attempt(check: Step['check'], examination: Examination): Promise<Finding[]> {
  try {
    return [await check(examination)].flat()
  } catch (error) {
    if (error instanceof DojoFault) return [broken(error.finding, error.advice)]
    return [
      broken(
        `The check failed: ${lastLineOf(error as Error)}`,
        'Try again. If it keeps failing, this command has a bug: please report it.',
      ),
    ]
  }
}

/** Prisma's messages fill a page; the last line says what happened. */
const lastLineOf = ({ message }: Error): string =>
  message.trim().split('\n').at(-1)!.slice(0, limits.maxLoggedMessageCharacters)
