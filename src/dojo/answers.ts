// How answers are serialised, over REST and over the socket alike: by the contract, with a bill's
// fields under both of their names.
import { component, operations, shapeOf, type JsonSchema } from '../contract/document.ts'
import type { CapabilityName } from '../contract/capabilities.ts'
import { secondNames } from '../domain/paper/second-names.ts'

/** The shape of an answer with status 200; undefined where it has no body. */
export function answerShape(name: CapabilityName): JsonSchema | undefined {
  const { answer } = operations.find((operation) => operation.name === name)!
  if (answer === undefined) return undefined
  const shape = shapeOf(answer)
  if (name === 'GetOrderBillById') addSecondNames(shape)
  return shape
}

export const errorShape = shapeOf(component('EPOSError'))

function addSecondNames(bill: JsonSchema): void {
  for (const section of ['header', 'footer']) {
    const { items } = fieldsOf(fieldsOf(bill)[section]!)['lines'] as { items: JsonSchema }
    for (const [part, names] of Object.entries(secondNames)) {
      const fields = fieldsOf(fieldsOf(items)[part]!)
      for (const [first, second] of Object.entries(names)) fields[second] = fields[first]!
    }
  }
}

function fieldsOf(shape: JsonSchema): Record<string, JsonSchema> {
  return shape['properties'] as Record<string, JsonSchema>
}
