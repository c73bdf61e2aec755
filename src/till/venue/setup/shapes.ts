// The shapes of what a venue is set up with: as it is sent, and as it is answered.
import { Type, type TObject, type TProperties } from 'typebox'
import { lineKinds } from '../../../domain/venue/setup.ts'
import { limits } from '../../../limits.ts'
import { Emptied, Fields, Hundredths, Id, Label, OneOf, Time, Version } from '../../kit/shapes.ts'

const Reference = Type.String({
  minLength: 1,
  maxLength: limits.maxIdCharacters,
  description: 'Its id, or its name.',
})
const Position = Type.Integer({
  minimum: 0,
  maximum: limits.maxPosition,
  description: 'Its position in the list, from 0. New ones come last.',
})
const Covers = Type.Integer({
  minimum: 1,
  maximum: limits.maxQuantity,
  description: 'The most guests that it seats.',
})
const Price = Type.Integer({
  minimum: -limits.maxAmountMinor,
  maximum: limits.maxAmountMinor,
  description: 'Minor units (pence, cents). Below zero for a modifier that takes something off.',
})
const Takeaway = Type.Unsafe<number>({
  ...Hundredths,
  description: 'For orders for collection, where it differs; in hundredths of a percent.',
})

const area = { name: Label }
const table = {
  name: Label,
  areaId: Type.Optional(Emptied(Reference)),
  maxCovers: Type.Optional(Emptied(Covers)),
}
const waiter = {
  name: Label,
  areaIds: Type.Optional(Type.Array(Reference, { maxItems: limits.maxAreas })),
  tableIds: Type.Optional(Type.Array(Reference, { maxItems: limits.maxTables })),
}
const item = {
  kind: OneOf(lineKinds),
  name: Label,
  priceMinor: Price,
  taxRateHundredths: Hundredths,
  takeawayTaxRateHundredths: Type.Optional(Emptied(Takeaway)),
  course: Type.Optional(Emptied(Label)),
  category: Type.Optional(Emptied(Label)),
  available: Type.Optional(Type.Boolean()),
  parts: Type.Optional(
    Type.Array(Id, {
      maxItems: limits.maxPartsOfItem,
      description: 'The PLUs of the modifiers and sub-items that it is offered with.',
    }),
  ),
}
const position = { position: Type.Optional(Position) }

/** A new entity. */
export const NewArea = Fields({ id: Type.Optional(Id), ...area, ...position })
export const NewTable = Fields({ id: Type.Optional(Id), ...table, ...position })
export const NewWaiter = Fields({
  id: Type.Unsafe<string>({ ...Id, description: 'What the waiter types on the card machine.' }),
  ...waiter,
})
export const NewItem = Fields({ plu: Id, ...item, ...position })

/** A change of an existing entity: what is left out stays as it is. */
const changeOf = <P extends TProperties>(properties: P) =>
  Type.Partial(Fields(properties), { additionalProperties: false, minProperties: 1 })
export const AreaChange = changeOf({ ...area, ...position })
export const TableChange = changeOf({ ...table, ...position })
export const WaiterChange = changeOf(waiter)
export const ItemChange = changeOf({ ...item, ...position })

/**
 * An entry of a file: what is left out stays as it is in an existing entity, and the order of the
 * entries is the order of the list.
 */
const entryOf = <P extends TProperties>(properties: P, id: TProperties) =>
  Fields({ ...id, ...Type.Partial(Type.Object(properties)).properties })
export const Entries = {
  areas: entryOf(area, { id: Type.Optional(Id) }),
  tables: entryOf(table, { id: Type.Optional(Id) }),
  waiters: entryOf(waiter, { id: Id }),
  menu: entryOf(item, { plu: Id }),
} satisfies Record<string, TObject>

export const SetupShape = Fields({
  areas: Type.Optional(Type.Array(Entries.areas, { maxItems: limits.maxAreas })),
  tables: Type.Optional(Type.Array(Entries.tables, { maxItems: limits.maxTables })),
  waiters: Type.Optional(Type.Array(Entries.waiters, { maxItems: limits.maxWaiters })),
  menu: Type.Optional(Type.Array(Entries.menu, { maxItems: limits.maxMenuItems })),
})

const kept = { version: Version, retiredAt: Type.Optional(Time) }
export const AreaShape = Fields({ id: Id, name: Type.String(), position: Position, ...kept })
export const TableShape = Fields({
  id: Id,
  name: Type.String(),
  areaId: Type.Optional(Id),
  maxCovers: Type.Optional(Covers),
  position: Position,
  ...kept,
})
export const WaiterShape = Fields({
  id: Id,
  name: Type.String(),
  areaIds: Type.Array(Id),
  tableIds: Type.Array(Id),
  ...kept,
})
export const ItemShape = Fields({
  plu: Id,
  kind: OneOf(lineKinds),
  name: Type.String(),
  priceMinor: Price,
  taxRateHundredths: Hundredths,
  takeawayTaxRateHundredths: Type.Optional(Takeaway),
  course: Type.Optional(Type.String()),
  category: Type.Optional(Type.String()),
  available: Type.Boolean(),
  position: Position,
  parts: Type.Array(Id),
  ...kept,
})
