// A payment whose answer may not have reached Dojo, which may then take the money back.

/**
 * Why staff have to look into it; undefined where Dojo is asked until it is certain.
 * @param canAskDojo whether the venue has a key
 */
export function reasonOfLostReply(canAskDojo: boolean): string | undefined {
  if (canAskDojo) return undefined
  return (
    'recorded here, but Dojo may not have got the answer and may have given the money back: ' +
    'compare it with Dojo'
  )
}
