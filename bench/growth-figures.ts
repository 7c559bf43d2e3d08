// What is measured of a growing desk, what is asked of it, and how both are told: as lines beside the other figures, and
// as docs/performance.md. Nothing is added to what was measured; what is missing is said to be.

import { type Figure, fixed, whole } from './report.ts'

export type Operation = {
  readonly id: (typeof ids)[number]
  readonly title: string
  /** What exactly was asked for, for whoever reads the table. */
  readonly about: string
  /** What is counted: answers to many at once, one thing at a time, or memory. */
  readonly kind: 'answers' | 'once' | 'memory' | 'sync'
}

const ids = [
  'dashboard',
  'dashboard, made',
  'search, common',
  'search, rare',
  'search, queue',
  'ticket',
  'form',
  'webhook',
  'sync',
  'poll',
  'figures, first',
  'figures, again',
  'start',
  'memory at rest',
  'memory under load',
  'memory with figures',
] as const

export const operations: readonly Operation[] = [
  {
    id: 'dashboard',
    title: 'Dashboard, as agents look at it',
    about:
      'Every view with its first three pages and, before each, the default page, by three agents. Pages are remembered while nothing changes, as they are for everybody.',
    kind: 'answers',
  },
  {
    id: 'dashboard, made',
    title: 'Dashboard, each page made',
    about:
      'The same pages, each asked for as if something had changed just before: nothing remembered is used.',
    kind: 'answers',
  },
  {
    id: 'search, common',
    title: 'Search for common words',
    about: 'A word that a tenth of all tickets have, alone and with a second one; each page made.',
    kind: 'answers',
  },
  {
    id: 'search, rare',
    title: 'Search for rare words',
    about: 'A word that five tickets have, however many there are; each page made.',
    kind: 'answers',
  },
  {
    id: 'search, queue',
    title: 'Search in the queue of Level 1',
    about: 'Common words and less common ones, of which few tickets are open; each page made.',
    kind: 'answers',
  },
  {
    id: 'ticket',
    title: 'Ticket page',
    about: 'Four hundred tickets spread over the whole desk, each page made.',
    kind: 'answers',
  },
  {
    id: 'form',
    title: 'Opening by form',
    about:
      'From sending the form to the answer, with ticket and operation committed. The outbox tells GitLab meanwhile, which answers at once.',
    kind: 'answers',
  },
  {
    id: 'webhook',
    title: 'Webhook intake',
    about:
      'Signed deliveries about 900 issues in turn; what they told is written down every 100 ms, and those tickets are read from GitLab meanwhile.',
    kind: 'answers',
  },
  {
    id: 'sync',
    title: 'Reading GitLab from the start',
    about:
      'All issues of a GitLab sandbox into an empty desk, until the last page of its list is stored. "Reading alone" is asking for the same pages and doing nothing with them. The search learns their words afterwards, which is not in it.',
    kind: 'sync',
  },
  {
    id: 'poll',
    title: 'Asking GitLab for what is new',
    about:
      "One reading of the list in which there is next to nothing, as the worker does it; the sandbox's own time is in it.",
    kind: 'once',
  },
  {
    id: 'figures, first',
    title: 'Figures of a year, the first page',
    about: 'The first page of /kpi after a start: all rows of the year are read.',
    kind: 'once',
  },
  {
    id: 'figures, again',
    title: 'Figures of a year, the same page again',
    about: 'By several at once, while nothing changes.',
    kind: 'answers',
  },
  {
    id: 'start',
    title: 'Start',
    about: 'From the begin of the process until it takes requests, on data that are there.',
    kind: 'once',
  },
  {
    id: 'memory at rest',
    title: 'Memory after the start',
    about: 'Resident, a second after the first dashboard.',
    kind: 'memory',
  },
  {
    id: 'memory under load',
    title: 'Memory under load',
    about: 'The most that was resident during any of the loads of pages.',
    kind: 'memory',
  },
  {
    id: 'memory with figures',
    title: 'Memory with the figures',
    about: 'Resident after the figures of a year; their thread ends when nobody has asked for five minutes.',
    kind: 'memory',
  },
]

