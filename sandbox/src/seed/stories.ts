/** The tickets of the small desk. Hours count back from the first start; steps count hours from the opening. */

export type Step = {
  after: number
  by: 'bruno' | 'carla' | 'davi' | 'supportBot'
  does:
    | 'reply'
    | 'note'
    | 'escalate'
    /** As to escalate, of old: the branch is merged and gone. */
    | 'hand over'
    | 'hand back'
    | 'both levels'
    /** `text`: the names, with blanks between them. */
    | 'label'
    | 'wait'
    | 'go on'
    | 'assign'
    | 'resolve'
    /** Without a word. */
    | 'close'
    /** `text`: the title, which an older ticket has too. */
    | 'duplicate'
    | 'reopen'
    | 'merge request'
  text?: string
}

export type Story = {
  hoursAgo: number
  /** Its hours are as they were; those of other stories are squeezed into working days. */
  exact?: boolean
  by: 'bruno' | 'carla' | 'davi' | 'supportBot'
  title: string
  text: string
  /** The sender of a Service Desk mail. */
  from?: string
  labels?: string[]
  /** The labels it was opened with have no events: GitLab does not always make them. */
  withoutEvents?: boolean
  confidential?: boolean
  type?: string
  steps?: Step[]
}

const hardware = ['hardware', 'level::1']
const account = ['gitlab-account', 'level::1']
const neither = ['level::1']

const bruno = (after: number, does: Step['does'], text?: string): Step => ({
  after,
  by: 'bruno',
  does,
  ...(text ? { text } : {}),
})
const carla = (after: number, does: Step['does'], text?: string): Step => ({
  after,
  by: 'carla',
  does,
  ...(text ? { text } : {}),
})
const mail = (after: number, text: string): Step => ({ after, by: 'supportBot', does: 'reply', text })

