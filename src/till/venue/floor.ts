// The floor: areas, the tables in them, and the waiters who serve them.
import { Type, type TObject } from 'typebox'
import { nouns } from '../../domain/venue/setup.ts'
import { listSetup } from '../../store/venue/setup.ts'
import { EVERYBODY, MANAGERS, operation, type Operation } from '../kit/operation.ts'
import {
  answerAddition,
  answerChange,
  answerEntity,
  answerRetirement,
  entityView,
} from './setup/entity.ts'
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
  shapes: { added: TObject; change: TObject; answer: TObject }
  summaries: { list: string; add: string; change: string; retire: string }
  retirement: string
}

/** Each part has the same five operations. */
function operationsOf(floor: PartOfFloor): Operation[] {
  return [...readsOf(floor), ...writesOf(floor)]
}

function namesOf(part: PartOfFloor['part']) {
  const noun = nouns[part]
  const idName = `${noun}Id`
  return {
    noun,
    Noun: noun[0]!.toUpperCase() + noun.slice(1),
    params: Fields({ [idName]: Id }),
    path: `/${part}/{${idName}}`,
    idIn: (params: object): string => (params as Record<string, string>)[idName]!,
  }
}

function readsOf({ part, shapes, summaries }: PartOfFloor): Operation[] {
  const { noun, Noun, params, path, idIn } = namesOf(part)
  return [
    operation({
      id: `list${Noun}s`,
      does: 'read',
      method: 'GET',
      path: `/${part}`,
      summary: summaries.list,
      tag,
      roles: EVERYBODY,
      answer: Fields({ rows: Type.Array(shapes.answer) }),
      run: async ({ deps, caller }) => {
        const entities = await listSetup(deps.store.prisma, caller.locationId, part)
        return { body: { rows: entities.map((each) => entityView(part, each)) } }
      },
    }),
    operation({
      id: `read${Noun}`,
      does: 'read',
      method: 'GET',
      path,
      summary: `One ${noun}, retired or not`,
      tag,
      roles: EVERYBODY,
      params,
      answer: shapes.answer,
      run: async (given) => await answerEntity(given, part, idIn(given.params)),
    }),
  ]
}

function writesOf({ part, shapes, summaries, retirement }: PartOfFloor): Operation[] {
  const { Noun, params, path, idIn } = namesOf(part)
  return [
    operation({
      id: `make${Noun}`,
      does: 'write',
      method: 'POST',
      path: `/${part}`,
      creates: true,
      summary: summaries.add,
      description:
        'Sending the same id and content again returns what exists. The id of one that was ' +
        'retired brings it back with the content sent.',
      tag,
      roles: MANAGERS,
      body: shapes.added,
      answer: shapes.answer,
      run: async (given) => await answerAddition(given, part, given.body),
    }),
    operation({
      id: `change${Noun}`,
      does: 'write',
      method: 'PATCH',
      path,
      summary: summaries.change,
      tag,
      roles: MANAGERS,
      params,
      body: shapes.change,
      answer: shapes.answer,
      run: async (given) =>
        await answerChange(given, part, { id: idIn(given.params), changes: given.body }),
    }),
    operation({
      id: `retire${Noun}`,
      does: 'write',
      method: 'POST',
      path: `${path}/retire`,
      summary: summaries.retire,
      description: retirement,
      tag,
      roles: MANAGERS,
      params,
      answer: shapes.answer,
      run: async (given) => await answerRetirement(given, part, idIn(given.params)),
    }),
  ]
}

export const floorOperations = [
  ...operationsOf({
    part: 'areas',
    shapes: { added: NewArea, change: AreaChange, answer: AreaShape },
    summaries: {
      list: 'The areas of the venue, in its order',
      add: 'Adds an area',
      change: 'Changes an area',
      retire: 'Retires an area',
    },
    retirement: 'Refused while there are tables in it. Its name is free again afterwards.',
  }),
  ...operationsOf({
    part: 'tables',
    shapes: { added: NewTable, change: TableChange, answer: TableShape },
    summaries: {
      list: 'The tables of the venue, in its order',
      add: 'Adds a table',
      change: 'Changes a table',
      retire: 'Retires a table',
    },
    retirement:
      'Refused while it has an open order or a seated party. Its name is free again afterwards.',
  }),
  ...operationsOf({
    part: 'waiters',
    shapes: { added: NewWaiter, change: WaiterChange, answer: WaiterShape },
    summaries: {
      list: 'The waiters, with the areas and tables that each of them serves',
      add: 'Adds a waiter, with the id that they type on the card machine',
      change: 'Changes a waiter',
      retire: 'Retires a waiter',
    },
    retirement: 'Refused while they have open orders. Their own tokens stop working.',
  }),
]
