// Why something could not be saved. Where somebody else saved first, what was entered stays, and
// counts once their version has been read.
import { Button } from '../../../page/browser/form.tsx'
import { Failure, Notice } from '../../../page/browser/parts.tsx'
import type { Problem } from '../../../page/browser/problem.ts'

interface RefusedProps {
  problem: Problem
  onReadAgain: () => void
}

export function Refused({ problem, onReadAgain }: RefusedProps) {
  if (problem.code !== 'stale') return <Failure problem={problem} />
  return (
    <Notice
      tone="warn"
      icon="people"
      action={<Button onPress={onReadAgain}>Read it, and keep mine</Button>}
    >
      <b>Somebody else has changed the venue meanwhile.</b> Nothing of yours is lost, and nothing is
      saved yet: read their version, then save.
    </Notice>
  )
}
