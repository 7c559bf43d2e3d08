import MarkdownIt from 'markdown-it'
import type { ProjectRow } from '../store/rows.ts'
import { type Safe, safe } from './html.ts'

// No HTML passes, and markdown-it refuses javascript: and data: addresses; the page's CSP stands behind it.
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true })

/** Renders a ticket's text. Uploads become addresses of the project, images from elsewhere become links. */
export function renderMarkdown(project: ProjectRow, source: string | null): Safe {
  // Markers and other comments are not for readers; GitLab hides them too.
  const text = (source ?? '').replace(/<!--[\s\S]*?-->/g, '')
  const local = text.replace(/(\]\()(\/uploads\/)/g, `$1/-/project/${project.id}$2`)
  return safe(
    markdown
      .render(local)
      .replace(/<img src="(https?:[^"]*)"[^>]*>/g, '<a href="$1" rel="noreferrer">$1</a>'),
  )
}
