// The bodies of the controls, checked against TypeBox schemas.
import type { FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { badRequest } from '../dojo/problem.ts'

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
