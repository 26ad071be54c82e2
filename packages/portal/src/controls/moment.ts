const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })
const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })

/** In a table a date stays on one line. */
const unbroken = (text: string) => text.replaceAll(' ', '\u00a0')

/** A time of Graph as a day, or nothing. */
export const dayOf = (time: string | null | undefined) => (time ? unbroken(day.format(new Date(time))) : '–')
/** A time of Graph to the second, or nothing. */
export const momentOf = (time: string | null | undefined) => (time ? unbroken(moment.format(new Date(time))) : '–')
