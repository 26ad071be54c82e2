const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })
const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })

/** A time of Graph as a day, or nothing. */
export const dayOf = (time: string | null | undefined) => (time ? day.format(new Date(time)) : '–')
/** A time of Graph to the second, or nothing. */
export const momentOf = (time: string | null | undefined) => (time ? moment.format(new Date(time)) : '–')
