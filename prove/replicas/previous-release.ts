// The release before this one, as it was: unpacked from the history of this repository, with packages of its own where
// they differ from ours. A shallow clone has no history; then it is said how to get it.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from './replica.ts'
import { shippedIn } from './replica.ts'

/** The last commit of the release before this one; it moves on with each release. */
export const previousRelease = 'be48cef97c164f28dcde9be28c7dc03c40d97458'

const root = join(import.meta.dirname, '..', '..')

/** Throws with what to do where the history is not there. */
export const unpackPreviousRelease = (folder: string): Program => {
  const git = (args: readonly string[], more: object = {}) =>
    execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'], ...more })
  try {
    git(['cat-file', '-e', `${previousRelease}^{commit}`])
  } catch {
    throw new Error(
      `The previous release (commit ${previousRelease.slice(0, 7)}) is not in this clone: get the whole history with "git fetch --unshallow", and run this again.`,
    )
  }
  mkdirSync(folder, { recursive: true })
  const archive = git(['archive', '--format=tar', previousRelease], { maxBuffer: 256 * 1024 * 1024 })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  const lock = (of: string) => readFileSync(join(of, 'package-lock.json'), 'utf8')
  if (lock(folder) === lock(root) && existsSync(join(root, 'node_modules')))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  try {
    // As its own ./belay does it at the first start: installs what is missing, builds the stylesheet.
    execFileSync(process.execPath, ['scripts/prepare.mjs'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    throw new Error(`The previous release cannot be made ready to run: ${said.slice(-1_000)}`)
  }
  return shippedIn(folder)
}
