// How quick is the first answer? Median and ninth decile for each part of the period. Of fewer than five answers
// they say little: such parts are left out where most others have more, and else are drawn as hollow points.

import { fewest, partText, spreadOf } from '../pages/kpi-words.ts'
import type { ChartMaker } from './chart.ts'
import { ground, groupsOf, paintOf, starred, unitFor, valueAxis, widthOf, wordAxis } from './chart.ts'

export const response: ChartMaker = (report, context) => {
  const { t, locale, part, clock } = context
  const names = { p50: t('kpi.median'), p90: t('kpi.p90') }
  const rows = groupsOf(report, part).map((group) => {
    const { n, p50, p90 } = spreadOf(group.figures.durations.get('frt'), clock)
    return {
      key: group.key,
      label: starred(partText(group.key, part, locale), group.incomplete > 0),
      cells: [p50, p90, n],
      incomplete: group.incomplete > 0,
      narrows: group.period ? { period: group.period } : {},
    }
  })
  return {
    table: {
      columns: [
        { key: part, label: t(`kpi.by.${part}`), unit: 'text' },
        { key: 'p50', label: names.p50, unit: 'ms', figure: 'frt' },
        { key: 'p90', label: names.p90, unit: 'ms', figure: 'frt' },
        { key: 'n', label: t('kpi.n'), unit: 'tickets', figure: 'frt' },
      ],
      rows,
    },
    empty: rows.every(({ cells }) => (cells[2] ?? 0) === 0),
    width: widthOf,
    height: () => 280,
    option: (look) => {
      const paint = paintOf(look)
      const some = rows.filter(({ cells }) => (cells[2] ?? 0) > 0)
      const enough = some.filter(({ cells }) => (cells[2] ?? 0) >= fewest)
      const drawn = enough.length * 2 >= some.length ? enough : some
      const unit = unitFor(Math.max(0, ...drawn.map(({ cells }) => cells[1] ?? 0)), context)
      /** Hollow where there are few: the surface shows through. */
      const points = (index: number, color: string) =>
        rows.map((row) => ({
          value: drawn.includes(row) ? unit.of(row.cells[index] ?? null) : null,
          ...((row.cells[2] ?? 0) < fewest
            ? { itemStyle: { color: paint.surface, borderColor: color, borderWidth: 1.5 } }
            : {}),
        }))
      return {
        ...ground(look, [names.p90, names.p50]),
        grid: { left: 44, right: 12, top: 52, bottom: 28 },
        xAxis: wordAxis(
          look,
          rows.map(({ label }) => label),
        ),
        yAxis: {
          ...valueAxis(look),
          name: unit.name,
          nameTextStyle: { color: paint.quiet, fontSize: 11, align: 'left', padding: [0, 0, 0, -38] },
          nameGap: 10,
        },
        series: [
          {
            name: names.p90,
            type: 'line',
            data: points(1, paint.rope),
            symbol: 'diamond',
            symbolSize: 8,
            showAllSymbol: true,
            connectNulls: true,
            lineStyle: { color: paint.rope, width: 2, type: 'dashed' },
            itemStyle: { color: paint.rope },
          },
          {
            name: names.p50,
            type: 'line',
            data: points(0, paint.strong),
            symbol: 'circle',
            symbolSize: 6,
            showAllSymbol: true,
            connectNulls: true,
            lineStyle: { color: paint.strong, width: 2.5 },
            itemStyle: { color: paint.strong },
          },
        ],
      }
    },
  }
}
