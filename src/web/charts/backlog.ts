// How old is the backlog? What was open at the end of the period by its age, and in each age by level.

import { ages } from '../../domain/kpi/report.ts'
import type { ChartMaker } from './chart.ts'
import { ground, paintOf, patternOf, valueAxis, widthOf, wordAxis } from './chart.ts'

export const backlog: ChartMaker = (report, { t, levels }) => {
  const { byLevel, byAge, total } = report.backlog
  const rows = ages.map((age, index) => ({
    key: age,
    label: t(`kpi.age.${age}`),
    cells: [...levels.map((_, level) => byLevel[level]?.[index] ?? 0), byAge[index] ?? 0],
    incomplete: false,
    narrows: { age },
  }))
  return {
    table: {
      columns: [
        { key: 'age', label: t('kpi.chart.age'), unit: 'text' },
        ...levels.map((label, index) => ({
          key: `level_${index + 1}`,
          label,
          unit: 'tickets' as const,
          figure: 'backlog' as const,
          level: index + 1,
        })),
        { key: 'backlog', label: t('kpi.chart.together'), unit: 'tickets', figure: 'backlog' },
      ],
      rows,
    },
    empty: total === 0,
    width: widthOf,
    height: () => 240,
    option: (look) => {
      const paint = paintOf(look)
      return {
        ...ground(look, levels),
        grid: { left: 40, right: 12, top: 44, bottom: 26 },
        xAxis: {
          ...wordAxis(
            look,
            rows.map(({ label }) => label),
          ),
        },
        yAxis: { ...valueAxis(look), splitNumber: 3 },
        series: [
          ...levels.map((name, level) => ({
            name,
            type: 'bar',
            stack: 'age',
            barMaxWidth: 56,
            data: rows.map(({ cells }) => cells[level]),
            itemStyle: {
              color: paint.steps[level % 4],
              decal: patternOf(level % 4, paint),
              borderColor: paint.surface,
              borderWidth: 1,
            },
          })),
          // Nothing to see but the number on top of each pile.
          {
            name: '',
            type: 'bar',
            stack: 'age',
            silent: true,
            data: rows.map(({ cells }) => ({
              value: 0,
              label: {
                show: (cells.at(-1) ?? 0) > 0,
                position: 'top',
                distance: 2,
                formatter: String(cells.at(-1) ?? 0),
                color: paint.text,
                fontSize: 12,
              },
            })),
            itemStyle: { color: 'transparent', decal: { symbol: 'none' } },
          },
        ],
      }
    },
  }
}
