/**
 * What the bundles know of one another. Types only: this file holds no code. A bundle imports from its own folder and
 * from `shared`; another bundle comes to it as a file of the site, loaded when it is needed, and looks like this.
 *
 * @import {State, StepAnswer} from "./protocol.js"
 */

/**
 * What the bundle `page` hands to `python`:
 *
 * @typedef {object} Status  what the status line of a widget shows
 * @property {string} text       one sentence for the reader, "" for none
 * @property {number} [done]     with `total`: a bar
 * @property {number} [total]    0: a bar without an end in sight
 * @property {string} [figures]  ticking text beside the bar
 * @property {"retry" | "cancel" | "reload"} [offer]  a button
 *
 * @typedef {object} StateOfWidget  see page/state.js
 * @property {State} texts
 * @property {string} notice
 * @property {() => State} dependencyTexts
 * @property {(prepared: ReadonlySet<string>) => boolean} isUnchecked
 * @property {(answered: Readonly<State>) => void} noteAnswered
 * @property {(texts: Readonly<State>, known: State, merged: MergeLists) => boolean} leave
 *
 * @typedef {object} PartsOfWidget  see page/parts.js
 * @property {boolean} areWaiting
 * @property {(texts: State) => string[]} unanswered
 * @property {(texts: State) => Set<string>} preparedFields
 * @property {(parts: State, texts: State, isStep: boolean) => void} take
 * @property {(wait?: boolean) => void} mark
 * @property {(html: string) => void} showProblems
 *
 * @typedef {object} Host  the widget, as far as a conversation needs it
 * @property {HTMLElement} element
 * @property {StateOfWidget} state
 * @property {PartsOfWidget} parts
 * @property {(status: Status, state?: string) => void} say  shows a status, and sets `data-state`
 * @property {() => void} settle  puts controls and charts in order after HTML has changed
 * @property {() => Promise<PythonClient>} client
 * @property {string} failed  the action of the run that failed last, or ""
 * @property {string} note    name of the note that a run is under way (python/run-note.js)
 */

/**
 * What the bundle `python` offers to `page`:
 *
 * @typedef {(before: string, theirs: string, ours: string, most: number) => string} MergeLists  python/list-merge.js
 *
 * @typedef {object} WidgetAtPython
 * @property {string} key       the page's name for this very widget
 * @property {string} widgetId
 * @property {string} opening   what Python is told about it, from its payload
 *
 * @typedef {object} Progress
 * @property {"off" | "loading" | "starting" | "live"} phase
 * @property {number} bytes  received so far
 * @property {number} total  of all files
 * @property {boolean} isRestored  was Python started from a memory snapshot?
 *
 * @typedef {object} RunEnd
 * @property {boolean} isComplete  false if it was cancelled
 * @property {boolean} isKept      false if what was trained lasts only as long as the tab
 *
 * @typedef {object} PythonClient  see python/client.js
 * @property {Progress} progress
 * @property {(listener: () => void) => () => void} listen
 * @property {() => Promise<void>} boot
 * @property {(widget: WidgetAtPython, state: State, parts?: string[]) => Promise<State | null>} render
 * @property {(widget: WidgetAtPython, state: State, action: string, step: (step: StepAnswer) => void) =>
 *   {finished: Promise<RunEnd>, cancel: () => void}} run
 *
 * @typedef {object} Talk  see python/conversation.js
 * @property {(delay: number) => Promise<void>} ask
 * @property {() => void} outdate
 * @property {() => void} cancel
 * @property {(action: string) => Promise<void>} start
 *
 * @typedef {object} ConversationBundle
 * @property {new (host: Host, opening: string) => Talk} Conversation
 * @property {(host: Pick<Host, "note" | "failed" | "say">) => Promise<void>} offerInterrupted
 *
 * @typedef {{client: PythonClient}} PythonBundle
 */

/**
 * What the bundles `chart` and `offline` offer to `page`:
 *
 * @typedef {object} ChartBundle
 * @property {(plot: HTMLElement, failed: (error: unknown) => void) => Promise<void>} drawPlot
 *
 * @typedef {object} OfflineBundle
 * @property {(place: HTMLElement | null) => void} showOffline
 */

export {};
