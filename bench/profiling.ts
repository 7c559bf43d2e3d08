// A processor profile of one stretch of a desk's life, as a file that a browser's tools read.

import { mkdirSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import path from 'node:path'

export type Profiling = {
  begin(name: string): Promise<void>
  end(): Promise<void>
}

/** Makes none where there is no folder. */
export const profilingInto = (folder: string | null): Profiling => {
  if (folder === null) return { begin: async () => undefined, end: async () => undefined }
  mkdirSync(folder, { recursive: true })
  const session = new Session()
  session.connect()
  let name = ''
  let number = 0
  return {
    begin: async (wanted) => {
      name = wanted
      await session.post('Profiler.enable')
      await session.post('Profiler.setSamplingInterval', { interval: 200 })
      await session.post('Profiler.start')
    },
    end: async () => {
      const { profile } = await session.post('Profiler.stop')
      const file = `${process.pid}-${String(++number).padStart(2, '0')}-${name.replaceAll(' ', '-')}.cpuprofile`
      writeFileSync(path.join(folder, file), JSON.stringify(profile))
    },
  }
}
