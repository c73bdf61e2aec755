// Dialogs and toasts. A dialog is the browser's own, which keeps the focus inside and closes by
// Escape.
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon, type IconName } from './icon.tsx'

interface DialogProps {
  title: string
  onClose: () => void
  children: ComponentChildren
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    return () => {
      dialog?.close()
    }
  }, [])
  return (
    <dialog class="dialog" ref={element} aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children}
    </dialog>
  )
}

interface ToastText {
  icon: IconName
  title: string
  text?: string | undefined
}

const shown = signal<ToastText | undefined>(undefined)
const TOAST_MS = 6_000
let timer: ReturnType<typeof setTimeout> | undefined

/** Says what was done; another toast takes its place. */
export function toast(text: ToastText): void {
  clearTimeout(timer)
  shown.value = text
  timer = setTimeout(() => {
    shown.value = undefined
  }, TOAST_MS)
}

export function Toasts() {
  const { value } = shown
  return (
    <div role="status">
      {value === undefined ? null : (
        <div class="toast">
          <Icon name={value.icon} />
          <div>
            <b>{value.title}</b>
            {value.text === undefined ? null : <p>{value.text}</p>}
          </div>
        </div>
      )}
    </div>
  )
}
