// Dojo's guide for Pay at Table still has an older URL for SearchOrders: POST /v1/orders, where the
// contract creates orders. The body says which of the two is meant.
import type { FastifyReply } from 'fastify'
import { component, resolve } from '../../contract/document.ts'
import { answerShape } from '../answers.ts'

const fieldsOf = (schema: string): Set<string> =>
  new Set(Object.keys(resolve(String(component(schema)['$ref']))['properties'] as object))

const fieldsOfSearch = fieldsOf('SearchOrdersRequest')
const fieldsOfOrder = fieldsOf('CreateOrderRequest')

/** Whether a body is a search: an empty one, or fields of a search without any of an order. */
export function isSearch(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false
  const names = Object.keys(body)
  if (names.some((name) => fieldsOfOrder.has(name))) return false
  return names.length === 0 || names.some((name) => fieldsOfSearch.has(name))
}

const page = answerShape('SearchOrders')!

/** Sends the answer of a search from a route that answers orders otherwise. */
export function sendPage(reply: FastifyReply, found: unknown): FastifyReply {
  return reply
    .type('application/json; charset=utf-8')
    .serializer(reply.compileSerializationSchema(page))
    .send(found)
}
