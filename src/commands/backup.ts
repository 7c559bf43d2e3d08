// `belay backup FILE`: the whole desk in one verified file, beside a desk that runs or none. The file holds the key of
// the desk and everything people wrote: only its owner may read it.

import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { openCare } from '../composition-root.ts'
import { readConfig } from '../config.ts'
import { stages } from './progress.ts'

const number = (value: number): string => value.toLocaleString('en')

/** Exit code: 1 where the audit log was broken already; the backup is there all the same. */
export const runBackup = async (options: {
  readonly file: string
  readonly force: boolean
}): Promise<number> => {
  const file = resolve(options.file)
  const care = await openCare(readConfig('desk'))
  const telling = stages()
  try {
    const { sums, audit } = await care.backup({ file, force: options.force }, telling)
    telling.stop()
    const of = (name: string) => sums.find((sum) => sum.name === name)?.rows ?? 0
    const megabytes = (statSync(file).size / 1_000_000).toLocaleString('en', { maximumFractionDigits: 1 })
    process.stdout.write(
      `Backed up to ${file}, and verified: ${number(of('tickets'))} tickets, ${number(of('operations'))} operations, ${megabytes} MB. It holds the key of the desk: keep it where only you can read it.\n`,
    )
    if (audit === 'whole') return 0
    process.stderr.write(
      'The audit log was broken before this backup was made, and is so in it. ./belay audit says where.\n',
    )
    return 1
  } finally {
    telling.stop()
  }
}
