// Are we keeping up? What was opened and resolved in each part of the period as bars beside each other, and
// above them, on a scale of its own, how many were open at the end of each part.

import { partText } from '../pages/kpi-words.ts'
import type { ChartMaker } from './chart.ts'
import { ground, groupsOf, paintOf, starred, valueAxis, widthOf, wordAxis } from './chart.ts'

/** One is much lighter than the other, and where there are many bars a pattern would flicker. */
const plain = { symbol: 'none' }

export const flow: ChartMaker = (report, { t, locale, part }) => {
  const names = {
    opened: t('kpi.chart.opened'),
    resolved: t('kpi.chart.resolved'),
    backlog: t('kpi.chart.left'),
  }
  const rows = groupsOf(report, part).map((group) => ({
    key: group.key,
    label: starred(partText(group.key, part, locale), group.incomplete > 0),
    cells: [
      group.figures.counts.get('inflow') ?? 0,
      group.figures.counts.get('outflow') ?? 0,
      group.backlog.total,
    ],
    incomplete: group.incomplete > 0,
    narrows: group.period ? { period: group.period } : {},
  }))
  const column = (index: number) => rows.map(({ cells }) => cells[index] ?? null)
  return {
    table: {
      columns: [
        { key: part, label: t(`kpi.by.${part}`), unit: 'text' },
        { key: 'inflow', label: names.opened, unit: 'tickets', figure: 'inflow' },
        { key: 'outflow', label: names.resolved, unit: 'tickets', figure: 'outflow' },
        { key: 'backlog', label: names.backlog, unit: 'tickets', figure: 'backlog' },
      ],
      rows,
    },
    empty: rows.every(({ cells }) => cells.every((cell) => cell === 0)),
    width: widthOf,
    height: () => 320,
    option: (look) => {
      const paint = paintOf(look)
      const labels = rows.map(({ label }) => label)
      const left = 44
      return {
        ...ground(look, [names.backlog, names.opened, names.resolved]),
        grid: [
          { left, right: 12, top: 40, height: 90 },
          { left, right: 12, top: 160, bottom: 28 },
        ],
        xAxis: [
          {
            ...wordAxis(look, labels),
            gridIndex: 0,
            axisLabel: { show: false },
            axisLine: { lineStyle: { color: paint.line } },
          },
          { ...wordAxis(look, labels), gridIndex: 1 },
        ],
        yAxis: [
          { ...valueAxis(look), gridIndex: 0, splitNumber: 2 },
          { ...valueAxis(look), gridIndex: 1, splitNumber: 3 },
        ],
        series: [
          {
            name: names.backlog,
            type: 'line',
            xAxisIndex: 0,
            yAxisIndex: 0,
            data: column(2),
            symbol: rows.length > 40 ? 'none' : 'circle',
            symbolSize: 5,
            lineStyle: { color: paint.rope, width: 2.5 },
            itemStyle: { color: paint.rope },
            areaStyle: { color: paint.rope, opacity: 0.12, decal: plain },
          },
          {
            name: names.opened,
            type: 'bar',
            xAxisIndex: 1,
            yAxisIndex: 1,
            data: column(0),
            barGap: '8%',
            barCategoryGap: '28%',
            itemStyle: { color: paint.pale, decal: plain },
          },
          {
            name: names.resolved,
            type: 'bar',
            xAxisIndex: 1,
            yAxisIndex: 1,
            data: column(1),
            itemStyle: { color: paint.strong, decal: plain },
          },
        ],
      }
    },
  }
}
