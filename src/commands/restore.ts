// `belay restore FILE`: the desk as it was when the backup was made. Killed at any moment it leaves the data of before
// or the restored ones. What was under way then is looked up in GitLab before it is sent.

import { resolve } from 'node:path'
import { holdData, openCare } from '../composition-root.ts'
import { readConfig } from '../config.ts'
import { SetupProblem } from '../setup-problem.ts'
import { stages } from './progress.ts'

const number = (value: number): string => value.toLocaleString('en')

export const runRestore = async (options: {
  readonly file: string
  readonly replace: boolean
}): Promise<number> => {
  const config = readConfig('data')
  const lock = holdData(config)
  if (!lock)
    throw new SetupProblem(
      `Belay is running on the data folder ${config.dataFolder}. Stop it first; nothing was changed.`,
      1,
    )
  const telling = stages()
  try {
    const { manifest, kept, warning } = await (await openCare(config)).restore(
      { file: resolve(options.file), replace: options.replace },
      telling,
    )
    telling.stop()
    const of = (name: string) => manifest.sums.find((sum) => sum.name === name)?.rows ?? 0
    process.stdout.write(
      `Restored the desk of ${manifest.madeAt} (Belay ${manifest.release}): ${number(of('tickets'))} tickets, ${number(of('operations'))} operations.${kept === null ? '' : ` What was there before is kept as ${kept}.`} Start Belay; it reads from GitLab what has changed since.\n`,
    )
    if (manifest.audit === 'broken')
      process.stderr.write(
        'The audit log was broken already when the backup was made. ./belay audit says where.\n',
      )
    if (warning !== null) process.stderr.write(`${warning}\n`)
    return 0
  } finally {
    telling.stop()
    lock.release()
  }
}
