// Where does time go? How long resolved tickets were open, on the mean, divided into the time at each level and
// the time they waited for the requester. Means, because these parts add up to the whole; medians do not.

import type { DurationName, Figures } from '../../domain/kpi/report.ts'
import { categoryText, spreadOf } from '../pages/kpi-words.ts'
import type { ChartMaker } from './chart.ts'
import {
  besideBars,
  ground,
  groupsOf,
  mostBars,
  paintOf,
  patternOf,
  starred,
  unitFor,
  valueAxis,
  widthOf,
  wordAxis,
} from './chart.ts'

export const time: ChartMaker = (report, context) => {
  const { t, clock, levels } = context
  const parts: { readonly name: DurationName; readonly label: string }[] = [
    ...levels.map((label, index) => ({ name: `level_${index + 1}_net` as const, label })),
    { name: 'waiting', label: t('kpi.chart.waiting') },
  ]
  /** Not every ticket was at every level: what all of them spent there, by the number of all that were resolved. */
  const cellsOf = ({ durations }: Figures): (number | null)[] => {
    const all = spreadOf(durations.get('open_time'), clock).n
    const each = parts.map(({ name }) => {
      const { n, mean } = spreadOf(durations.get(name), clock)
      return all === 0 ? null : ((mean ?? 0) * n) / all
    })
    const whole = each.some((value) => value === null)
      ? null
      : each.reduce<number>((sum, value) => sum + (value ?? 0), 0)
    return [...each, whole, all]
  }
  const rows = groupsOf(report, 'category').map((group) => ({
    key: group.key,
    label: starred(categoryText(group.key, t), group.incomplete > 0),
    cells: cellsOf(group.figures),
    incomplete: group.incomplete > 0,
    narrows: { filter: { category: group.key } },
  }))
  const totals = (cells: readonly (number | null)[]) => cells[parts.length] ?? 0
  const drawn = rows
    .filter(({ cells }) => (cells.at(-1) ?? 0) > 0)
    .sort((a, b) => totals(b.cells) - totals(a.cells))
    .slice(0, mostBars)
  return {
    table: {
      columns: [
        { key: 'category', label: t('kpi.by.category'), unit: 'text' },
        ...parts.map(({ name, label }) => ({ key: name, label, unit: 'ms' as const, figure: name })),
        { key: 'open_time', label: t('kpi.chart.together'), unit: 'ms', figure: 'open_time' },
        { key: 'n', label: t('kpi.n'), unit: 'tickets', figure: 'open_time' },
      ],
      rows,
    },
    empty: drawn.length === 0,
    width: widthOf,
    height: ({ narrow }) => (narrow ? 102 : 82) + 38 * drawn.length,
    option: (look) => {
      const paint = paintOf(look)
      const labels = drawn.map(({ label }) => label)
      const beside = besideBars(labels, look)
      const unit = unitFor(Math.max(0, ...drawn.map(({ cells }) => totals(cells))), context)
      return {
        ...ground(
          look,
          parts.map(({ label }) => label),
        ),
        grid: { left: beside, right: 24, top: look.narrow ? 58 : 38, bottom: 44 },
        xAxis: {
          ...valueAxis(look),
          name: unit.name,
          nameLocation: 'middle',
          nameGap: 24,
          nameTextStyle: { color: paint.quiet, fontSize: 11 },
        },
        yAxis: {
          ...wordAxis(look, labels),
          inverse: true,
          axisLabel: { color: paint.text, fontSize: 12, width: beside - 14, overflow: 'truncate' },
        },
        series: parts.map(({ label }, index) => {
          const waits = index === parts.length - 1
          return {
            name: label,
            type: 'bar',
            stack: 'time',
            barMaxWidth: 20,
            data: drawn.map(({ cells }) => unit.of(cells[index] ?? null)),
            itemStyle: {
              color: waits ? paint.steps.at(-1) : paint.steps[index % 4],
              decal: patternOf(waits ? 4 : index % 4, paint),
              borderColor: paint.surface,
              borderWidth: 1,
            },
          }
        }),
      }
    },
  }
}
