// Performs the Dockerfile's steps: each stage in a Debian root of its own, made by debootstrap, as root of that root and
// seeing nothing else of this machine. What the official images hold beyond Debian (Node and npm) is this machine's.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { contextFiles } from './build-context.ts'
import { finished, startApart } from './children.ts'
import type { Stage, Step } from './dockerfile.ts'

const mirror = 'http://deb.debian.org/debian'

/** What Debian's slim images leave out. */
const leftOut = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info', 'usr/share/lintian']

/** One is made for each run; stages are copies of it. */
const debianRoot = async (work: string): Promise<string> => {
  const root = join(work, 'debian')
  if (existsSync(root)) return root
  const proxies = Object.fromEntries(
    ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) =>
      process.env[name] ? [[name, process.env[name]]] : [],
    ),
  )
  await finished(startApart('exec debootstrap --variant=minbase bookworm "$1" "$2"', [root, mirror], proxies))
  for (const folder of ['var/cache/apt/archives', 'var/lib/apt/lists', ...leftOut])
    rmSync(join(root, folder), { recursive: true, force: true })
  return root
}

const copy = (from: string, to: string): void => {
  execFileSync('cp', ['--archive', '--no-target-directory', from, to])
}

/** Where this machine's npm lies: its command is a file of it, two folders down. */
const npmFolder = (): string =>
  dirname(dirname(realpathSync(execFileSync('sh', ['-c', 'command -v npm']).toString().trim())))

const addNode = (root: string, image: string): void => {
  const [, major] = /^node:(\d+)-bookworm-slim$/u.exec(image) ?? []
  if (process.version.split('.')[0] !== `v${major}`)
    throw new Error(`${image} is asked for, but this is Node ${process.version}`)
  const bin = join(root, 'usr/local/bin')
  const modules = join(root, 'usr/local/lib/node_modules')
  mkdirSync(modules, { recursive: true })
  cpSync(realpathSync(process.execPath), join(bin, 'node'))
  cpSync(realpathSync(npmFolder()), join(modules, 'npm'), { recursive: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(bin, 'npm'))
}

const startingPoint = async (work: string, image: string, into: string): Promise<void> => {
  if (image !== 'debian:12-slim' && !image.startsWith('node:'))
    throw new Error(`this proof has no root for ${image}`)
  copy(await debianRoot(work), into)
  if (image.startsWith('node:')) addNode(into, image)
}

/** A network needs to know who may say that it is the registry; npm's own memory makes it quick. */
const fromOutside = ['NODE_EXTRA_CA_CERTS', 'http_proxy', 'https_proxy', 'no_proxy']

const runScript = `
root=$1 cwd=$2 command=$3 ca=$4 cache=$5; shift 5
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$(realpath /etc/resolv.conf)" "$root/etc/resolv.conf"
if [ -n "$ca" ]; then
  mount -t tmpfs tmpfs "$root/mnt"
  cp -L "$ca" "$root/mnt/ca.pem"
fi
if [ -n "$cache" ]; then
  mkdir -p "$cache"
  mount -t tmpfs tmpfs "$root/srv"
  mkdir "$root/srv/npm"
  mount --bind "$cache" "$root/srv/npm"
fi
exec chroot "$root" /usr/bin/env -i --chdir="$cwd" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
  HOME=/root "$@" /bin/sh -c "$command"
`

const performRun = async (root: string, cwd: string, command: string, env: Record<string, string>) => {
  const { NODE_EXTRA_CA_CERTS: ca = '', ...outside } = Object.fromEntries(
    fromOutside.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  )
  const cache = existsSync(join(root, 'usr/local/bin/npm')) ? join(process.env.HOME ?? '/root', '.npm') : ''
  const more = {
    ...outside,
    ...(ca ? { NODE_EXTRA_CA_CERTS: '/mnt/ca.pem' } : {}),
    ...(cache ? { npm_config_cache: '/srv/npm' } : {}),
    ...env,
  }
  const words = Object.entries(more).map(([name, value]) => `${name}=${value}`)
  await finished(startApart(runScript, [root, cwd, command, ca, cache, ...words])).catch((error: unknown) => {
    throw new Error(`RUN ${command}: ${error instanceof Error ? error.message : String(error)}`)
  })
}

const performCopy = (
  step: Extract<Step, { does: 'copy' }>,
  roots: { readonly into: string; readonly cwd: string; readonly from: string },
): void => {
  const { sources, target } = step
  const asFolder = target.endsWith('/') || target === '.' || sources.length > 1
  for (const source of sources) {
    const from = join(roots.from, source)
    const to = posix.resolve(roots.cwd, target)
    const isFolder = statSync(from).isDirectory()
    const place = join(roots.into, isFolder || !asFolder ? to : posix.join(to, posix.basename(source)))
    mkdirSync(dirname(place), { recursive: true })
    // A folder's content is copied, and everything becomes root's.
    if (isFolder) mkdirSync(place, { recursive: true })
    execFileSync('cp', [
      '--recursive',
      '--no-dereference',
      '--preserve=mode,timestamps,links',
      '--no-target-directory',
      from,
      place,
    ])
  }
}

export type Built = {
  /** The finished image's root. */
  readonly root: string
  readonly stage: Stage
  readonly env: Readonly<Record<string, string>>
  readonly workdir: string
  /** Bytes of Debian's root alone, in it too. */
  readonly baseBytes: number
  readonly bytes: number
}

const bytesOf = (root: string): number =>
  Number(execFileSync('du', ['--summarize', '--bytes', '--one-file-system', root]).toString().split('\t')[0])

/** Performs all of it below `work`. Throws at the first step that fails, with what it said. */
export const buildImage = async (project: string, stages: readonly Stage[], work: string): Promise<Built> => {
  const context = join(work, 'context')
  for (const file of contextFiles(project)) {
    mkdirSync(dirname(join(context, file)), { recursive: true })
    cpSync(join(project, file), join(context, file))
  }
  const named = new Map<string, string>()
  let last: Built | null = null
  for (const [number, stage] of stages.entries()) {
    const root = join(work, `stage-${number}`)
    await startingPoint(work, stage.image, root)
    let env: Record<string, string> = {}
    let cwd = '/'
    for (const step of stage.steps) {
      if (step.does === 'env') env = { ...env, ...step.values }
      else if (step.does === 'workdir') {
        cwd = posix.resolve(cwd, step.folder)
        mkdirSync(join(root, cwd), { recursive: true })
      } else if (step.does === 'run') await performRun(root, cwd, step.command, env)
      else {
        const from = step.from === null ? context : named.get(step.from)
        if (!from) throw new Error(`COPY --from=${step.from}: there is no such stage`)
        performCopy(step, { into: root, cwd, from })
      }
    }
    if (stage.name !== null) named.set(stage.name, root)
    last = { root, stage, env, workdir: cwd, baseBytes: bytesOf(join(work, 'debian')), bytes: bytesOf(root) }
  }
  if (!last) throw new Error('the Dockerfile has no stage')
  return last
}
