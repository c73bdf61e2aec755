// How the server is, which anybody may ask.
import { useEffect, useState } from 'preact/hooks'

interface Health {
  status: string
  checks: { database: string; load: string }
}

export interface ServerHealth {
  /** Undefined until it has answered. */
  health: Health | undefined
  isReached: boolean
}

/** @param prefix of the server's routes */
export function useHealth(prefix: string): ServerHealth {
  const [health, setHealth] = useState<Health>()
  const [isReached, setReached] = useState(true)
  useEffect(() => {
    void fetch(`${prefix}/health/ready`)
      .then(async (response) => (await response.json()) as Health)
      .then(setHealth, () => {
        setReached(false)
      })
  }, [prefix])
  return { health, isReached }
}

/** As lines of a slip. */
export function healthLines({ health, isReached }: ServerHealth): [string, string][] {
  return [
    ['Server', isReached ? (health?.status ?? '–') : 'not reached'],
    ['Database', health?.checks.database ?? '–'],
    ['Load', health?.checks.load ?? '–'],
  ]
}
