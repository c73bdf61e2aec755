// One area, table, waiter or menu item: read, made, changed, retired. Each change is planned and
// written as a whole file is.
import { conflict, invalid, notFound, Refusal } from '../../../domain/errors.ts'
import {
  NOUNS,
  planSetup,
  type Fault,
  type Setup,
  type SetupPart,
  type SetupPlan,
  type WantedSetup,
} from '../../../domain/venue/setup.ts'
import type { Queryable } from '../../../store/database/database.ts'
import { findInSetup, findInUse, holdSetup, writeSetup } from '../../../store/venue/setup.ts'
import {
  mustMatch,
  type Answered,
  type TillCaller,
  type TillDeps,
  type WriteContext,
} from '../../kit/operation.ts'

interface Given extends WriteContext {
  caller: TillCaller
  deps: TillDeps
}

/** As the API shows it: menu items are known by their PLUs, and waiters have no position. */
export function entityView(
  part: SetupPart,
  { id, position, ...rest }: Setup[SetupPart][number],
): object {
  return part === 'menu'
    ? { plu: id, position, ...rest }
    : part === 'waiters'
      ? { id, ...rest }
      : { id, position, ...rest }
}

const answer = <Part extends SetupPart>(
  part: Part,
  entity: Setup[Part][number],
  status = 200,
): Answered => ({ body: entityView(part, entity), version: entity.version, status })

/** Also one that is retired. @throws Refusal NotFound */
export async function readOne(
  database: Queryable,
  locationId: string,
  part: SetupPart,
  id: string,
): Promise<Answered> {
  const entity = await findInSetup(database, locationId, part, id)
  if (entity === undefined) throw notFound(NOUNS[part], id)
  return answer(part, entity)
}

/**
 * @throws Refusal Conflict: the id has other content, the name is taken; InvalidRequest: it names
 * what is not there
 */
export async function makeOne(
  given: Given,
  part: SetupPart,
  body: object & { id?: string },
): Promise<Answered> {
  const {
    tx,
    caller: { locationId },
  } = given
  const current = await holdSetup(tx, locationId)
  const existing = body.id === undefined ? undefined : find(current, part, body.id)
  if (existing !== undefined) {
    if (planOne(given, current, part, body).write[part].length > 0) {
      throw conflict('content-differs', `The id ${body.id} already names another ${NOUNS[part]}.`)
    }
    return answer(part, existing)
  }
  // A new one without an id is new, whatever it is called.
  return await writeOne(
    given,
    part,
    planOne(given, current, part, {
      id: given.deps.newId(part === 'areas' ? 'area' : 'tbl'),
      ...body,
    }),
    201,
  )
}

/**
 * @throws Refusal NotFound; Conflict: stale, the name is taken; InvalidRequest: it names what is
 * not there
 */
export async function changeOne(
  given: Given,
  part: SetupPart,
  id: string,
  body: object,
): Promise<Answered> {
  const current = await holdSetup(given.tx, given.caller.locationId)
  const before = find(current, part, id)
  if (before === undefined) throw notFound(NOUNS[part], id)
  mustMatch(given.ifMatch, before.version, NOUNS[part])
  const plan = planOne(given, current, part, { ...body, id })
  return plan.write[part].length === 0 ? answer(part, before) : await writeOne(given, part, plan)
}

/**
 * One that is retired already is answered as it is.
 * @throws Refusal NotFound; Conflict: stale, in use
 */
export async function retireOne(
  { tx, caller: { locationId }, deps: { newId }, ifMatch }: Given,
  part: SetupPart,
  id: string,
): Promise<Answered> {
  const current = await holdSetup(tx, locationId)
  const before = find(current, part, id)
  if (before === undefined) return await readOne(tx, locationId, part, id)
  mustMatch(ifMatch, before.version, NOUNS[part])
  const plan = planSetup(current, {}, { mode: 'merge', newId, retire: { [part]: [id] } })
  refuseFirst([...plan.faults, ...(await findInUse(tx, locationId, plan.retire))])
  await writeSetup(tx, locationId, plan)
  return await readOne(tx, locationId, part, id)
}

const find = (current: Setup, part: SetupPart, id: string) =>
  current[part].find((each) => each.id === id)

function planOne(
  { deps: { newId } }: Given,
  current: Setup,
  part: SetupPart,
  body: object,
): SetupPlan {
  const plan = planSetup(
    current,
    { [part]: [{ ...body, at: { field: 'request body' } }] } as WantedSetup,
    { mode: 'merge', newId },
  )
  refuseFirst(plan.faults)
  return plan
}

async function writeOne(
  { tx, caller: { locationId } }: Given,
  part: SetupPart,
  plan: SetupPlan,
  status?: number,
): Promise<Answered> {
  const [id] = plan.ids[part]
  const versions = await writeSetup(tx, locationId, plan)
  const written = plan.write[part].find((each) => each.id === id)!
  return answer(part, { ...written, version: versions[part].get(id!)! }, status)
}

function refuseFirst([fault]: readonly Fault[]): void {
  if (fault === undefined) return
  const { reason, message, facts } = fault
  throw reason === 'in-use' || reason === 'name-taken'
    ? new Refusal('Conflict', reason, message, facts)
    : invalid(message, reason)
}
