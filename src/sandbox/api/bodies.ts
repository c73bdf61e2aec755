// The bodies of the controls, checked against TypeBox schemas.
import type { FastifyRequest } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { badRequest } from '../dojo/problem.ts'
import type { GuestCard } from '../products/payment.ts'

/** What becomes of a guest's card: approved unless it says something else. */
export const GuestCardBody = Type.Unsafe<GuestCard>({
  type: 'string',
  enum: ['approved', 'declined'],
})

/** @throws Problem 400 that names the field */
export function bodyOf<T extends TSchema>(
  schema: T,
  { body }: Pick<FastifyRequest, 'body'>,
): Static<T> {
  if (Value.Check(schema, body)) return body
  const [fault] = Value.Errors(schema, body)
  const field = fault?.instancePath.slice(1).replaceAll('/', '.') ?? ''
  const what = field === '' ? 'The request body' : `The field ${field}`
  const message = fault?.message ?? 'is invalid'
  throw badRequest(`${what} ${message}.`, { [field]: [message] })
}
