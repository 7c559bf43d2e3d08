import { rubyTime } from '../clock.ts'
import type { LabelRow } from '../store/rows.ts'

/** API::Entities::LabelBasic. */
export function basicLabel(label: LabelRow): Record<string, unknown> {
  return {
    id: label.id,
    name: label.name,
    description: label.description,
    description_html: label.description ?? '',
    text_color: textColor(label.color),
    color: label.color,
  }
}

/** A label as it stands in webhook bodies. */
export function hookLabel(label: LabelRow): Record<string, unknown> {
  return {
    id: label.id,
    title: label.name,
    color: label.color,
    project_id: label.project_id,
    created_at: rubyTime(label.created_at),
    updated_at: rubyTime(label.updated_at),
    template: false,
    description: label.description,
    type: label.group_id === null ? 'ProjectLabel' : 'GroupLabel',
    group_id: label.group_id,
  }
}

/** Dark letters on a light label, white ones on a dark label. */
export function textColor(color: string): string {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
  return r * 0.299 + g * 0.587 + b * 0.114 > 150 ? '#1F1E24' : '#FFFFFF'
}
