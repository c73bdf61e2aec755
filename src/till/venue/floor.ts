// The floor: areas, the tables in them, and the waiters who serve them.
import { Type, type TObject } from 'typebox'
import { NOUNS } from '../../domain/venue/setup.ts'
import { readSetupPart } from '../../store/venue/setup.ts'
import { EVERYBODY, MANAGERS, operation, type Operation } from '../kit/operation.ts'
import { changeOne, entityView, makeOne, readOne, retireOne } from './setup/entity.ts'
import {
  AreaChange,
  AreaShape,
  NewArea,
  NewTable,
  NewWaiter,
  TableChange,
  TableShape,
  WaiterChange,
  WaiterShape,
} from './setup/shapes.ts'
import { Fields, Id } from '../kit/shapes.ts'

const tag = 'Floor'

interface PartOfFloor {
  part: 'areas' | 'tables' | 'waiters'
  fresh: TObject
  change: TObject
  shape: TObject
  listed: string
  made: string
  retired: string
}

/** The same five for each of them. */
function operationsOf({
  part,
  fresh,
  change,
  shape,
  listed,
  made,
  retired,
}: PartOfFloor): Operation[] {
  const noun = NOUNS[part]
  const Noun = noun[0]!.toUpperCase() + noun.slice(1)
  const idName = `${noun}Id`
  const params = Fields({ [idName]: Id })
  const one = `/${part}/{${idName}}`
  const idOf = (path: object): string => (path as Record<string, string>)[idName]!
  return [
    operation({
      id: `list${Noun}s`,
      does: 'read',
      method: 'GET',
      path: `/${part}`,
      summary: listed,
      tag,
      roles: EVERYBODY,
      answer: Fields({ rows: Type.Array(shape) }),
      run: async ({ database, caller }) => ({
        body: {
          rows: (await readSetupPart(database, caller.locationId, part)).map((each) =>
            entityView(part, each),
          ),
        },
      }),
    }),
    operation({
      id: `read${Noun}`,
      does: 'read',
      method: 'GET',
      path: one,
      summary: `One ${noun}, also when it is retired`,
      tag,
      roles: EVERYBODY,
      params,
      answer: shape,
      run: async ({ database, caller, params }) =>
        await readOne(database, caller.locationId, part, idOf(params)),
    }),
    operation({
      id: `make${Noun}`,
      does: 'write',
      method: 'POST',
      path: `/${part}`,
      creates: true,
      summary: made,
      description:
        'The same id and content again answers what is there; the id of one that is retired brings it back, with what is sent.',
      tag,
      roles: MANAGERS,
      body: fresh,
      answer: shape,
      run: async (given) => await makeOne(given, part, given.body),
    }),
    operation({
      id: `change${Noun}`,
      does: 'write',
      method: 'PATCH',
      path: one,
      summary: `Changes what is said of a ${noun}`.replace('a area', 'an area'),
      tag,
      roles: MANAGERS,
      params,
      body: change,
      answer: shape,
      run: async (given) => await changeOne(given, part, idOf(given.params), given.body),
    }),
    operation({
      id: `retire${Noun}`,
      does: 'write',
      method: 'POST',
      path: `${one}/retire`,
      summary: `Retires a ${noun}`.replace('a area', 'an area'),
      description: retired,
      tag,
      roles: MANAGERS,
      params,
      answer: shape,
      run: async (given) => await retireOne(given, part, idOf(given.params)),
    }),
  ]
}

export const floorOperations = [
  ...operationsOf({
    part: 'areas',
    fresh: NewArea,
    change: AreaChange,
    shape: AreaShape,
    listed: 'The areas of the venue, in its order',
    made: 'Adds an area',
    retired: 'Not while there are tables in it. Its name is free again.',
  }),
  ...operationsOf({
    part: 'tables',
    fresh: NewTable,
    change: TableChange,
    shape: TableShape,
    listed: 'The tables of the venue, in its order',
    made: 'Adds a table',
    retired: 'Not while a tab is open or a party sits at it. Its name is free again.',
  }),
  ...operationsOf({
    part: 'waiters',
    fresh: NewWaiter,
    change: WaiterChange,
    shape: WaiterShape,
    listed: 'Who serves, with the areas and tables that each of them serves',
    made: 'Adds a waiter, with what they type on the card machine',
    retired: 'Not while they have open tabs. The tokens that are theirs open nothing from then on.',
  }),
]
