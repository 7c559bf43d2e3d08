// Reads a Dockerfile into its stages and steps: as much of the language as ours uses, and an error for everything else,
// so that a step that we would not perform cannot slip in.

export type Step =
  | { readonly does: 'run'; readonly command: string }
  | {
      readonly does: 'copy'
      /** Name of an earlier stage; null = the folder that is built from. */
      readonly from: string | null
      readonly sources: readonly string[]
      readonly target: string
    }
  | { readonly does: 'workdir'; readonly folder: string }
  | { readonly does: 'env'; readonly values: Readonly<Record<string, string>> }

export type Stage = {
  readonly image: string
  readonly name: string | null
  readonly steps: readonly Step[]
  /** What the image says of how it is run. */
  readonly run: {
    readonly user: string | null
    readonly entrypoint: readonly string[]
    readonly command: readonly string[]
    readonly health: readonly string[] | null
    readonly stopSignal: string | null
    readonly ports: readonly number[]
    readonly volumes: readonly string[]
    readonly labels: Readonly<Record<string, string>>
  }
}

/** Throws with the line's own words. */
const unknown = (line: string): never => {
  throw new Error(`the Dockerfile says what this proof does not perform: ${line}`)
}

/** Lines without comments; what ends in a backslash goes on in the next one. */
const linesOf = (text: string): string[] => {
  const lines: string[] = []
  let open = ''
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/u.test(line)) continue
    open += line.replace(/\\$/u, '')
    if (line.endsWith('\\')) continue
    lines.push(open.trim())
    open = ''
  }
  if (open !== '') unknown(`${open} … and the file ends`)
  return lines
}

/** `A=b C="d e"` */
const pairsOf = (words: string): Record<string, string> => {
  const pairs = [...words.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))\s*/gu)]
  if (pairs.map(([all]) => all).join('') !== words || /\$/u.test(words)) unknown(words)
  return Object.fromEntries(pairs.map(([, name = '', quoted, plain = '']) => [name, quoted ?? plain]))
}

const listOf = (words: string): string[] => {
  const list: unknown = words.startsWith('[') ? JSON.parse(words) : unknown(words)
  return Array.isArray(list) && list.every((word) => typeof word === 'string') ? list : unknown(words)
}

type Open = { -readonly [key in keyof Stage['run']]: Stage['run'][key] }

export const readDockerfile = (text: string): Stage[] => {
  const stages: { image: string; name: string | null; steps: Step[]; run: Open }[] = []
  for (const line of linesOf(text)) {
    const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/su.exec(line) ?? unknown(line)
    if (word === 'FROM') {
      const [, image = '', name = null] = /^([\w.:/-]+)(?: AS ([a-z]+))?$/u.exec(rest) ?? unknown(line)
      const run: Open = {
        user: null,
        entrypoint: [],
        command: [],
        health: null,
        stopSignal: null,
        ports: [],
        volumes: [],
        labels: {},
      }
      stages.push({ image, name, steps: [], run })
      continue
    }
    const stage = stages.at(-1) ?? unknown(line)
    const { steps, run } = stage
    if (word === 'RUN' && !rest.startsWith('--') && !rest.startsWith('['))
      steps.push({ does: 'run', command: rest })
    else if (word === 'COPY') {
      const [, from = null, files = ''] = /^(?:--from=([a-z]+) )?([^-[].*)$/u.exec(rest) ?? unknown(line)
      const paths = files.split(/\s+/u)
      const target = paths.pop()
      if (!target || paths.length === 0 || /[*?$]/u.test(files)) unknown(line)
      else steps.push({ does: 'copy', from, sources: paths, target })
    } else if (word === 'WORKDIR') steps.push({ does: 'workdir', folder: rest })
    else if (word === 'ENV') steps.push({ does: 'env', values: pairsOf(rest) })
    else if (word === 'LABEL') run.labels = { ...run.labels, ...pairsOf(rest) }
    else if (word === 'USER') run.user = rest
    else if (word === 'VOLUME') run.volumes = [...run.volumes, rest]
    else if (word === 'EXPOSE') run.ports = [...run.ports, Number(rest)]
    else if (word === 'STOPSIGNAL') run.stopSignal = rest
    else if (word === 'ENTRYPOINT') run.entrypoint = listOf(rest)
    else if (word === 'CMD') run.command = listOf(rest)
    else if (word === 'HEALTHCHECK') {
      const [, command = ''] = /^(?:--[a-z-]+=\S+ )*CMD (.*)$/u.exec(rest) ?? unknown(line)
      run.health = listOf(command)
    } else unknown(line)
    // A step after USER would be that user's: ours come all before.
    if (run.user !== null && ['RUN', 'COPY'].includes(word)) unknown(`${line} (after USER)`)
  }
  return stages
}
