// What gets escalated? The resolved tickets of each category, with and without a step to Level 2, and their share.

import { categoryText, percentText } from '../pages/kpi-words.ts'
import type { ChartMaker } from './chart.ts'
import {
  besideBars,
  ground,
  groupsOf,
  mostBars,
  paintOf,
  patternOf,
  starred,
  valueAxis,
  widthOf,
  wordAxis,
} from './chart.ts'

export const escalations: ChartMaker = (report, { t, locale }) => {
  const names = { without: t('kpi.chart.without'), with: t('kpi.chart.with') }
  const rows = groupsOf(report, 'category').map((group) => {
    const rate = group.figures.rates.get('escalation_rate')
    const [part, whole] = [rate?.part ?? 0, rate?.whole ?? 0]
    return {
      key: group.key,
      label: starred(categoryText(group.key, t), group.incomplete > 0),
      cells: [whole - part, part, rate?.rate ?? null],
      incomplete: group.incomplete > 0,
      narrows: { filter: { category: group.key } },
    }
  })
  const whole = (cells: readonly (number | null)[]) => (cells[0] ?? 0) + (cells[1] ?? 0)
  const drawn = rows
    .filter(({ cells }) => whole(cells) > 0)
    .sort((a, b) => whole(b.cells) - whole(a.cells))
    .slice(0, mostBars)
  return {
    table: {
      columns: [
        { key: 'category', label: t('kpi.by.category'), unit: 'text' },
        { key: 'without', label: names.without, unit: 'tickets', figure: 'flr' },
        { key: 'with', label: names.with, unit: 'tickets', figure: 'escalation_rate' },
        { key: 'escalation_rate', label: t('kpi.chart.share'), unit: 'ratio', figure: 'escalation_rate' },
      ],
      rows,
    },
    empty: drawn.length === 0,
    width: widthOf,
    height: () => 60 + 38 * drawn.length,
    option: (look) => {
      const paint = paintOf(look)
      const labels = drawn.map(({ label }) => label)
      const beside = besideBars(labels, look)
      return {
        ...ground(look, [names.without, names.with]),
        grid: { left: beside, right: 56, top: 34, bottom: 26 },
        xAxis: valueAxis(look),
        yAxis: {
          ...wordAxis(look, labels),
          inverse: true,
          axisLabel: { color: paint.text, fontSize: 12, width: beside - 14, overflow: 'truncate' },
        },
        series: [
          {
            name: names.without,
            type: 'bar',
            stack: 'resolved',
            barMaxWidth: 20,
            data: drawn.map(({ cells }) => cells[0]),
            itemStyle: {
              color: paint.pale,
              decal: patternOf(0, paint),
              borderColor: paint.surface,
              borderWidth: 1,
            },
          },
          {
            name: names.with,
            type: 'bar',
            stack: 'resolved',
            barMaxWidth: 20,
            data: drawn.map(({ cells }) => ({
              value: cells[1],
              label: {
                show: true,
                position: 'right',
                formatter: percentText(cells[2] ?? null, locale),
                color: paint.text,
                fontSize: 12,
              },
            })),
            itemStyle: {
              color: paint.rope,
              decal: patternOf(1, paint),
              borderColor: paint.surface,
              borderWidth: 1,
            },
          },
        ],
      }
    },
  }
}
