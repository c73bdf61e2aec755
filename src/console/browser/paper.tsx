// A bill on its paper, as the server draws it.
import { useEffect, useState } from 'preact/hooks'
import { asProblem, type Problem } from '../../page/browser/problem.ts'

interface Picture {
  /** Undefined until the first one is drawn. */
  address: string | undefined
  /** Why the newest could not be drawn; the picture is the one before it. */
  problem: Problem | undefined
}

/**
 * Draws again when the key changes, once it has rested. What was drawn stays until then.
 * @param draw answers an SVG
 */
export function usePicture(key: string, draw: () => Promise<string>, restMs: number): Picture {
  const [address, setAddress] = useState<string>()
  const [problem, setProblem] = useState<Problem>()
  useEffect(() => {
    let isCurrent = true
    const show = async (): Promise<void> => {
      try {
        const svg = await draw()
        if (!isCurrent) return
        setAddress(URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' })))
        setProblem(undefined)
      } catch (error) {
        if (isCurrent) setProblem(asProblem(error))
      }
    }
    const timer = setTimeout(() => {
      void show()
    }, restMs)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [key])
  useEffect(
    () => () => {
      if (address !== undefined) URL.revokeObjectURL(address)
    },
    [address],
  )
  return { address, problem }
}

export function Paper({ address, of }: { address: string | undefined; of: string }) {
  return (
    <figure class="paper">
      <div class="paper__sheet paper__sheet--picture">
        {address === undefined ? null : <img src={address} alt={`Printed bill of ${of}`} />}
      </div>
    </figure>
  )
}