/** One operation on one desk; times in milliseconds. */
export type Cell = {
  readonly operation: Operation['id']
  readonly database: string
  readonly tickets: number
  readonly perSecond?: number
  readonly p50?: number
  readonly p99?: number
  readonly ms?: number
  readonly bytes?: number
  /** What one of it costs, in whatever unit: for comparing sizes. */
  readonly cost: number
  /** As many answers of the bare Node server as one of it costs; of start and memory, as many of that server's. */
  readonly ratio: number
  readonly ratioP50?: number
  readonly ratioP99?: number
  /** Against the smallest desk, where both were measured in the same rounds. */
  readonly growth?: number
  /** Every number behind it. */
  readonly detail: unknown
}

export type Growth = {
  readonly sizes: readonly number[]
  readonly databases: readonly { readonly name: string; readonly settings: readonly string[] }[]
  readonly rounds: number
  readonly seconds: number
  readonly starts: number
  readonly connections: number
  readonly cells: readonly Cell[]
  /** What could not be measured, and why. */
  readonly problems: readonly string[]
}

const cellOf = (
  { cells }: Growth,
  id: Operation['id'],
  database: string,
  tickets: number,
): Cell | undefined =>
  cells.find((cell) => cell.operation === id && cell.database === database && cell.tickets === tickets)

/** What it costs as a multiple of what it costs on the smallest desk; null where one of the two is missing. */
export const growthOf = (growth: Growth, cell: Cell): number | null => {
  const [smallest] = growth.sizes
  if (cell.growth !== undefined) return cell.growth
  const first = smallest === undefined ? undefined : cellOf(growth, cell.operation, cell.database, smallest)
  return first ? cell.cost / first.cost : null
}

/** The dashboard with so many tickets costs at most so many times what it costs with so many. */
export const asked = { from: 1_000, to: 1_000_000, most: 1.3 } as const

const missing = 'not measured'

const limitsOf = (growth: Growth): Figure[] =>
  growth.databases.flatMap(({ name }) =>
    (['dashboard', 'dashboard, made'] as const).map((id): Figure => {
      const { title } = operations.find((one) => one.id === id) ?? { title: id }
      const cell = cellOf(growth, id, name, asked.to)
      const first = cellOf(growth, id, name, asked.from)
      const ratio = cell && first && growth.sizes[0] === asked.from ? growthOf(growth, cell) : null
      const cost = (one: Cell | undefined) => (one ? `${fixed(one.cost, 3)} ms` : missing)
      return {
        name: `${title} with ${whole(asked.to)} against ${whole(asked.from)} tickets, ${name}`,
        value: cost(cell),
        against: cost(first),
        ratio,
        limit: `at most ${asked.most}`,
        met: ratio === null ? null : ratio <= asked.most,
        detail: null,
      }
    }),
  )

const mib = (bytes: number) => `${fixed(bytes / 1_024 / 1_024, 0)} MiB`
const ms = (value: number) =>
  value >= 100 ? `${whole(value)} ms` : `${fixed(value, value >= 10 ? 1 : 2)} ms`
const times = (value: number | null | undefined): string =>
  value === null || value === undefined
    ? ''
    : value >= 100
      ? `${whole(value)} ×`
      : `${fixed(value, value >= 10 ? 1 : 2)} ×`
const rate = (value: number | undefined): string =>
  value === undefined ? '' : value >= 100 ? `${whole(value)}/s` : `${fixed(value, 1)}/s`

const shown = ({ kind }: Operation, cell: Cell): string =>
  kind === 'memory'
    ? mib(cell.bytes ?? Number.NaN)
    : kind === 'once'
      ? ms(cell.ms ?? Number.NaN)
      : rate(cell.perSecond)

