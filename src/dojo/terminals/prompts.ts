// What a card machine shows, in the words of Dojo's REST API, which tills know.
const PROMPTS: Readonly<Record<string, string>> = {
  PRESENT_CARD: 'PresentCard',
  CARD_INSERTED: 'InsertCard',
  PIN_ENTRY: 'EnterPin',
  CONNECTING: 'PleaseWait',
  APPROVED: 'Approved',
  DECLINED: 'Declined',
  REMOVE_CARD: 'RemoveCard',
}

/** An unknown one is shown as it is. */
export function promptOf(notification: string): string {
  return PROMPTS[notification] ?? notification
}
