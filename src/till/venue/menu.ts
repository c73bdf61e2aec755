// The menu: items, and the modifiers and sub-items that they are offered with. What was ordered
// keeps the price that it had.
import { Type } from 'typebox'
import { lineKinds } from '../../domain/venue/setup.ts'
import { pageRequest } from '../../domain/page.ts'
import { searchMenu, setAvailable } from '../../store/venue/setup.ts'
import { EVERYBODY, MANAGERS, mustMatch, operation } from '../kit/operation.ts'
import { pageView } from '../kit/page.ts'
import { changeOne, entityView, makeOne, readOne, retireOne } from './setup/entity.ts'
import { ItemChange, ItemShape, NewItem } from './setup/shapes.ts'
import { Cursor, Fields, Id, Label, OneOf, PageOf } from '../kit/shapes.ts'

const tag = 'Menu'
const ItemPath = Fields({ plu: Id })

export const menuOperations = [
  operation({
    id: 'listMenu',
    does: 'read',
    method: 'GET',
    path: '/menu',
    summary: 'What can be ordered, in the order of the menu',
    tag,
    roles: EVERYBODY,
    query: Fields({
      category: Type.Optional(Label),
      kind: Type.Optional(OneOf(lineKinds)),
      available: Type.Optional(Type.Boolean()),
      ...Cursor,
    }),
    answer: PageOf(ItemShape),
    run: async ({ database, caller, query: { category, kind, available, ...cursor } }) => {
      const filter = {
        ...(category === undefined ? {} : { category }),
        ...(kind === undefined ? {} : { kind }),
        ...(available === undefined ? {} : { available }),
      }
      const page = await searchMenu(
        database,
        caller.locationId,
        filter,
        pageRequest('menu', caller.cursorKey, cursor),
      )
      return { body: pageView(page, 'menu', caller.cursorKey, (item) => entityView('menu', item)) }
    },
  }),

  operation({
    id: 'readMenuItem',
    does: 'read',
    method: 'GET',
    path: '/menu/{plu}',
    summary: 'One menu item, also when it is retired',
    tag,
    roles: EVERYBODY,
    params: ItemPath,
    answer: ItemShape,
    run: async ({ database, caller, params }) =>
      await readOne(database, caller.locationId, 'menu', params.plu),
  }),

  operation({
    id: 'makeMenuItem',
    does: 'write',
    method: 'POST',
    path: '/menu',
    creates: true,
    summary: 'Adds an item to the menu',
    description:
      'The same PLU and content again answers what is there; the PLU of one that is retired brings it back, with what is sent.',
    tag,
    roles: MANAGERS,
    body: NewItem,
    answer: ItemShape,
    run: async (given) => {
      const { plu, ...rest } = given.body
      return await makeOne(given, 'menu', { id: plu, ...rest })
    },
  }),

  operation({
    id: 'changeMenuItem',
    does: 'write',
    method: 'PATCH',
    path: '/menu/{plu}',
    summary: 'Changes an item of the menu',
    description:
      'Lines that are ordered already keep the name, price and tax rate that they were ordered with.',
    tag,
    roles: MANAGERS,
    params: ItemPath,
    body: ItemChange,
    answer: ItemShape,
    run: async (given) => await changeOne(given, 'menu', given.params.plu, given.body),
  }),

  operation({
    id: 'setAvailability',
    does: 'write',
    method: 'POST',
    path: '/menu/{plu}/availability',
    summary: 'Says that an item has run out, or is there again',
    tag,
    roles: EVERYBODY,
    params: ItemPath,
    body: Fields({ available: Type.Boolean() }),
    answer: ItemShape,
    run: async ({ tx, caller, params, body, ifMatch }) => {
      const item = await setAvailable(
        tx,
        caller.locationId,
        params.plu,
        body.available,
        (version) => {
          mustMatch(ifMatch, version, 'menu item')
        },
      )
      return { body: entityView('menu', item), version: item.version }
    },
  }),

  operation({
    id: 'retireMenuItem',
    does: 'write',
    method: 'POST',
    path: '/menu/{plu}/retire',
    summary: 'Takes an item off the menu',
    description:
      'What it was offered with is offered without it from then on. Lines that are ordered already stay.',
    tag,
    roles: MANAGERS,
    params: ItemPath,
    answer: ItemShape,
    run: async (given) => await retireOne(given, 'menu', given.params.plu),
  }),
]
