// The operations of one area, table, waiter or menu item: read, add, change, retire.
import { addEntity } from '../../../actions/venue/add-entity.ts'
import { changeEntity } from '../../../actions/venue/change-entity.ts'
import { retireEntity } from '../../../actions/venue/retire-entity.ts'
import { mustExist, type SetupEntity, type SetupPart } from '../../../domain/venue/setup.ts'
import { findEntity } from '../../../store/venue/setup.ts'
import type { Answered, TillCaller, TillDeps, WriteContext } from '../../kit/operation.ts'

interface Given {
  caller: TillCaller
  deps: TillDeps
}

/** As the API shows it: a menu item's id is its PLU, and a waiter has no position. */
export function entityView(part: SetupPart, { id, position, ...rest }: SetupEntity): object {
  if (part === 'menu') return { plu: id, position, ...rest }
  return part === 'waiters' ? { id, ...rest } : { id, position, ...rest }
}

function answer(part: SetupPart, entity: SetupEntity, status = 200): Answered {
  return { body: entityView(part, entity), version: entity.version, status }
}

/** @throws Refusal NotFound */
export async function answerEntity(
  { caller, deps }: Given,
  part: SetupPart,
  id: string,
): Promise<Answered> {
  const entity = await findEntity(deps.store.prisma, caller.locationId, part, id)
  return answer(part, mustExist(part, id, entity))
}

/** @throws Refusal as addEntity */
export async function answerAddition(
  { tx, caller, deps: { newId } }: Given & WriteContext,
  part: SetupPart,
  entity: object & { id?: string },
): Promise<Answered> {
  const added = await addEntity(tx, caller.locationId, part, { entity, newId })
  return answer(part, added.entity, added.isNew ? 201 : 200)
}

/** @throws Refusal as changeEntity */
export async function answerChange(
  { tx, caller, deps: { newId }, ifMatch }: Given & WriteContext,
  part: SetupPart,
  { id, changes }: { id: string; changes: object },
): Promise<Answered> {
  const change = { part, id, changes, ifMatch, newId }
  return answer(part, await changeEntity(tx, caller.locationId, change))
}

/** @throws Refusal as retireEntity */
export async function answerRetirement(
  { tx, caller, deps: { newId }, ifMatch }: Given & WriteContext,
  part: SetupPart,
  id: string,
): Promise<Answered> {
  return answer(part, await retireEntity(tx, caller.locationId, { part, id, ifMatch, newId }))
}
