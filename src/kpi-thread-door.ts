// The figures in a thread of their own, beside the desk's: started when somebody asks for one, ended when nobody
// has for some minutes. Where the data cannot be shared (in memory), or in a command, they are made in place.

import type { Kpis } from './application/kpi-ports.ts'

const notYet = () => Promise.reject(new Error('not there yet'))

export const openKpis = (): Kpis => ({
  report: notYet,
  behind: notYet,
  draw: notYet,
  close: async () => undefined,
})
