// The menu: items, and the modifiers and sub-items that they are offered with. What was ordered
// keeps the price it had.
import { Type } from 'typebox'
import { setAvailability } from '../../actions/venue/set-availability.ts'
import { lineKinds } from '../../domain/venue/setup.ts'
import { pageRequest } from '../../domain/page.ts'
import { searchMenu } from '../../store/venue/setup.ts'
import { EVERYBODY, MANAGERS, operation } from '../kit/operation.ts'
import { pageView } from '../kit/page.ts'
import {
  answerAddition,
  answerChange,
  answerEntity,
  answerRetirement,
  entityView,
} from './setup/entity.ts'
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
      const page = await searchMenu(
        database,
        caller.locationId,
        { category, kind, available },
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
    summary: 'One menu item, retired or not',
    tag,
    roles: EVERYBODY,
    params: ItemPath,
    answer: ItemShape,
    run: async (given) => await answerEntity(given, 'menu', given.params.plu),
  }),

  operation({
    id: 'makeMenuItem',
    does: 'write',
    method: 'POST',
    path: '/menu',
    creates: true,
    summary: 'Adds an item to the menu',
    description:
      'Sending the same PLU and content again returns the item. The PLU of a retired item brings ' +
      'it back with the content sent.',
    tag,
    roles: MANAGERS,
    venues: 'native',
    body: NewItem,
    answer: ItemShape,
    run: async (given) => {
      const { plu, ...rest } = given.body
      return await answerAddition(given, 'menu', { id: plu, ...rest })
    },
  }),

  operation({
    id: 'changeMenuItem',
    does: 'write',
    method: 'PATCH',
    path: '/menu/{plu}',
    summary: 'Changes a menu item',
    description: 'Lines already ordered keep the name, price and tax rate they were ordered with.',
    tag,
    roles: MANAGERS,
    venues: 'native',
    params: ItemPath,
    body: ItemChange,
    answer: ItemShape,
    run: async (given) =>
      await answerChange(given, 'menu', { id: given.params.plu, changes: given.body }),
  }),

  operation({
    id: 'setAvailability',
    does: 'write',
    method: 'POST',
    path: '/menu/{plu}/availability',
    summary: 'Marks a menu item as run out, or as available again',
    tag,
    roles: EVERYBODY,
    venues: 'native',
    params: ItemPath,
    body: Fields({ available: Type.Boolean() }),
    answer: ItemShape,
    run: async ({ tx, caller, params, body, ifMatch }) => {
      const item = await setAvailability(tx, caller.locationId, {
        plu: params.plu,
        available: body.available,
        ifMatch,
      })
      return { body: entityView('menu', item), version: item.version }
    },
  }),

  operation({
    id: 'retireMenuItem',
    does: 'write',
    method: 'POST',
    path: '/menu/{plu}/retire',
    summary: 'Takes an item off the menu',
    description: 'Other items are no longer offered with it. Lines already ordered stay.',
    tag,
    roles: MANAGERS,
    venues: 'native',
    params: ItemPath,
    answer: ItemShape,
    run: async (given) => await answerRetirement(given, 'menu', given.params.plu),
  }),
]
