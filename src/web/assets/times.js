// Times are written in the desk's time zone. Who lives in another one sees their own.
const { lang, dataset } = document.documentElement
const tag = lang === 'de' ? 'de-DE' : 'en-GB'
const formats = {
  moment: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'short', year: 'numeric' },
  full: { dateStyle: 'full', timeStyle: 'short' },
}
const write = Object.fromEntries(
  Object.entries(formats).map(([name, options]) => [name, new Intl.DateTimeFormat(tag, options)]),
)

if (write.full.resolvedOptions().timeZone !== dataset.zone)
  for (const time of document.querySelectorAll('time[datetime]')) {
    const at = Date.parse(time.dateTime)
    if (time.title !== '') time.title = `${time.dataset.before ?? ''} ${write.full.format(at)}`.trim()
    const shown = write[time.dataset.shows]
    if (shown) time.textContent = shown.format(at)
  }