/** Lines for the table at the end of a run. */
export const figuresOf = (growth: Growth): Figure[] => [
  ...operations.flatMap((operation) =>
    growth.databases.flatMap(({ name }) =>
      growth.sizes.flatMap((tickets): Figure[] => {
        const cell = cellOf(growth, operation.id, name, tickets)
        const growthHere = cell ? growthOf(growth, cell) : null
        return [
          {
            name: `${operation.title}, ${whole(tickets)} tickets, ${name}`,
            value: cell ? shown(operation, cell) : missing,
            against: cell ? `costs ${times(cell.ratio)} bare` : '',
            ratio: growthHere,
            limit: 'told only',
            met: null,
            detail: null,
          },
        ]
      }),
    ),
  ),
  ...limitsOf(growth),
]

// --- docs/performance.md -----------------------------------------------------------------------

export type Report = {
  readonly at: string
  readonly quick: boolean
  readonly machine: {
    readonly processors: number
    readonly model: string
    readonly node: string
    readonly memoryBytes?: number
    readonly loadBefore: number
  }
  readonly problem?: string | null
  readonly figures: readonly Figure[]
  readonly growth: Growth | null
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
/** The first columns are names, all others numbers. */
const table = (names: number, head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map((_, index) => (index < names ? '---' : '---:'))), ...rows.map(row)].join('\n')

type Column = { readonly head: string; readonly of: (cell: Cell) => string }

type Against = { readonly againstFloor?: number; readonly floorMs?: number }
const floorOf = ({ detail }: Cell): Against => (typeof detail === 'object' && detail !== null ? detail : {})

const columnsOf = ({ kind }: Operation): readonly Column[] => {
  if (kind === 'memory')
    return [
      { head: 'resident', of: ({ bytes }) => mib(bytes ?? Number.NaN) },
      { head: 'of the bare server', of: ({ ratio }) => times(ratio) },
    ]
  if (kind === 'once')
    return [
      { head: 'time', of: ({ ms: took }) => ms(took ?? Number.NaN) },
      { head: 'of the bare server', of: ({ ratio }) => times(ratio) },
    ]
  if (kind === 'sync')
    return [
      { head: 'time', of: ({ ms: took }) => `${fixed((took ?? Number.NaN) / 1_000, 1)} s` },
      { head: 'tickets', of: ({ perSecond }) => rate(perSecond) },
      { head: 'of reading alone', of: (cell) => times(floorOf(cell).againstFloor) },
      { head: 'one of the bare server', of: ({ ratio }) => times(ratio) },
    ]
  return [
    { head: 'answers', of: ({ perSecond }) => rate(perSecond) },
    { head: 'p50', of: ({ p50 }) => ms(p50 ?? Number.NaN) },
    { head: 'p99', of: ({ p99 }) => ms(p99 ?? Number.NaN) },
    { head: 'cost of the bare server', of: ({ ratio }) => times(ratio) },
    { head: 'p50 of it', of: ({ ratioP50 }) => times(ratioP50) },
    { head: 'p99 of it', of: ({ ratioP99 }) => times(ratioP99) },
  ]
}

const sectionOf = (growth: Growth, operation: Operation): string => {
  const columns = columnsOf(operation)
  const rows = growth.databases.flatMap(({ name }) =>
    growth.sizes.map((tickets) => {
      const cell = cellOf(growth, operation.id, name, tickets)
      return [
        name,
        whole(tickets),
        ...(cell
          ? columns.map(({ of }) => of(cell))
          : columns.map((_, index) => (index === 0 ? missing : ''))),
        cell ? times(growthOf(growth, cell)) : '',
      ]
    }),
  )
  const head = ['database', 'tickets', ...columns.map(({ head }) => head), 'growth']
  return [`### ${operation.title}`, operation.about, table(2, head, rows)].join('\n\n')
}

/** All growth at the largest size on one sight. */
const overview = (growth: Growth): string => {
  const [, ...larger] = growth.sizes
  const head = [
    '',
    ...growth.databases.flatMap(({ name }) => larger.map((tickets) => `${name}, ${whole(tickets)}`)),
  ]
  const rows = operations.map(({ id, title }) => [
    title,
    ...growth.databases.flatMap(({ name }) =>
      larger.map((tickets) => {
        const cell = cellOf(growth, id, name, tickets)
        const factor = cell ? growthOf(growth, cell) : null
        return factor === null ? missing : times(factor)
      }),
    ),
  ])
  return table(1, head, rows)
}

