// Opening a ticket: pick what it is about, say it in one line, describe it. Nothing typed is ever
// lost: a form with something wrong comes back filled in, with a sentence beside each wrong field.

import type { TicketSummary } from '../../application/ports.ts'
import type { Category } from '../../domain/category.ts'
import { isAgent } from '../../domain/role.ts'
import type { FormState, PageContext } from '../page.ts'
import { categoryDotHtml } from './category-tag.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import type { SimilarTicketsModel } from './similar-tickets.ts'
import { similarTickets } from './similar-tickets.ts'

export type OpenTicketField = 'title' | 'description' | 'category' | 'name' | 'email' | 'files' | 'key'

/** What shows that a person fills the form in, as far as a form can; see form-doubt.ts. */
export type FormSeal = {
  /** The signed time at which it was made. */
  readonly rendered: string
  /** The work that the browser has done for it; '' = none yet. */
  readonly proof: string
  /** Leading zero bits that the work needs. */
  readonly bits: number
  /** The script waits with sending until the work is done. */
  readonly needed: boolean
}

type Field = { readonly value: string; readonly error: string | null }

export type OpenTicketModel = {
  readonly view: 'open-ticket'
  readonly layout: LayoutModel
  readonly key: string
  /** null for agents: nothing is asked of them. */
  readonly seal: FormSeal | null
  readonly lead: string
  /** Of the form as a whole, or that some fields are wrong. */
  readonly problem: string | null
  readonly problems: readonly { readonly field: OpenTicketField; readonly text: string }[]
  readonly title: Field & { readonly hint: string }
  readonly description: Field
  readonly category: {
    readonly error: string | null
    readonly cards: readonly {
      readonly id: string
      readonly value: string
      readonly label: string
      readonly help: string
      readonly dotHtml: string
      readonly checked: boolean
    }[]
  }
  readonly files: {
    readonly error: string | null
    readonly hint: string
    readonly maxBytes: number
    readonly tooLarge: string
  }
  /** Who asks. Agents open for themselves or for somebody else; their own name is filled in and folded away. */
  readonly person: {
    readonly name: Field
    readonly email: Field
    readonly folded: string | null
    readonly open: boolean
    readonly emailRequired: boolean
    readonly emailHint: string
  }
  readonly similar: SimilarTicketsModel | null
  /** Set after a ticket was sent from here: a word of thanks with where it went. */
  readonly sent: { readonly text: string; readonly url: string; readonly label: string } | null
}

/** What the two default categories are about, where belay.yaml says nothing of it. */
const defaultHelp: Readonly<Record<string, string>> = {
  Hardware: 'open.category.hardwareHelp',
  'Gitlab Account': 'open.category.gitlabAccountHelp',
}

const helpOf = (category: Category, { t }: PageContext): string => {
  const known = defaultHelp[category.id]
  return category.help !== '' || known === undefined ? category.help : t(known)
}

export const openTicketPage = (
  ctx: PageContext,
  input: {
    readonly form: FormState<OpenTicketField>
    readonly seal?: FormSeal | null
    readonly categories?: readonly Category[]
    readonly similar?: readonly TicketSummary[]
    readonly sent?: { readonly url: string; readonly number: number | null }
  },
): OpenTicketModel => {
  const { t, viewer, desk } = ctx
  const { values, errors } = input.form
  const categories = input.categories ?? desk.categories
  const agent = viewer !== null && isAgent(viewer.role)
  const field = (name: OpenTicketField): Field => ({ value: values[name] ?? '', error: errors[name] ?? null })
  const chosen = values.category ?? ''
  const own = viewer === null
  const labels: Partial<Record<OpenTicketField, string>> = {
    category: t('category.label'),
    title: t('open.title.label'),
    description: t('open.description.label'),
    files: t('open.files.label'),
    name: t(own ? 'open.name.label' : 'open.name.labelAgent'),
    email: t(own ? 'open.email.label' : 'open.email.labelAgent'),
  }
  const order: OpenTicketField[] = ['category', 'title', 'description', 'files', 'name', 'email']
  const problems = order.flatMap((name) => {
    const text = errors[name]
    return text === undefined || text === '' ? [] : [{ field: name, text: `${labels[name]}: ${text}` }]
  })
  const name = { ...field('name'), value: values.name ?? viewer?.name ?? '' }
  return {
    view: 'open-ticket',
    layout: layout(ctx, {
      title: t('open.heading'),
      current: 'open-ticket',
      scripts: ['files.js', agent ? 'similar.js' : 'drafts.js', ...(input.seal ? ['proof-of-work.js'] : [])],
    }),
    key: values.key ?? '',
    seal: input.seal ?? null,
    lead: t(agent ? 'open.leadAgent' : 'open.lead'),
    problem: errors[''] ?? (problems.length > 0 ? t('open.problems', { count: problems.length }) : null),
    problems,
    title: {
      ...field('title'),
      hint:
        categories[0] === undefined
          ? t('open.title.hint')
          : t('open.title.hintCategory', { category: categories[0].id }),
    },
    description: field('description'),
    category: {
      error: errors.category ?? null,
      cards: [
        ...categories.map((category, index) => ({
          id: `category-${index}`,
          value: category.id,
          label: category.id,
          help: helpOf(category, ctx),
          dotHtml: categoryDotHtml(category.id, desk),
          checked: category.id === chosen,
        })),
        {
          id: 'category-none',
          value: '',
          label: t('open.category.none'),
          help: t('open.category.noneHelp'),
          dotHtml: '',
          checked: !categories.some((category) => category.id === chosen),
        },
      ],
    },
    files: {
      error: errors.files ?? null,
      hint: t('open.files.hint', { max: Math.floor(desk.form.maxFileBytes / 1_000_000) }),
      maxBytes: desk.form.maxFileBytes,
      tooLarge: t('open.files.tooLarge', { max: Math.floor(desk.form.maxFileBytes / 1_000_000) }),
    },
    person: {
      name,
      email: field('email'),
      folded: viewer === null ? null : t('open.asYou', { name: viewer.name }),
      open:
        errors.name !== undefined ||
        errors.email !== undefined ||
        (values.email ?? '') !== '' ||
        (viewer !== null && name.value !== viewer.name),
      emailRequired: viewer === null,
      emailHint:
        desk.form.emailDomains.length > 0 && !agent
          ? t('open.email.domains', {
              domains: desk.form.emailDomains.map((domain) => `@${domain}`).join(', '),
            })
          : t(agent ? 'open.email.hintAgent' : desk.mail.own ? 'open.email.hintMail' : 'open.email.hint'),
    },
    similar: input.similar && agent ? similarTickets(ctx, { tickets: input.similar }) : null,
    sent:
      input.sent === undefined
        ? null
        : {
            text:
              input.sent.number === null
                ? t('open.sentOnItsWay')
                : t('open.sent', { number: input.sent.number }),
            url: input.sent.url,
            label: t('open.sentLink'),
          },
  }
}
