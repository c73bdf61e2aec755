// What a transaction sends when its work is done. On a distributed database a statement cannot find
// the next number of a row while it writes it, so numbers are asked for together, at the end, and
// the rows follow with the commit. What is locked for that is locked for as short as possible.
import type { Queryable, Statement, Value } from './statement.ts'
import type { Transaction } from './transaction.ts'

export interface Question {
  statement: Statement
  values: readonly Value[]
}

export interface Ending {
  /** Each is asked once in a transaction, however many endings have it. */
  questions: readonly Question[]
  /** Sends what is to be written. The first row of each answer, and what counts on from it. */
  write: (answers: readonly Answer[], next: NextNumber) => void
}

type Answer = Record<string, unknown> | undefined

/** The number after `last`, or after the one that the transaction has given for the key before. */
export type NextNumber = (key: string, last: number) => number

export async function sendEndings(tx: Transaction, endings: readonly Ending[]): Promise<void> {
  const asked = new Map<string, Promise<Answer>>()
  const ask = async (question: Question): Promise<Answer> => {
    const key = JSON.stringify([question.statement.name, question.values])
    const answer = asked.get(key) ?? firstRow(tx, question)
    asked.set(key, answer)
    return await answer
  }
  const answers = await Promise.all(
    endings.map(async ({ questions }) => await Promise.all(questions.map(ask))),
  )
  const given = new Map<string, number>()
  const next: NextNumber = (key, last) => {
    const number = (given.get(key) ?? last) + 1
    given.set(key, number)
    return number
  }
  for (const [index, { write }] of endings.entries()) write(answers[index]!, next)
}

async function firstRow(database: Queryable, { statement, values }: Question): Promise<Answer> {
  return (await database.rows<Record<string, unknown>>(statement, values))[0]
}
