// A till that a person works: each task is a sentence, and the person types what the till shows.
import type { Offer, Shows, Task, Till } from './till.ts'

/** Shows the text and resolves to what the person types. */
export type Prompt = (text: string) => Promise<string>

export function askPerson(prompt: Prompt): Till {
  return {
    isPerson: true,
    ask: async (task) => {
      if (task.do === 'look') return { shows: await askForShows(prompt, task.sale) }
      const typed = (await prompt(`\n${sentenceOf(task)}\n${HOW}`)).trim()
      if (task.do === 'about') return typed === '' ? {} : { version: typed }
      if (typed === '') return {}
      const [word, ...rest] = typed.split(/\s+/)
      const reason = rest.join(' ')
      return word === 'no'
        ? { cannot: reason === '' ? 'The person at the till said that it cannot.' : reason }
        : { refused: typed }
    },
    close: async () => {},
  }
}

const HOW =
  '  Enter when it is done, "no" and why if the till cannot do that,\n' +
  '  or the sentence of the till if it refuses: '

const money = (minor: number): string => (minor / 100).toFixed(2)

/** What the person is to do. */
function sentenceOf(task: Exclude<Task, { do: 'look' }>): string {
  switch (task.do) {
    case 'about':
      return 'Type the version of the till.'
    case 'key':
      return `Set the API key of Dojo to ${task.key}`
    case 'terminals':
      return 'Show the card machines at the till.'
    case 'webhooks':
      return "Subscribe the till to Dojo's webhooks if it is not yet, and list its subscriptions."
    case 'intents':
      return 'List the payment intents.'
    case 'sale':
      return saleSentence(task)
    case 'retry':
      return `${task.sale}: try again on the machine ${task.tid}.`
    case 'cancel':
      return `${task.sale}: cancel it at the till.`
    case 'sign':
      return `${task.sale}: ${task.accepted ? 'accept' : 'reject'} the signature.`
    case 'record':
      return `${task.sale}: record by hand that it was successful.`
    case 'amount':
      return `${task.sale}: change the authorised amount to ${money(task.amountMinor)}.`
    case 'capture':
      return `${task.sale}: take ${money(task.amountMinor)} of the authorised amount.`
    case 'refund':
      return `${task.refund}: refund ${money(task.amountMinor)} of ${task.sale} without the card.`
    case 'matched-refund':
      return (
        `${task.refund}: refund ${money(task.amountMinor)} of ${task.sale} to the card, on the ` +
        `machine ${task.tid}.`
      )
    case 'unlinked-refund':
      return (
        `${task.refund}: refund ${money(task.amountMinor)} without a sale, on the machine ` +
        `${task.tid}.`
      )
  }
}

function saleSentence(task: Extract<Task, { do: 'sale' }>): string {
  const { sale, amountMinor, tid, captureMode, tipsMinor, cashbackMinor } = task
  const what = captureMode === 'Manual' ? 'pre-authorise' : 'take'
  const extras = [
    tipsMinor === undefined ? '' : `, with a gratuity of ${money(tipsMinor)}`,
    cashbackMinor === undefined ? '' : `, with cashback of ${money(cashbackMinor)}`,
    task.cardNotPresent === true ? ', the card number being typed in' : '',
    task.items === undefined
      ? ''
      : `, for ${task.items
          .map((each) => `${each.quantity} ${each.name} at ${money(each.unitAmountMinor)}`)
          .join(' and ')}`,
    task.discountMinor === undefined ? '' : `, less a discount of ${money(task.discountMinor)}`,
  ].join('')
  return `${sale}: ${what} ${money(amountMinor)} on the machine ${tid}${extras}.`
}

const OFFERS: Record<string, Offer> = {
  a: 'accept-signature',
  r: 'reject-signature',
  t: 'retry',
  h: 'record',
  c: 'cancel',
}

async function askForShows(prompt: Prompt, name: string): Promise<Shows> {
  const result = (
    await prompt(
      `\n${name}: what does the till show? Wait until nothing changes there any more: it has\n` +
        '  finished, or asks you something, or the machine waits for the next step. Type one of\n' +
        '  Waiting, Authorized, Captured, Declined, Canceled, Expired, Refunded: ',
    )
  ).trim()
  const text = (await prompt('  Its sentence, or the prompt of the machine: ')).trim()
  const letters = await prompt(
    '  What it offers: a accept the signature, r reject it, t try again, h record by hand, ' +
      'c cancel: ',
  )
  const paid = await prompt('  Does the sale count as paid (y/n)? ')
  const tips = await minorOf(prompt, 'Gratuity that it records')
  const cashback = await minorOf(prompt, 'Cashback that it records')
  const refunded = await minorOf(prompt, 'Given back as it shows')
  return {
    result,
    text,
    prompt: text,
    offers: [...letters].flatMap((letter) => OFFERS[letter] ?? []),
    paid: /^y/i.test(paid),
    tipsMinor: tips,
    cashbackMinor: cashback,
    refundedMinor: refunded,
  }
}

async function minorOf(prompt: Prompt, what: string): Promise<number> {
  return Math.round(Number((await prompt(`  ${what} (Enter for none): `)).trim() || '0') * 100)
}
