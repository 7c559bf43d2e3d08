// `npm run prove`: plays seeds and says what was wrong. `--seed N` plays one and tells its story.
import { parseArgs } from 'node:util'
import { play } from './play.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seeds: { type: 'string' }, from: { type: 'string' } },
})

if (values.seed !== undefined) {
  const played = await play(Number(values.seed))
  process.stdout.write(`${played.trace.join('\n')}\n\n${played.faults.join('\n') || 'nothing wrong'}\n`)
  process.exitCode = played.faults.length > 0 ? 1 : 0
} else {
  const from = Number(values.from ?? 1)
  const count = Number(values.seeds ?? 100)
  let wrong = 0
  for (let seed = from; seed < from + count; seed++) {
    const played = await play(seed)
    if (played.faults.length > 0) {
      wrong++
      process.stdout.write(`seed ${seed}\n  ${played.faults.join('\n  ')}\n`)
    }
  }
  process.stdout.write(`${count} seeds, ${wrong} wrong\n`)
  process.exitCode = wrong > 0 ? 1 : 0
}
