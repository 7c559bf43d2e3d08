// `npm run prove`: plays seeds, plants bugs, and says what was found. `--seed N` plays one story
// and tells it; `--bug "name"` plants one of the bugs.

import { parseArgs } from 'node:util'
import { bugs } from './bugs.ts'
import { play } from './play.ts'
import { run } from './run.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    bug: { type: 'string' },
    bugs: { type: 'boolean' },
  },
})

const say = (line: string) => process.stdout.write(`${line}\n`)
const planted = bugs.find(({ name }) => name === values.bug)

if (values.seed !== undefined) {
  const played = await play(Number(values.seed), planted ? { bug: planted } : {})
  say(`${played.trace.join('\n')}\n\n${played.faults.join('\n') || 'nothing wrong'}`)
  process.exitCode = played.faults.length > 0 ? 1 : 0
} else if (values.bugs) {
  for (const { name } of bugs) {
    const { played, wrong } = await run({
      from: 1,
      count: Number(values.seeds ?? 10_000),
      bug: name,
      untilWrong: true,
    })
    const [first] = wrong
    say(
      first
        ? `found after ${played}: ${name} (seed ${first.seed}: ${first.faults[0]})`
        : `NOT FOUND: ${name}`,
    )
    if (!first) process.exitCode = 1
  }
} else {
  const started = performance.now()
  const count = Number(values.seeds ?? 10_000)
  const { played, wrong } = await run({
    from: Number(values.from ?? 1),
    count,
    ...(values.bug ? { bug: values.bug } : {}),
    onWrong: ({ seed, faults }) =>
      say(`seed ${seed}: npm run prove -- --seed ${seed}\n  ${faults.join('\n  ')}`),
  })
  say(`${played} seeds in ${((performance.now() - started) / 1_000).toFixed(1)} s, ${wrong.length} wrong`)
  process.exitCode = wrong.length > 0 ? 1 : 0
}
