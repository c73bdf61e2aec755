// Looks for all that can be wrong between a venue, this server and Dojo, and tells what to do about
// each. It changes nothing, but for a registration that it is asked to mend.
import { DojoFault } from '../dojo/client/errors.ts'
import { limits } from '../limits.ts'
import { audit, outbox, unmatched, verification } from './doctor/backlog.ts'
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
import { namesToRegister, registration } from './doctor/registration.ts'
import { webhooks } from './doctor/webhooks.ts'
import { registerVenue } from './register.ts'

export type { DoctorDeps, State, Subject } from './doctor/examination.ts'

/** One line; a check that finds several things wrong has several. */
export interface Check extends Finding {
  name: string
}

interface Look {
  name: string
  /** Checks without which there is nothing to look at. */
  needs?: readonly string[]
  /** Variables of the environment that it cannot do without. */
  reads?: readonly string[]
  look: (examination: Examination) => Finding | Finding[] | Promise<Finding | Finding[]>
}

const looks: readonly Look[] = [
  { name: 'configuration', look: configuration },
  { name: 'database', reads: ['DATABASE_URL'], look: database },
  { name: 'migrations', needs: ['database'], look: migrations },
  { name: 'venue', needs: ['migrations'], look: venue },
  { name: 'credential', needs: ['venue'], look: credential },
  { name: 'Dojo key', needs: ['venue'], reads: ['SECRETS_KEY'], look: dojoKey },
  {
    name: 'Dojo',
    needs: ['Dojo key'],
    reads: ['DOJO_API_URL', 'SOFTWARE_HOUSE_ID', 'RESELLER_ID'],
    look: dojo,
  },
  { name: 'clock', needs: ['Dojo key'], look: clock },
  { name: 'database clock', needs: ['database'], look: databaseClock },
  { name: 'public URL', reads: ['PUBLIC_URL', 'ROUTE_PREFIX'], look: publicUrl },
  { name: 'host name', needs: ['public URL'], look: hostName },
  { name: 'reachable', needs: ['host name'], look: reachable },
  { name: 'certificate', needs: ['host name'], look: certificate },
  { name: 'registration', needs: ['Dojo', 'public URL'], look: registration },
  { name: 'webhooks', needs: ['Dojo', 'public URL'], look: webhooks },
  { name: 'account', needs: ['venue'], look: account },
  { name: 'verification', needs: ['venue'], look: verification },
  { name: 'outbox', needs: ['venue'], look: outbox },
  { name: 'unmatched payments', needs: ['venue'], look: unmatched },
  { name: 'audit', needs: ['venue'], look: audit },
]

export interface Diagnosis {
  /** Whether nothing is broken; a warning breaks nothing. */
  healthy: boolean
  checks: Check[]
  /** What came of mending, in a sentence, where that was asked for. */
  mending?: string
}

/**
 * All checks, in the order in which one rests on another. Nothing of what is wrong makes it throw.
 */
export async function diagnose(deps: DoctorDeps, subject: Subject): Promise<Diagnosis> {
  return diagnosisOf((await examine(deps, subject)).checks)
}

/**
 * The same; and where the registration is the first that is broken, sends it once more and looks
 * again.
 */
export async function diagnoseAndMend(deps: DoctorDeps, subject: Subject): Promise<Diagnosis> {
  const { checks, examination } = await examine(deps, subject)
  const first = checks.find(({ state }) => state === 'broken')
  if (first === undefined) return { ...diagnosisOf(checks), mending: 'There is nothing to mend.' }
  if (first.name !== 'registration') {
    return {
      ...diagnosisOf(checks),
      mending: `Nothing was mended: only a registration can be, and the first that is broken is ${first.name}.`,
    }
  }
  const { config, secretsKey } = deps
  try {
    await registerVenue(
      { store: examination.store!, config, secretsKey },
      { ...subject, capabilities: namesToRegister(examination) },
    )
  } catch (error) {
    return {
      ...diagnosisOf(checks),
      mending: `The registration could not be sent again. ${(error as Error).message}`,
    }
  }
  return {
    ...diagnosisOf((await examine(deps, subject)).checks),
    mending: 'The registration was sent again, with a fresh credential; this is how it is now.',
  }
}

const diagnosisOf = (checks: Check[]): Diagnosis => ({
  healthy: checks.every(({ state }) => state !== 'broken'),
  checks,
})

async function examine(
  deps: DoctorDeps,
  subject: Subject,
): Promise<{ checks: Check[]; examination: Examination }> {
  const examination: Examination = { ...subject, deps }
  const unusable = new Set([...deps.faults.keys(), ...missingVariables(deps)])
  /** What is wrong with each check that told nothing, to those that need it. */
  const obstacles = new Map<string, string>()
  const checks: Check[] = []
  for (const { name, needs = [], reads = [], look } of looks) {
    const needed = needs.find((each) => obstacles.has(each))
    const variable = reads.find((each) => unusable.has(each))
    const obstacle =
      needed !== undefined
        ? obstacles.get(needed)
        : variable === undefined
          ? undefined
          : `${variable} is not right`
    const findings =
      obstacle === undefined
        ? await attempt(look, examination)
        : [skipped(`Not looked at: ${obstacle}.`)]
    if (obstacle !== undefined) obstacles.set(name, obstacle)
    else if (findings.some(({ state }) => state === 'broken')) {
      obstacles.set(name, `${name} is broken`)
    }
    checks.push(...findings.map((finding) => ({ name, ...finding })))
  }
  await examination.dojo?.close()
  return { checks, examination }
}

/** What a check throws is its finding, and the others go on. */
async function attempt(look: Look['look'], examination: Examination): Promise<Finding[]> {
  try {
    return [await look(examination)].flat()
  } catch (error) {
    if (error instanceof DojoFault) return [broken(error.finding, error.advice)]
    return [
      broken(
        `The check did not come to its end: ${lastLineOf(error as Error)}`,
        'Try again; if that stays, it is a fault of this command.',
      ),
    ]
  }
}

/** Prisma writes a page, of which the last line says what happened. */
const lastLineOf = ({ message }: Error): string =>
  message.trim().split('\n').at(-1)!.slice(0, limits.maxLoggedMessageCharacters)
