import { useEffect, useState } from 'react'
import { IconButton } from './button.js'

/** A value that can be copied. `name` is what it is called in the label of the button. */
export function Copied({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <span className="copied">
      <span className="value" data-value={name}>
        {value}
      </span>
      <CopyButton name={name} value={value} />
    </span>
  )
}

export function CopyButton({ name, value }: { readonly name: string; readonly value: string }) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    const timer = done ? setTimeout(() => setDone(false), 2_000) : undefined
    return () => clearTimeout(timer)
  }, [done])
  const copy = async () => {
    await navigator.clipboard.writeText(value)
    setDone(true)
  }
  return (
    <>
      <IconButton icon={done ? 'check' : 'copy'} label={`Copy ${name}`} onClick={() => void copy()} />
      <output className="unseen">{done ? 'Copied' : ''}</output>
    </>
  )
}
