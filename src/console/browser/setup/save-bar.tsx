// What a long form ends with: whether anything is changed, and the buttons that undo and save it.
import { Button } from '../../../page/browser/form.tsx'

interface SaveBarProps {
  said: string
  isChanged: boolean
  /** Whether what is changed can be saved. */
  isReady: boolean
  onUndo: () => void
}

export function SaveBar({ said, isChanged, isReady, onUndo }: SaveBarProps) {
  return (
    <div class="save">
      <span class="soft">{said}</span>
      <Button kind="quiet" disabled={!isChanged} onPress={onUndo}>
        Undo
      </Button>
      <Button kind="main" submits disabled={!isChanged || !isReady}>
        Save
      </Button>
    </div>
  )
}