export const stories: Story[] = [
  {
    hoursAgo: 1340,
    by: 'bruno',
    title: '[Hardware] Buying a new screen',
    labels: hardware,
    text: 'Room 2.14 needs a second screen for the new colleague.\n\n- 27 inch\n- height adjustable\n- USB-C, so that one cable is enough',
    steps: [
      bruno(2, 'assign'),
      bruno(2.1, 'reply', 'We have two models in stock. Would the 27" with USB-C be all right?'),
      bruno(26, 'resolve', 'The screen stands on the desk and runs. The old one went to the spare room.'),
    ],
  },
  {
    hoursAgo: 1322,
    by: 'supportBot',
    from: 'jake@museum.example',
    title: 'Service Desk (from jake@museum.example): Cannot log in',
    labels: account,
    text: 'Hello,\n\nsince this morning GitLab tells me "Invalid login or password". I did not change anything.\n\nJake',
    steps: [
      bruno(
        1,
        'reply',
        'Hello Jake, your account was locked after ten wrong passwords. It is open again; please try now.',
      ),
      mail(3, 'It works again, thank you!'),
      bruno(3.5, 'resolve', 'Glad to hear it.'),
    ],
  },
  {
    hoursAgo: 1290,
    by: 'davi',
    title: '[Gitlab Account] Add the interns to the group',
    labels: account,
    text: 'Three interns start on Monday and need Reporter in *demo*:\n\n| name | until |\n| --- | --- |\n| Lea | end of March |\n| Tom | end of March |\n| Yusuf | end of June |',
    steps: [bruno(4, 'assign'), bruno(30, 'resolve', 'All three are in, with an expiry date.')],
  },
  {
    hoursAgo: 1251,
    by: 'bruno',
    title: 'Printer on the second floor prints stripes',
    labels: hardware,
    text: 'Reported by phone from the library. Every page has a grey stripe on the left.\n\nPrinter: `prt-2-lib`',
    steps: [
      bruno(1, 'note', 'Cleaned the drum, no change. Toner is new.'),
      bruno(5, 'escalate', 'Needs a new drum unit, which I may not order.'),
      carla(8, 'assign'),
      carla(50, 'reply', 'The new drum unit has been ordered and comes on Thursday.'),
      carla(98, 'resolve', 'Drum replaced, pages are clean again.'),
    ],
  },
  {
    hoursAgo: 1204,
    by: 'supportBot',
    from: 'm.keller@schule.example',
    title: 'WLAN in der Aula bricht ab',
    labels: neither,
    text: 'Guten Tag,\n\nin der Aula bricht das WLAN bei Veranstaltungen mit mehr als 50 Leuten zusammen. Am Freitag ist Elternabend.\n\nFreundliche Grüße\nM. Keller',
    steps: [
      bruno(2, 'reply', 'Guten Tag, wir sehen uns die Aula heute Nachmittag an.'),
      bruno(
        6,
        'escalate',
        'Access point runs at 100 % airtime with 50 clients. Level 2, please look at the channel plan.',
      ),
      carla(7, 'assign'),
      carla(20, 'note', 'Two access points share channel 36. Moved one to 100.'),
      carla(46, 'reply', 'Ein zweiter Access Point hängt jetzt in der Aula, auf einem eigenen Kanal.'),
      mail(70, 'Beim Elternabend lief alles. Vielen Dank!'),
      carla(72, 'resolve', 'Sehr schön, dann schließen wir ab.'),
    ],
  },
  {
    hoursAgo: 1180,
    by: 'bruno',
    title: '[Hardware] Laptop battery swollen',
    labels: hardware,
    text: 'The touchpad of laptop `nb-0412` stands up. **Do not charge it any more.**',
    steps: [
      bruno(0.4, 'reply', 'Please switch it off and bring it to room 0.03 at once. You get a loan device.'),
      bruno(30, 'resolve', 'Battery replaced by the maker.'),
    ],
  },
  {
    hoursAgo: 1130,
    by: 'carla',
    title: 'Runner for the web team is out of disk space',
    labels: neither,
    text: 'Pipelines fail with\n\n```\nno space left on device\n```\n\nsince last night.',
    steps: [
      bruno(1, 'escalate', 'Nothing Level 1 could do here.'),
      carla(1.5, 'assign'),
      carla(4, 'resolve', 'Old images are removed every night from now on.'),
    ],
  },
  {
    hoursAgo: 1101,
    by: 'supportBot',
    from: 'lena.vogt@verein.example',
    title: 'Two-factor code is not accepted',
    labels: account,
    text: 'I have a new phone and the codes of the app are all refused. What can I do?\n\nLena Vogt',
    steps: [
      bruno(1, 'wait', 'Do you still have one of the recovery codes you saved when you set it up?'),
      mail(40, 'No, I never saved them.'),
      bruno(41, 'go on'),
      bruno(41.2, 'escalate', 'Identity checked by phone. Please reset the second factor.'),
      carla(
        44,
        'resolve',
        'Reset. Please set it up again at the next sign-in, and keep the recovery codes this time.',
      ),
    ],
  },
  {
    hoursAgo: 1056,
    by: 'bruno',
    title: '[Hardware] Docking station does not wake the screens',
    labels: hardware,
    text: 'After standby both screens stay black until the cable is pulled.',
    steps: [
      bruno(3, 'reply', 'There is a firmware update for exactly this. May we install it tomorrow at nine?'),
      bruno(24, 'resolve', 'Firmware 1.4 installed; wakes up now.'),
    ],
  },
  {
    hoursAgo: 1010,
    by: 'davi',
    title: 'New starter on 1 December: accounts and laptop',
    labels: hardware,
    text: '- [x] laptop\n- [x] badge\n- [x] GitLab account\n- [x] mailing lists',
    steps: [bruno(5, 'assign'), bruno(160, 'resolve', 'Everything is ready on the desk.')],
  },
  {
    hoursAgo: 980,
    by: 'supportBot',
    from: 'office@gallery.example',
    title: 'Service Desk (from office@gallery.example): Invoice printer offline',
    labels: hardware,
    text: 'The printer at the front desk says "offline" although it is on.',
    steps: [
      bruno(1, 'reply', 'Please switch it off and on once, and wait two minutes.'),
      mail(2, 'That helped.'),
      bruno(2.3, 'resolve', 'Very good.'),
    ],
  },
  {
    hoursAgo: 930,
    by: 'bruno',
    title: '[Gitlab Account] Wrong e-mail address after marriage',
    labels: account,
    text: 'Name and address shall change to the new ones from the first of the month.',
    steps: [
      bruno(20, 'escalate', 'The address comes from the directory; I cannot change it.'),
      carla(26, 'hand back', 'Directory is right now. Please change the display name by hand.'),
      bruno(30, 'resolve', 'Changed. Please sign in once more.'),
    ],
  },
  {
    hoursAgo: 890,
    by: 'supportBot',
    from: 'p.nowak@lab.example',
    title: 'Beamer in Raum 1.07 zeigt alles gelb',
    labels: hardware,
    text: 'Seit gestern fehlt Blau im Bild. Kabel habe ich getauscht.',
    steps: [
      bruno(4, 'note', 'Panel is dying, device is from 2014.'),
      bruno(22, 'escalate', 'Please decide on a replacement.'),
      carla(30, 'note', 'Ordered with the yearly batch.'),
      carla(150, 'resolve', 'Ein neuer Beamer hängt.'),
    ],
  },
  {
    hoursAgo: 848,
    by: 'bruno',
    title: 'Shared calendar is missing after the update',
    labels: neither,
    text: 'Three people see an empty calendar since the client update of last night.',
    steps: [
      bruno(1, 'reply', 'We can see it too and are looking.'),
      bruno(5, 'resolve', 'The subscription had to be renewed. It shows everything again.'),
    ],
  },
  {
    hoursAgo: 801,
    by: 'carla',
    title: '[Hardware] Replace the UPS batteries in rack B',
    labels: hardware,
    text: 'Self-test failed twice. Runtime left: 4 minutes.',
    steps: [
      bruno(2, 'escalate', 'For the server room.'),
      carla(3, 'assign'),
      carla(120, 'resolve', 'New batteries, self-test passed, runtime 26 minutes.'),
    ],
  },
  {
    hoursAgo: 760,
    by: 'supportBot',
    from: 'sara@studio.example',
    title: 'Cannot push to my project any more',
    labels: account,
    text: 'I get\n\n    remote: GitLab: You are not allowed to push code to protected branches on this project.\n\nsince today.',
    steps: [
      bruno(
        1,
        'reply',
        'Your main branch is protected since today. Please push to a branch of your own and open a merge request.',
      ),
      mail(5, 'Understood, thanks.'),
      bruno(6, 'resolve', 'You are welcome.'),
    ],
  },
  {
    hoursAgo: 702,
    by: 'bruno',
    title: 'Guest Wi-Fi voucher printer is empty',
    labels: hardware,
    text: 'Reception has run out of paper rolls.',
    steps: [bruno(2, 'resolve', 'Three rolls are in the drawer now.')],
  },
  {
    hoursAgo: 655,
    by: 'supportBot',
    from: 'j.brandt@schule.example',
    title: 'Passwort vergessen',
    labels: account,
    text: 'Ich komme nicht mehr in GitLab, die Mail zum Zurücksetzen kommt nicht an.',
    steps: [
      bruno(1, 'note', 'Mail bounced: mailbox full.'),
      bruno(
        1.2,
        'wait',
        'Ihr Postfach ist voll, daher kommt nichts an. Bitte räumen Sie etwas auf und melden sich dann.',
      ),
      mail(25, 'Erledigt, jetzt ist die Mail da.'),
      bruno(26, 'go on'),
      bruno(26.1, 'resolve', 'Wunderbar.'),
    ],
  },
  {
    hoursAgo: 610,
    by: 'davi',
    title: '[Hardware] Twelve tablets for the workshop',
    labels: hardware,
    text: 'Needed from the 20th, for three days. Please charge them.',
    steps: [
      bruno(10, 'assign'),
      bruno(90, 'reply', 'They lie charged in cupboard 3.'),
      bruno(200, 'resolve', 'All twelve are back.'),
    ],
  },
  {
    hoursAgo: 566,
    by: 'bruno',
    title: 'VPN disconnects every ten minutes',
    labels: neither,
    text: 'From home only, cable as well as wireless.',
    steps: [
      bruno(3, 'wait', 'Which provider and router do you have?'),
      bruno(50, 'go on'),
      bruno(51, 'escalate', 'Provider uses DS-Lite; looks like an MTU problem.'),
      carla(53, 'assign'),
      carla(76, 'reply', 'Please install profile 7; it uses smaller packets.'),
      carla(100, 'resolve', 'No disconnect for a day.'),
      bruno(170, 'reopen', 'The user called: it is back since the client update.'),
      carla(175, 'note', 'The update overwrote the profile. Will be part of the package.'),
    ],
  },
  {
    hoursAgo: 520,
    by: 'supportBot',
    from: 'info@bakery.example',
    title: 'Spam from our own address',
    labels: neither,
    text: 'Customers get mail from info@bakery.example that we never wrote.',
    steps: [
      bruno(1, 'escalate', 'SPF record looks fine to me; please check DMARC.'),
      carla(
        5,
        'reply',
        'These mails do not come from our server, only the sender is forged. We have set a stricter rule, so that they are refused from tomorrow.',
      ),
      carla(60, 'resolve', 'None for two days.'),
    ],
  },
  {
    hoursAgo: 470,
    by: 'bruno',
    title: '[Gitlab Account] Access to the archive project',
    labels: account,
    text: 'Reporter is enough. Approved by the head of department.',
    steps: [bruno(2, 'resolve', 'Access is given until the end of the year.')],
  },
  {
    hoursAgo: 431,
    by: 'carla',
    title: 'Certificate of the wiki expires in two weeks',
    labels: neither,
    text: 'Renewal does not run by itself there.',
    steps: [carla(20, 'assign'), carla(40, 'resolve', 'Renewed; and it renews itself from now on.')],
  },
  {
    hoursAgo: 390,
    by: 'supportBot',
    from: 'h.weiss@verein.example',
    title: 'Tastatur klemmt',
    labels: hardware,
    text: 'Die Leertaste klemmt, wahrscheinlich Kaffee.',
    steps: [
      bruno(1, 'reply', 'Holen Sie sich gern eine neue in Raum 0.03 ab.'),
      bruno(8, 'resolve', 'Tastatur ist getauscht.'),
    ],
  },
  {
    hoursAgo: 352,
    by: 'bruno',
    title: '[Hardware] Scanner sends to the wrong folder',
    labels: hardware,
    text: 'Everything from `scan-1` lands in the folder of the former secretary.',
    steps: [
      bruno(4, 'escalate', 'The folder is set on the server.'),
      carla(6, 'assign'),
      carla(30, 'note', 'The mapping is in the set-up script; a change is on its branch.'),
      carla(31, 'merge request', 'Scanner: send to the shared folder'),
    ],
  },
  {
    hoursAgo: 300,
    by: 'supportBot',
    from: 'dora@theatre.example',
    title: 'Sound does not work in video calls',
    labels: hardware,
    text: 'Others cannot hear me, headset or not.',
    steps: [
      bruno(1, 'wait', 'Does the level in the sound settings move when you speak?'),
      mail(20, 'No, it does not move at all.'),
      bruno(21, 'go on'),
      bruno(22, 'reply', 'Then the microphone is switched off by its key. Please press Fn and F4.'),
      mail(23, 'Now it works. How embarrassing!'),
      bruno(23.2, 'resolve', 'It happens to all of us.'),
    ],
  },
  {
    hoursAgo: 262,
    by: 'davi',
    title: 'Monthly backup test',
    labels: neither,
    text: 'Restore one project and one mailbox from last week.',
    steps: [
      bruno(1, 'escalate', 'As every month.'),
      carla(2, 'assign'),
      carla(70, 'resolve', 'Both restored in 40 minutes. Protocol is in the wiki.'),
    ],
  },
  {
    hoursAgo: 236,
    by: 'bruno',
    title: '[Gitlab Account] Rename user after typo',
    labels: account,
    text: 'It should be *Mueller*, not *Muller*.',
    steps: [bruno(1, 'resolve', 'Renamed.')],
  },
  {
    hoursAgo: 214,
    by: 'supportBot',
    from: 'r.lang@lab.example',
    title: 'Mein Rechner ist sehr langsam',
    labels: hardware,
    text: 'Seit dem letzten Update dauert das Hochfahren zehn Minuten.',
    steps: [
      bruno(3, 'note', 'Disk reports pending sectors.'),
      bruno(4, 'escalate', 'Disk must be swapped, data saved first.'),
      carla(5, 'assign'),
      carla(
        28,
        'reply',
        'Wir tauschen die Festplatte. Bitte bringen Sie das Gerät morgen vorbei, Ihre Daten bleiben erhalten.',
      ),
    ],
  },
  {
    hoursAgo: 190,
    by: 'bruno',
    title: 'Meeting room panel shows the wrong time',
    labels: hardware,
    text: 'Room 3.01 is one hour late since the end of October.',
    steps: [
      bruno(20, 'note', 'NTP is blocked in that VLAN.'),
      bruno(21, 'both levels'),
      carla(40, 'note', 'Who is on this now? Both levels are set.'),
    ],
  },
  {
    hoursAgo: 168,
    by: 'supportBot',
    from: 'nina@press.example',
    title: 'Large files fail to upload',
    labels: account,
    text: 'Everything over 100 MB ends with an error in GitLab.\n\nNina',
    steps: [
      bruno(1, 'wait', 'Is it a push or an upload in the browser, and which file type?'),
      mail(18, 'A push. PSD files, about 300 MB.'),
      bruno(19, 'go on'),
      bruno(20, 'escalate', 'LFS is off in that project; may we switch it on?'),
    ],
  },
  {
    hoursAgo: 150,
    by: 'bruno',
    title: '[Hardware] Second loan laptop for the fair',
    labels: hardware,
    text: 'From Wednesday to Sunday, with mobile data.',
    steps: [bruno(2, 'assign'), bruno(30, 'wait', 'Which operating system shall be on it?')],
  },
  {
    hoursAgo: 131,
    by: 'supportBot',
    from: 'c.otto@schule.example',
    title: 'Drucker im Lehrerzimmer druckt nicht',
    labels: hardware,
    text: 'Fehler 50.2 auf der Anzeige.',
    steps: [
      bruno(1, 'reply', 'Wir kommen in der großen Pause vorbei.'),
      bruno(5, 'escalate', 'Fuser unit. Level 2, please order.'),
      carla(6, 'assign'),
    ],
  },
  {
    hoursAgo: 120,
    by: 'carla',
    title: 'Old Wi-Fi password still works',
    labels: neither,
    confidential: true,
    text: 'The password of last year is accepted in building C.',
    steps: [
      bruno(0.5, 'escalate', 'Security, please.'),
      carla(1, 'assign'),
      carla(26, 'note', 'Controller in C missed the roll-out. Fix is prepared.'),
    ],
  },
  {
    hoursAgo: 100,
    by: 'bruno',
    title: '[Gitlab Account] External partner needs Guest access',
    labels: account,
    text: 'For six weeks, one project. The contract is signed.',
    steps: [bruno(6, 'wait', 'Please send us the address of the partner.')],
  },
  {
    hoursAgo: 90,
    by: 'supportBot',
    from: 'theo@harbour.example',
    title: 'Headset order',
    labels: hardware,
    text: 'Could I have a headset with a cable? The wireless one runs empty every afternoon.',
    steps: [
      bruno(3, 'reply', 'Of course. It will be on your desk on Monday.'),
      bruno(70, 'resolve', 'It lies on your desk.'),
    ],
  },
  {
    hoursAgo: 74,
    by: 'davi',
    title: 'Move the status page to the new server',
    labels: neither,
    text: 'Before the old machine is switched off at the end of the month.',
    steps: [bruno(1, 'escalate', 'For Level 2.'), carla(20, 'assign')],
  },
  {
    hoursAgo: 55,
    by: 'bruno',
    title: '[Hardware] Mouse wheel jumps',
    labels: hardware,
    text: 'Scrolls up when scrolling down.',
    steps: [bruno(1, 'resolve', 'New mouse from the cupboard.')],
  },
  {
    hoursAgo: 50,
    by: 'supportBot',
    from: 'k.huber@verein.example',
    title: 'Kein Zugriff auf das Gruppenlaufwerk',
    labels: neither,
    text: 'Seit dem Umzug ins neue Büro sehe ich Laufwerk G: nicht mehr.',
    steps: [
      bruno(2, 'reply', 'Bitte einmal ab- und wieder anmelden. Ist das Laufwerk dann da?'),
      mail(20, 'Leider nein.'),
    ],
  },
  {
    hoursAgo: 44,
    by: 'bruno',
    title: '[Gitlab Account] SSH key refused',
    labels: account,
    text: '`Permission denied (publickey)` although the key is in the profile. Key type is DSA.',
    steps: [
      bruno(1, 'reply', 'DSA keys are no longer accepted. Please make a new one: `ssh-keygen -t ed25519`'),
    ],
  },
  {
    hoursAgo: 30,
    by: 'supportBot',
    from: 'mara@clinic.example',
    title: 'Monitor flickers after moving desks',
    labels: hardware,
    type: 'ticket',
    text: 'Since I moved to the window the left monitor flickers.',
  },
  {
    hoursAgo: 26,
    by: 'bruno',
    title: 'Wi-Fi very slow on the third floor',
    labels: neither,
    text: 'Several people since this morning, around rooms 3.10 to 3.14.',
    steps: [
      bruno(1, 'note', 'Access point 3-2 is on its 2.4 GHz band only.'),
      bruno(3, 'escalate', 'Needs a restart of the controller.'),
    ],
  },
  {
    hoursAgo: 20,
    by: 'davi',
    title: '[Hardware] Projector for the all-hands',
    text: 'Thursday, 10 to 12, canteen. With sound, please.',
  },
  {
    hoursAgo: 9,
    by: 'supportBot',
    from: 'felix@orchard.example',
    title: 'Cannot open attachments in tickets',
    text: 'I only see a broken picture.\n\nFelix',
    type: 'ticket',
  },
  {
    hoursAgo: 5,
    by: 'bruno',
    title: 'Neuer Arbeitsplatz: [Gitlab Account] für Praktikantin',
    text: 'Beginn am Montag, Reporter genügt.',
  },
  {
    hoursAgo: 2,
    by: 'supportBot',
    from: 'ines@atelier.example',
    title: '[hardware] Scanner makes a grinding noise',
    text: 'It still scans, but it sounds as if it was eating itself.',
  },
]
