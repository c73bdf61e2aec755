// The button above a list of the set-up, and the dialog that it opens.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from '../../../page/browser/form.tsx'

/** What a dialog needs that adds something. */
export interface AddDialogProps {
  onClose: () => void
  onAdded: () => void
}

interface AddButtonProps {
  label: string
  dialog: (onClose: () => void) => VNode
}

export function AddButton({ label, dialog }: AddButtonProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button
        kind="main"
        icon="plus"
        onPress={() => {
          setOpen(true)
        }}
      >
        {label}
      </Button>
      {isOpen
        ? dialog(() => {
            setOpen(false)
          })
        : null}
    </>
  )
}
