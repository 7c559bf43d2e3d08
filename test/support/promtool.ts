// Prometheus' own checker of rules, configurations and metrics, from Debian's package `prometheus`.

import { spawnSync } from 'node:child_process'

/** For `test(title, { skip: withoutPromtool }, …)`. .ci/run looks for this very sentence. */
export const withoutPromtool: string | false =
  spawnSync('promtool', ['--version']).error === undefined ? false : 'promtool of Prometheus is not here'

/** What it says, and whether it is content. */
export const promtool = (
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string } = {},
): { readonly ok: boolean; readonly said: string } => {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    encoding: 'utf8',
    timeout: 60_000,
    ...options,
  })
  return { ok: status === 0, said: `${stdout}${stderr}` }
}
