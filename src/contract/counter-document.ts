// openapi/pac-websockets.yaml as a document: which fields the messages of the socket for the
// counter have. Dojo takes no others.
import type { CounterMethod } from './counter-socket.ts'
import counter from './generated/pac-websockets.json' with { type: 'json' }

interface Schema {
  type?: string
  required?: string[]
  properties?: Record<string, object>
}

const schemas: Readonly<Record<string, Schema>> = counter.components.schemas

/** The fields of what an EPOS asks. */
export function fieldsOf(method: CounterMethod): { required: string[]; known: string[] } {
  const { $ref } = counter.channels[method].publish.message.payload
  const { required = [], properties = {} } = schemas[$ref.slice($ref.lastIndexOf('/') + 1)]!
  return { required, known: Object.keys(properties) }
}