const verdict = ({ met, ratio }: Figure): string =>
  met === null ? (ratio === null ? missing : '') : met ? 'met' : '**NOT MET**'

const figureTable = (figures: readonly Figure[]): string =>
  table(
    1,
    ['figure', 'value', 'floor or limit', 'ratio', 'asked', ''],
    figures.map((figure) => [
      figure.name.trim(),
      figure.value,
      figure.against,
      figure.ratio === null ? '' : fixed(figure.ratio),
      figure.limit,
      figure.met === null ? '' : verdict(figure),
    ]),
  )

const growthSections = (growth: Growth): string[] => [
  '## How it grows',
  `Growth is what one costs with so many tickets, as a multiple of what it costs with ${whole(growth.sizes[0] ?? 0)}. 1 is: it costs the same.`,
  overview(growth),
  '### What is asked of it',
  table(
    1,
    ['', 'cost of one', 'on the smallest', 'growth', 'asked', ''],
    limitsOf(growth).map((figure) => [
      figure.name,
      figure.value,
      figure.against,
      figure.ratio === null ? '' : fixed(figure.ratio),
      figure.limit,
      verdict(figure),
    ]),
  ),
  '## Each operation',
  `${growth.connections} connections that each ask again as soon as they are answered; medians of ${growth.rounds} rounds of ${growth.seconds} s, starts and first pages of ${growth.starts}. Each round begins with a bare Node server that answers three bytes. "Cost of the bare server" is how many of its answers could have been had for one of these; what is done once is held against one answer of it to somebody alone, start and memory against its own.`,
  ...operations.map((operation) => sectionOf(growth, operation)),
]

const partsMissing = (figures: readonly Figure[]): string[] =>
  figures.length > 0
    ? ['## All other figures of the same run', 'What each is, stands in `bench/`.', figureTable(figures)]
    : [
        '## All other figures',
        'They were not measured in this run: `npm run bench -- --write` measures everything.',
      ]

/** The page, of one run: `figures` are those of the other parts. */
export const performancePage = (report: Report): string => {
  const { machine, growth } = report
  const problems = [...(report.problem ? [report.problem] : []), ...(growth?.problems ?? [])]
  const memory =
    machine.memoryBytes === undefined ? '' : `, ${fixed(machine.memoryBytes / 1_024 ** 3, 0)} GiB of memory`
  const databases = (growth?.databases ?? []).map(({ name, settings }) =>
    settings.length === 0 ? name : `${name} (${settings.join(', ')})`,
  )
  return `${[
    '# What Belay costs, and how that grows',
    'Written by `npm run bench -- --write`; whoever changes it by hand changes nothing. Milliseconds are those of one machine: what can be compared are ratios, each to a bare Node server or another floor that was measured in turns with it, in the same run.',
    [
      `Measured ${report.at.slice(0, 16).replace('T', ' ')} UTC on ${machine.processors} processors (${machine.model})${memory}, Node ${machine.node}${databases.length === 0 ? '' : `, ${databases.join(', ')}`}.`,
      'Desk, database, GitLab sandbox and whoever asks share these processors.',
      ...(machine.loadBefore > machine.processors / 2
        ? [
            `The machine had other work to do before (load ${fixed(machine.loadBefore, 1)}): figures may be off.`,
          ]
        : []),
      ...(report.quick ? ['**A quick run: it shows that measuring works, not how quick Belay is.**'] : []),
    ].join(' '),
    'Each desk has a believable year of tickets. The newest 600 are open, on the smallest desk as on the largest, so that a page of the queue has as many lines on each; beside them is open what such a year leaves behind, which is the more the larger the desk. Descriptions are short, of some 25 words.',
    ...(problems.length === 0
      ? []
      : ['**What could not be measured:**', problems.map((one) => `- ${one.split('\n', 1)[0]}`).join('\n')]),
    ...(growth ? growthSections(growth) : ['## How it grows', 'It was not measured in this run.']),
    ...partsMissing(report.figures),
  ].join('\n\n')}\n`
}
