// The paper that came out of a machine: the newest sticks in its slot, and is looked at, saved or
// torn off.
import { useState } from 'preact/hooks'
import { Dialog } from '../../../page/browser/dialog.tsx'
import { Button } from '../../../page/browser/form.tsx'
import type { Paper } from '../../bench/views.ts'
import { saveText } from '../wire/save-text.ts'
import type { Hand } from './hand.ts'

export function Papers({ hand }: { hand: Hand }) {
  const [isOpen, setOpen] = useState(false)
  const paper = hand.machine.papers.at(-1)
  if (paper === undefined) return null
  return (
    <>
      <div key={paper.number} class="machine__out paper">
        <div class="paper__sheet" aria-hidden="true">
          {paper.text}
        </div>
        <button
          type="button"
          class="machine__look"
          aria-label={`${paper.title}: look at it`}
          onClick={() => {
            setOpen(true)
          }}
        />
      </div>
      {isOpen ? (
        <Look
          paper={paper}
          hand={hand}
          onClose={() => {
            setOpen(false)
          }}
        />
      ) : null}
    </>
  )
}

function Look({ paper, hand, onClose }: { paper: Paper; hand: Hand; onClose: () => void }) {
  return (
    <Dialog title={paper.title} onClose={onClose}>
      <div class="roll" tabIndex={0} role="region" aria-label={paper.title}>
        <figure class="paper paper--wide">
          <pre class="paper__sheet">{paper.text}</pre>
        </figure>
      </div>
      <div class="dialog__foot">
        <Button
          icon="save"
          onPress={() => {
            saveText(`${paper.title.replaceAll(/\W+/g, '-').toLowerCase()}.txt`, paper.text)
          }}
        >
          Save
        </Button>
        <Button
          onPress={() => {
            hand.touch({ key: 'tear', paper: paper.number })
            onClose()
          }}
        >
          Tear off
        </Button>
        <Button kind="main" autofocus onPress={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}
