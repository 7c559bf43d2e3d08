// The folder beside the repository with what several projects share: GitLab's recorded contract, the mail corpus.
// Who has only this repository runs the tests without it; CI has it and refuses tests that were skipped for it.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const beside = fileURLToPath(new URL('../../../shared', import.meta.url))

/** Absolute path of `../shared` beside the repository; undefined where there is none. */
export const sharedFolder: string | undefined = existsSync(beside) ? beside : undefined

/** For `test(title, { skip: withoutShared }, …)`. .ci/run looks for this very sentence. */
export const withoutShared: string | false =
  sharedFolder === undefined ? 'the folder ../shared is not here' : false
