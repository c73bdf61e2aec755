// What a manager should look at, by the entry of the history and whether a bill was printed before.
import t from 'tap'
import {
  exceptionalActions,
  exceptionKind,
  takesOffBill,
} from '../../../src/domain/orders/exceptions.ts'

t.test('the kinds of exceptions', async (t) => {
  const off = 'TakenOffAfterBill'
  // The entry, what it changed the total by, and its kind before and after a bill was printed.
  const cases: [string, number | undefined, string | undefined, string | undefined][] = [
    ['LineVoided', -500, 'LineVoided', off],
    ['LineVoided', undefined, 'LineVoided', off],
    ['LineVoided', 0, 'LineVoided', 'LineVoided'],
    ['DiscountAdded', -100, 'Discount', off],
    ['SplitOff', -500, undefined, off],
    ['MergedInto', -500, undefined, off],
    ['ServiceChargeSet', -300, undefined, off],
    ['ServiceChargeSet', 300, undefined, undefined],
    ['PaymentVoided', undefined, 'PaymentVoided', 'PaymentVoided'],
    ['PaymentRefunded', undefined, 'Refund', 'Refund'],
    ['UnlockedByForce', undefined, 'ForcedUnlock', 'ForcedUnlock'],
    ['Canceled', -500, 'Cancelled', 'Cancelled'],
    ['Reopened', undefined, 'Reopened', 'Reopened'],
    ['TipAboveBill', undefined, 'TipAboveBill', 'TipAboveBill'],
    ['LinesAdded', 500, undefined, undefined],
    ['Moved', undefined, undefined, undefined],
  ]
  for (const [action, changeMinor, before, after] of cases) {
    const name = `${action} ${changeMinor}`
    t.equal(exceptionKind({ action, changeMinor, isBillPrinted: false }), before, name)
    t.equal(exceptionKind({ action, changeMinor, isBillPrinted: true }), after, `${name} after`)
  }

  // Which entries are read follows from the table.
  const listed = new Set(
    cases
      .filter(([, , before, after]) => before !== undefined || after !== undefined)
      .map(([action]) => action),
  )
  listed.delete('TipAboveBill')
  t.strictSame(new Set(exceptionalActions), listed)
  for (const action of takesOffBill) {
    t.equal(exceptionKind({ action, changeMinor: -1, isBillPrinted: true }), off, action)
  }
})
