/** `name@domain`: where there is too little room, the domain goes to the next line. */
export function Address({ value }: { readonly value: string }) {
  const at = Math.max(value.lastIndexOf('@'), 0)
  return (
    <>
      {value.slice(0, at)}
      <wbr />
      {value.slice(at)}
    </>
  )
}
