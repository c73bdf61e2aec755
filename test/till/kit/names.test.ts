// Names in which nothing can be seen, in every field of the till API that has a name.
import t from 'tap'
import { validatorOf } from '../../../src/till/kit/validation.ts'
import { operations } from '../../../src/till/operations.ts'
import { fieldsOf, type Shape } from '../../support/longest-values.ts'

const IS_NAME = /(^|\.)(name|displayName|reference|course|category|code|taxName|reason)$/

function shapeAt(shape: Shape, path: readonly string[]): Shape {
  if (shape.anyOf !== undefined) return shapeAt(shape.anyOf[0]!, path)
  if (shape.items !== undefined) return shapeAt(shape.items, path)
  const [first, ...rest] = path
  return first === undefined ? shape : shapeAt(shape.properties![first]!, rest)
}

t.test('a name of nothing is refused wherever there is a name', async (t) => {
  let names = 0
  for (const { id, body } of operations.filter((each) => each.does === 'write')) {
    const fields = fieldsOf((body ?? {}) as Shape).filter((field) => IS_NAME.test(field))
    for (const field of fields) {
      names++
      const validate = validatorOf(shapeAt(body as Shape, field.split('.')), 'body')
      t.equal(validate('Bar'), true, `${id} ${field}`)
      for (const unseen of [' ', '\u200b', '\u2800', '\u202e', '\u{e0061}', '\n', '\u3164']) {
        t.not(validate(unseen), true, `${id} ${field} ${JSON.stringify(unseen)}`)
      }
    }
  }
  t.ok(names > 30, `${names} names`)
})
